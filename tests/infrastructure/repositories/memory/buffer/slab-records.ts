import { expect } from 'vitest'
import {
  cellSize,
  MIN_CELL_BYTES,
} from '../../../../../src/infrastructure/repositories/memory/buffer/cell-size.ts'
import {
  CELL_BITS,
  CELL_MASK,
} from '../../../../../src/infrastructure/repositories/memory/buffer/slab.ts'
import { SlabPages } from '../../../../../src/infrastructure/repositories/memory/buffer/slab-pages.ts'

/** What is held for a size of cell besides the tenth of what is in use. */
export const PER_SIZE_BYTES = 16_384

export const always = (): boolean => true

/** Says yes so many times. */
export function times(most: number): () => boolean {
  let asked = 0
  return () => {
    asked += 1
    return asked <= most
  }
}

interface Record {
  readonly bytes: number
  readonly fill: number
}

/** Records with known contents, and where they are: the model that `SlabPages` is compared with. */
export class SlabRecords {
  readonly slabs: SlabPages = new SlabPages()
  readonly live: Map<number, Record> = new Map()
  /** Addresses whose records nobody owns up to. */
  readonly pinned: Set<number> = new Set()
  moves = 0
  #count = 0

  get addresses(): number[] {
    return [...this.live.keys()]
  }

  add(bytes: number): number {
    const address = this.slabs.alloc(bytes)
    if (this.live.has(address)) throw new Error(`gave out ${address} twice`)
    if (address !== (address | 0)) throw new Error(`${address} is no integer of 32 bits`)
    this.#count += 1
    const fill = this.#count & 0xff
    this.#bytesAt(address, bytes).fill(fill)
    this.live.set(address, { bytes, fill })
    return address
  }

  addMany(count: number, bytes: number): void {
    for (let at = 0; at < count; at += 1) this.add(bytes)
  }

  drop(address: number): void {
    this.slabs.free(address)
    this.live.delete(address)
  }

  /** Leaves one record of so many. */
  thin(each: number): void {
    for (const [at, address] of this.addresses.entries()) if (at % each > 0) this.drop(address)
  }

  dropAny(choice: number): void {
    const address = this.addresses[choice % this.live.size]
    if (address !== undefined) this.drop(address)
  }

  pinAny(choice: number): void {
    const address = this.addresses[choice % this.live.size]
    if (address !== undefined) this.pinned.add(address)
  }

  readonly move = (from: number, to: number): boolean => {
    const record = this.live.get(from)
    if (record === undefined || this.live.has(to)) throw new Error('moved what is not there')
    for (const address of [from, to]) this.#checkContents(address, record)
    if (this.pinned.has(from)) return false
    this.moves += 1
    this.live.delete(from)
    this.live.set(to, record)
    return true
  }

  /** No two records overlap, every byte is accounted for, and everything is as it was written. */
  check(): void {
    let liveBytes = 0
    const slabs = new Set<number>()
    const cells = new Set<string>()
    for (const [address, record] of this.live) {
      const cellBytes = this.slabs.sizeOf(address)
      const isRight = [record.bytes, cellSize(record.bytes)].includes(cellBytes)
      if (!isRight || cellBytes < MIN_CELL_BYTES) throw new Error(`a cell of ${cellBytes} bytes`)
      liveBytes += cellBytes
      this.#checkContents(address, record)
      slabs.add(address >>> CELL_BITS)
      cells.add(`${address >>> CELL_BITS}/${address & CELL_MASK}`)
    }
    expect(cells.size).toBe(this.live.size)
    expect(this.slabs.liveBytes).toBe(liveBytes)
    const held = this.slabs.slabs.filter(({ live }) => live > 0)
    expect(slabs).toEqual(new Set(held.map(({ number }) => number)))
  }

  /** What holds when compaction has nothing left to do. */
  checkCompact(): void {
    const heldBytes = this.slabs.slabs.reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(this.slabs.heldBytes).toBe(heldBytes)
    const sizes = new Set(this.addresses.map((address) => this.slabs.sizeOf(address))).size
    expect(this.slabs.sizes).toBe(sizes)
    expect(heldBytes).toBeLessThanOrEqual(this.slabs.liveBytes * 1.1 + sizes * PER_SIZE_BYTES)
  }

  #checkContents(address: number, { bytes, fill }: Record): void {
    const found = this.#bytesAt(address, bytes)
    if (found.length !== bytes) throw new Error(`${address} is not within a slab`)
    if (!found.equals(Buffer.alloc(bytes, fill))) throw new Error(`${address} holds something else`)
  }

  #bytesAt(address: number, length: number): Buffer {
    const slab = this.slabs.slabs[address >>> CELL_BITS]
    const at = (address & CELL_MASK) * (slab?.cellBytes ?? 0)
    return (
      slab?.bytes.subarray(at, Math.min(at + length, slab.cells * slab.cellBytes)) ??
      Buffer.alloc(0)
    )
  }
}

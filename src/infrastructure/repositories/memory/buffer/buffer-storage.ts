// hot path: benchmarks/memory-hit.bench.ts
/**
 * Keys and values as bytes outside the heap: the garbage collector walks none of it, what an entry takes
 * is measured, and nobody can change a stored value.
 *
 * A record is a header, the key, the value, and what is left of its cell. The key has a byte per unit if
 * all of them are Latin-1, else two, the lower one first; `META` says which, and of what kind the value
 * is. The header is the length of the key in units, doubled, and one more if the record doesn't fill its
 * cell; seven bits of it per byte, so it is one byte for keys up to 63 units. How much is left unfilled
 * stands in the cell's last byte, which nobody needs then (it is 255 at most): so the length of the value
 * costs nothing, and a hit doesn't fetch the entry's charge for it. The charge follows from the size of the
 * cell, so it needs no column.
 */
import { latin1Hash, utf16Hash } from '../key-hash.ts'
import { NO_SLOT, PLACE, type SlotPages } from '../slot-pages.ts'
import type { FindSlot, SlotStorage } from '../slot-storage.ts'
import { cellSize, MAX_CELL_BYTES } from './cell-size.ts'
import { SLAB_COST_BYTES } from './size-class.ts'
import { CELL_BITS, CELL_MASK, type Slab } from './slab.ts'
import { SlabPages } from './slab-pages.ts'
import { decodeValue, ValueCodec } from './value-codec.ts'

/**
 * What an entry costs besides its cell: its columns (32 bytes), its share of the key table (5 to 6.25),
 * and of the slabs' bits and objects. A record with a slab of its own is charged for that as well.
 */
export const BUFFER_OVERHEAD_BYTES = 40

/** `META`: the key has two bytes per unit. */
const WIDE = 1 << 8
const KIND_SHIFT = 9
const KIND_MASK: number = 7 << KIND_SHIFT

const NOT_LATIN1 = /[^\0-\xff]/

/** Up to this length a loop over the units is quicker than a call of `write`. */
const SHORT_KEY = 20
/** Above this length making a string of the bytes is quicker than a loop over them. */
const LONG_KEY = 128
/** Most that one byte of a header holds; the bit above says that another follows. */
const MAX_SEVEN_BITS = 127

export class BufferStorage implements SlotStorage {
  readonly keepsKeys = false
  readonly #pages: SlotPages
  readonly #hashSeed: number
  readonly #slabs = new SlabPages()
  readonly #slabByNumber: readonly Slab[] = this.#slabs.slabs
  readonly #codec = new ValueCodec()
  /** Of the record that was prepared. */
  #isWide = false
  #recordBytes = 0

  constructor(pages: SlotPages, hashSeed: number) {
    this.#pages = pages
    this.#hashSeed = hashSeed
    pages.leaveCharges((slot) => chargeOf(this.#slabOf(pages.place(slot)).cellBytes))
  }

  get heldBytes(): number {
    return this.#slabs.heldBytes
  }

  hasKey(slot: number, key: string): boolean {
    const address = this.#pages.place(slot)
    const { bytes, cellBytes } = this.#slabOf(address)
    const at = (address & CELL_MASK) * cellBytes
    const header = readHeader(bytes, at)
    if (header >>> 1 !== key.length) return false
    const isWide = this.#isWideAt(slot)
    if (key.length > LONG_KEY) return this.#keyAt(address, isWide) === key
    const from = at + headerBytes(header)
    return isWide ? isUtf16(bytes, from, key) : isLatin1(bytes, from, key)
  }

  keyOf(slot: number): string {
    return this.#keyAt(this.#pages.place(slot), this.#isWideAt(slot))
  }

  hashOf(slot: number): number {
    return this.#hashAt(this.#pages.place(slot), this.#isWideAt(slot))
  }

  valueOf(slot: number): unknown {
    const meta = this.#pages.meta(slot)
    const address = this.#pages.place(slot)
    const { bytes, cellBytes } = this.#slabOf(address)
    const at = (address & CELL_MASK) * cellBytes
    const from = valueFrom(bytes, at, (meta & WIDE) !== 0)
    return decodeValue(
      (meta & KIND_MASK) >>> KIND_SHIFT,
      bytes,
      from,
      valueTo(bytes, at, cellBytes),
    )
  }

  valueBytes(slot: number): number {
    const address = this.#pages.place(slot)
    const { bytes, cellBytes } = this.#slabOf(address)
    const at = (address & CELL_MASK) * cellBytes
    const length = valueTo(bytes, at, cellBytes) - valueFrom(bytes, at, this.#isWideAt(slot))
    // An empty string costs its place as well.
    return Math.max(length, 1)
  }

  prepare(key: string, value: unknown, _sizeBytes: number): number {
    this.#codec.prepare(value)
    this.#isWide = NOT_LATIN1.test(key)
    const keyBytes = this.#isWide ? key.length * 2 : key.length
    this.#recordBytes = headerBytes(key.length * 2) + keyBytes + this.#codec.bytes
    return chargeOf(this.#recordBytes)
  }

  /** @throws RangeError if there is no memory; nothing has changed then */
  write(slot: number, key: string, _hash: number): void {
    const address = this.#slabs.alloc(this.#recordBytes)
    const { bytes, cellBytes } = this.#slabOf(address)
    const at = (address & CELL_MASK) * cellBytes
    const left = cellBytes - this.#recordBytes
    const keyFrom = writeHeader(bytes, at, key.length * 2 + (left > 0 ? 1 : 0))
    writeKey(bytes, keyFrom, key, this.#isWide)
    if (left > 0) bytes[at + cellBytes - 1] = left
    this.#codec.write(bytes, at + this.#recordBytes - this.#codec.bytes)
    const meta = this.#pages.meta(slot) & ~(WIDE | KIND_MASK)
    const own = (this.#isWide ? WIDE : 0) | (this.#codec.kind << KIND_SHIFT)
    this.#pages.setMeta(slot, meta | own)
    this.#pages.setHot(slot, PLACE, address)
  }

  free(slot: number): void {
    this.#slabs.free(this.#pages.place(slot))
  }

  clear(): void {
    this.#slabs.clear()
  }

  maintain(mayGoOn: () => boolean, slotOf: FindSlot): boolean {
    return this.#slabs.compact(
      mayGoOn,
      (from, to) => this.#move(from, to, slotOf, false) || this.#move(from, to, slotOf, true),
    )
  }

  /** A record doesn't say how wide its key is, so both are tried: its owner is who says that it is here. */
  #move(from: number, to: number, slotOf: FindSlot, isWide: boolean): boolean {
    const slot = slotOf(this.#keyAt(from, isWide), this.#hashAt(from, isWide))
    if (slot === NO_SLOT || this.#pages.place(slot) !== from) return false
    this.#pages.setHot(slot, PLACE, to)
    return true
  }

  #slabOf(address: number): Slab {
    return this.#slabByNumber[address >>> CELL_BITS] as Slab // A slot in use has a record.
  }

  #isWideAt(slot: number): boolean {
    return (this.#pages.meta(slot) & WIDE) !== 0
  }

  #keyAt(address: number, isWide: boolean): string {
    const { bytes, cellBytes } = this.#slabOf(address)
    const at = (address & CELL_MASK) * cellBytes
    const header = readHeader(bytes, at)
    const from = at + headerBytes(header)
    if (isWide) return bytes.toString('utf16le', from, from + (header & ~1))
    return bytes.toString('latin1', from, from + (header >>> 1))
  }

  #hashAt(address: number, isWide: boolean): number {
    const { bytes, cellBytes } = this.#slabOf(address)
    const at = (address & CELL_MASK) * cellBytes
    const header = readHeader(bytes, at)
    const from = at + headerBytes(header)
    const hash = isWide ? utf16Hash : latin1Hash
    return hash(bytes, from, header >>> 1, this.#hashSeed)
  }
}

/**
 * What an entry counts whose record or cell has so many bytes, the same for both, and however the record lies:
 * one larger than any cell that slabs share is alone in its slab.
 */
function chargeOf(bytes: number): number {
  const cellBytes = cellSize(bytes)
  return BUFFER_OVERHEAD_BYTES + cellBytes + (cellBytes > MAX_CELL_BYTES ? SLAB_COST_BYTES : 0)
}

function headerBytes(header: number): number {
  if (header <= MAX_SEVEN_BITS) return 1
  return Math.ceil((32 - Math.clz32(header)) / 7)
}

function writeHeader(bytes: Buffer, from: number, header: number): number {
  let at = from
  let rest = header
  for (; rest > MAX_SEVEN_BITS; rest >>>= 7) {
    bytes[at] = (rest & MAX_SEVEN_BITS) | (MAX_SEVEN_BITS + 1)
    at += 1
  }
  bytes[at] = rest
  return at + 1
}

function readHeader(bytes: Buffer, from: number): number {
  const first = bytes[from] ?? 0
  if (first <= MAX_SEVEN_BITS) return first
  let header = 0
  for (let at = from, shift = 0; ; at += 1, shift += 7) {
    const byte = bytes[at] ?? 0
    header |= (byte & MAX_SEVEN_BITS) << shift
    if (byte <= MAX_SEVEN_BITS) return header
  }
}

function writeKey(bytes: Buffer, from: number, key: string, isWide: boolean): void {
  if (isWide) bytes.write(key, from, 'utf16le')
  else if (key.length > SHORT_KEY) bytes.write(key, from, 'latin1')
  else for (let unit = 0; unit < key.length; unit += 1) bytes[from + unit] = key.charCodeAt(unit)
}

function isLatin1(bytes: Buffer, from: number, key: string): boolean {
  for (let unit = 0; unit < key.length; unit += 1) {
    if (key.charCodeAt(unit) !== bytes[from + unit]) return false
  }
  return true
}

function isUtf16(bytes: Buffer, from: number, key: string): boolean {
  for (let unit = 0, at = from; unit < key.length; unit += 1, at += 2) {
    if (key.charCodeAt(unit) !== ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))) return false
  }
  return true
}

function valueFrom(bytes: Buffer, at: number, isWide: boolean): number {
  const header = readHeader(bytes, at)
  return at + headerBytes(header) + (isWide ? header & ~1 : header >>> 1)
}

function valueTo(bytes: Buffer, at: number, cellBytes: number): number {
  const end = at + cellBytes
  if (((bytes[at] ?? 0) & 1) === 0) return end
  return end - (bytes[end - 1] ?? 0)
}

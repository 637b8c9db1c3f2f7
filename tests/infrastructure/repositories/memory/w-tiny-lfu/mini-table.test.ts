import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MiniTable } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/mini-table.ts'

/** Among them multiples of a large power of two: their places are the same ones. */
const HASHES = [
  ...Array.from({ length: 20 }, (_, at) => at - 10),
  ...Array.from({ length: 10 }, (_, at) => at << 27),
]

/** A table beside a map that does the same. */
class TableStage {
  #hashes = new Int32Array(4)
  readonly #table = new MiniTable(this.#hashes)
  readonly #slots = new Map<number, number>()
  readonly #free = [3, 2, 1, 0]

  /** Takes the hash in, or out if it is in. */
  toggle(hash: number): void {
    const slot = this.#slots.get(hash)
    if (slot === undefined) this.#add(hash)
    else {
      this.#table.remove(slot)
      this.#slots.delete(hash)
      this.#free.push(slot)
    }
  }

  wrongHashes(): number[] {
    return HASHES.filter((hash) => this.#table.find(hash) !== (this.#slots.get(hash) ?? -1))
  }

  #add(hash: number): void {
    if (this.#free.length === 0) this.#grow()
    const slot = this.#free.pop() ?? -1
    this.#hashes[slot] = hash
    this.#table.add(slot)
    this.#slots.set(hash, slot)
  }

  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2)
    hashes.set(this.#hashes)
    for (let slot = hashes.length - 1; slot >= this.#hashes.length; slot -= 1) this.#free.push(slot)
    this.#hashes = hashes
    this.#table.grow(hashes)
  }
}

describe('MiniTable', () => {
  it('finds nobody at first', () => {
    const table = new MiniTable(new Int32Array(16))
    expect(table.find(0)).toBe(-1)
    expect(table.find(-5)).toBe(-1)
  })

  it('finds what a map would, over any steps, and also when it is full', () => {
    const hash = fc.constantFrom(...HASHES)
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 200, size: 'max' }), (steps) => {
        const stage = new TableStage()
        for (const each of steps) {
          stage.toggle(each)
          expect(stage.wrongHashes()).toEqual([])
        }
      }),
      { numRuns: 100 },
    )
  })

  it('takes four bytes a slot', () => {
    const table = new MiniTable(new Int32Array(64))
    expect(table.bytes).toBe(256)
    table.grow(new Int32Array(128))
    expect(table.bytes).toBe(512)
  })
})

import { expect } from 'vitest'
import {
  type KeyedSlots,
  KeyTable,
} from '../../../../src/infrastructure/repositories/memory/key-table.ts'
import { NO_SLOT } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'

/** Hashes of numbered keys, from harmless to hostile. */
export const HASHINGS: Readonly<Record<string, (id: number) => number>> = {
  random: scattered,
  'all alike': () => 0x5bd1_e995,
  'all zero': () => 0,
  'all ones': () => -1,
  'alike in the last 18 bits': (id) => (id << 18) | 0x1_2345,
  'alike in the first 14 bits': oneSegment,
  'alike but for the last bucket': (id) => 0x3_fff0 | (id & 15),
  'around the end of the buckets': (id) => (scattered(id) & -0x4_0000) | (0x3_e000 + (id & 0x1fff)),
  'in few homes': (id) => ((id % 5) << 20) | ((id % 3) * 0x5555),
  'alike in pairs': (id) => scattered(id >> 1),
}

/** Those that a table of many keys can take in good time. */
export const MANY: ReadonlySet<string> = new Set(['random', 'alike in pairs'])

/** MurmurHash3's last step: no two numbers have the same. */
export function scattered(id: number): number {
  let h = Math.imul(id + 1, 0x9e37_79b1)
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return h ^ (h >>> 16)
}

/** Different for different numbers, but alike in all that can choose a segment. */
export function oneSegment(id: number): number {
  return (Math.imul(id, 0x9e37) & 0x3_ffff) | (0x2abc << 18)
}

export interface Held {
  readonly key: string
  readonly hash: number
}

/** A table with those who are in it, as plain as can be. Throws if it is asked about anybody else. */
export class CheckedTable implements KeyedSlots {
  readonly held: Map<number, Held> = new Map()
  readonly table: KeyTable = new KeyTable(this)
  hashesAsked = 0
  keysAsked = 0

  hashOf(slot: number): number {
    this.hashesAsked += 1
    return this.#of(slot).hash
  }

  hasKey(slot: number, key: string): boolean {
    this.keysAsked += 1
    return this.#of(slot).key === key
  }

  add(slot: number, key: string, hash: number): void {
    this.table.add(slot, hash)
    this.held.set(slot, { key, hash })
  }

  remove(slot: number): boolean {
    const { hash } = this.#of(slot)
    this.held.delete(slot)
    return this.table.remove(slot, hash)
  }

  find({ key, hash }: Held): number {
    return this.table.find(key, hash)
  }

  /** Fails unless all who are held are found, and only they are counted. */
  check(): void {
    expect(this.table.size).toBe(this.held.size)
    const lost = [...this.held].filter(([slot, held]) => this.find(held) !== slot)
    expect(lost).toEqual([])
  }

  #of(slot: number): Held {
    const held = this.held.get(slot)
    if (held === undefined) throw new Error(`slot ${slot} is not in the table`)
    return held
  }
}

/** A table of keys `0` to `count - 1`, each in the slot of its number. */
export function filled(count: number, hashOf: (id: number) => number = scattered): CheckedTable {
  const checked = new CheckedTable()
  for (let id = 0; id < count; id += 1) checked.add(id, String(id), hashOf(id))
  return checked
}

/** Adds the key of this number if it is missing, takes it out if it is there, and looks for it either side. */
export function toggle(checked: CheckedTable, id: number, hash: number): void {
  const held: Held = { key: String(id), hash }
  const isHeld = checked.held.has(id)
  const before = checked.find(held)
  const isRemoved = isHeld && checked.remove(id)
  if (!isHeld) checked.add(id, held.key, hash)
  const after = checked.find(held)
  // One `expect` for three claims: there are too many of them to take the time for each.
  const [there, gone] = isHeld ? [before, after] : [after, before]
  if (there !== id || gone !== NO_SLOT || isRemoved !== isHeld) {
    expect({ there, gone, isRemoved }).toEqual({ there: id, gone: NO_SLOT, isRemoved: isHeld })
  }
}

// hot path: benchmarks/memory-hit.bench.ts
import { PAGE_BITS, PAGE_MASK, PAGE_SLOTS, PLACE, type SlotPages } from './slot-pages.ts'
import type { SlotStorage } from './slot-storage.ts'

/**
 * What an entry costs besides its value and the characters of its key: columns, two references, its share
 * of the key table and of the policy's sketch, the header of the key's string.
 *
 * Measured on Node 20.20 with half a million entries of 16-byte keys: 60 bytes, and 16 for the string.
 */
export const REFERENCE_OVERHEAD_BYTES = 80

/**
 * `META`: how much longer the key is than `SHORTEST_KNOWN`, 0 if it is no longer, or 16 or more longer. Who leaves
 * a large cache needn't have its key fetched then, only to know its value's size: a tenth of a set.
 */
const LENGTH_SHIFT = 8
const LENGTH_MASK: number = 15 << LENGTH_SHIFT
const MAX_KNOWN = 15
const SHORTEST_KNOWN = 9

/** Key and value of a slot stand side by side, so that a hit that compared the key has fetched the value as well. */
const REFERENCES = 2
const FIRST_PAGE_SLOTS = 64

/**
 * Keys and values as they were handed over, by reference, in pages like those of the columns. The hash
 * of the key is kept in the column that says where the entry is.
 */
export class ReferenceStorage implements SlotStorage {
  readonly keepsKeys = true
  readonly #pages: SlotPages
  #references: unknown[][] = []
  /** Slots in use, by page. */
  readonly #live: number[] = []
  #key = ''
  #value: unknown = undefined

  constructor(pages: SlotPages) {
    this.#pages = pages
  }

  /** What stands here lies in the heap, which counts it itself. */
  get heldBytes(): number {
    return 0
  }

  hasKey(slot: number, key: string): boolean {
    const page = this.#references[slot >>> PAGE_BITS] as unknown[] // A slot in use was written.
    return page[(slot & PAGE_MASK) * REFERENCES] === key
  }

  keyOf(slot: number): string {
    const page = this.#references[slot >>> PAGE_BITS] as unknown[] // As above.
    return page[(slot & PAGE_MASK) * REFERENCES] as string // Written as one.
  }

  hashOf(slot: number): number {
    return this.#pages.place(slot)
  }

  valueOf(slot: number): unknown {
    const page = this.#references[slot >>> PAGE_BITS] as unknown[] // As above.
    return page[(slot & PAGE_MASK) * REFERENCES + 1]
  }

  valueBytes(slot: number): number {
    const known = (this.#pages.meta(slot) & LENGTH_MASK) >>> LENGTH_SHIFT
    const keyLength = known === 0 ? this.keyOf(slot).length : known + SHORTEST_KNOWN
    return this.#pages.charge(slot) - keyLength - REFERENCE_OVERHEAD_BYTES
  }

  prepare(key: string, value: unknown, sizeBytes: number): number {
    this.#key = key
    this.#value = value
    return sizeBytes + key.length + REFERENCE_OVERHEAD_BYTES
  }

  write(slot: number, _key: string, hash: number): void {
    const number = slot >>> PAGE_BITS
    const at = (slot & PAGE_MASK) * REFERENCES
    const page = this.#roomFor(number, at)
    page[at] = this.#key
    page[at + 1] = this.#value
    this.#value = undefined
    this.#live[number] = (this.#live[number] ?? 0) + 1
    const meta = this.#pages.meta(slot) & ~LENGTH_MASK
    this.#pages.setMeta(slot, meta | (knownLength(this.#key.length) << LENGTH_SHIFT))
    this.#pages.setHot(slot, PLACE, hash)
  }

  free(slot: number): void {
    const number = slot >>> PAGE_BITS
    const live = (this.#live[number] ?? 0) - 1
    this.#live[number] = live
    if (live === 0) {
      this.#references[number] = []
      return
    }
    const page = this.#references[number] as unknown[] // As above.
    page[(slot & PAGE_MASK) * REFERENCES] = undefined
    page[(slot & PAGE_MASK) * REFERENCES + 1] = undefined
  }

  clear(): void {
    this.#references = []
    this.#live.length = 0
  }

  maintain(): boolean {
    return true
  }

  /** A page with a place at `at`. The first begins small and doubles, as that of the columns does. */
  #roomFor(number: number, at: number): unknown[] {
    const known = this.#references[number] ?? []
    if (known.length > at) return known
    const length = number === 0 ? doubled(known.length, at) : PAGE_SLOTS * REFERENCES
    const grown = new Array<unknown>(length).fill(undefined)
    for (let each = 0; each < known.length; each += 1) grown[each] = known[each]
    this.#references[number] = grown
    return grown
  }
}

function knownLength(length: number): number {
  const known = length - SHORTEST_KNOWN
  return known > 0 && known <= MAX_KNOWN ? known : 0
}

function doubled(length: number, at: number): number {
  let size = Math.max(length, FIRST_PAGE_SLOTS * REFERENCES)
  while (size <= at) size *= 2
  return Math.min(size, PAGE_SLOTS * REFERENCES)
}

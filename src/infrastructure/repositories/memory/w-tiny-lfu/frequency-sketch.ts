// hot path: benchmarks/memory-hit.bench.ts
/**
 * How often each key was asked for lately, roughly, in 8 to 32 bytes for each entry of the cache: a
 * count-min sketch of 4-bit counters that ages (Einziger, Friedman, Manes, "TinyLFU", 2017).
 *
 * A key's four counters lie in one block of 32 bytes, half a line of the processor's cache. Every ten
 * requests per entry all counters are halved, so that old fame fades.
 *
 * It begins tiny and grows with the cache, a page at a time (linear hashing, Litwin 1980): a new page is
 * the copy of the one whose keys it shares from then on, so no count is lost, and none stalls. Halving
 * goes page by page too, one with each request, once it is due.
 */

const WORDS_SHIFT = 3
const PAGE_BLOCK_BITS = 9
const PAGE_BLOCKS = 1 << PAGE_BLOCK_BITS
const FIRST_BLOCKS = 8
const ROWS = 4
const MAX_COUNT = 15

/** The lowest bit of each counter of a word, and all but the highest one. */
const LOW_BITS = 0x1111_1111
const HALVED = 0x7777_7777

/** Requests per entry after which all counts are halved. Source: TinyLFU, and Caffeine's `FrequencySketch`. */
const PERIOD_PER_ENTRY = 10

/**
 * Words per entry, for caches up to so many entries: 32 bytes, 16, then 8 as in Caffeine. Keys that share
 * counters cost a cache of a thousand entries up to half a point of hit ratio with 16 bytes and a whole one
 * with 8; small caches can afford what would be a fifth of the bookkeeping of a large one.
 */
const TINY_ENTRIES = 1024
const WORDS_IF_TINY = 8
const SMALL_ENTRIES = 8192
const WORDS_IF_SMALL = 4
const WORDS_IF_LARGE = 2
/** A small cache's sketch is made for so many times its entries: each growth copies counts to keys that had none. */
const GROWS_AHEAD = 64

/** What a policy asks of it. */
export type Frequencies = Pick<FrequencySketch, 'add' | 'frequency' | 'fit'>

export class FrequencySketch {
  readonly #pages: Int32Array[] = [new Int32Array(FIRST_BLOCKS << WORDS_SHIFT)]
  /** Masks a block's number within a page; less than a page has while there is one small page only. */
  #blockMask = FIRST_BLOCKS - 1
  /** Masks a page's number; what lies beyond the last page belongs to the page without the highest bit. */
  #pageMask = 0
  #period = PERIOD_PER_ENTRY * FIRST_BLOCKS
  /** Requests counted since the last halving, as far as they are still in the counters. */
  #counted = 0
  /** The next page to halve; beyond the last one if no halving is due. */
  #halving = 1

  /** Bytes of all counters. */
  get bytes(): number {
    return this.#words * 4
  }

  /** hot path: counts a request for a key. */
  add(hash: number): void {
    const mixed = mix(hash)
    const page = this.#pageOf(mixed)
    const block = (mixed & this.#blockMask) << WORDS_SHIFT
    const picks = Math.imul(mixed, PICKS)
    let added = 0
    for (let row = 0; row < ROWS; row += 1) {
      const pick = picks >>> ((row << 2) + 16)
      const at = block + (row << 1) + (pick & 1)
      const shift = (pick & 14) << 1
      const word = page[at] ?? 0
      if (((word >>> shift) & MAX_COUNT) < MAX_COUNT) {
        page[at] = word + (1 << shift)
        added = 1
      }
    }
    this.#counted += added
    if (this.#halving < this.#pages.length || this.#counted >= this.#period) this.#age()
  }

  /** hot path: how often the key was asked for, 0 to 15; never less than it was since the last halving. */
  frequency(hash: number): number {
    const mixed = mix(hash)
    const page = this.#pageOf(mixed)
    const block = (mixed & this.#blockMask) << WORDS_SHIFT
    const picks = Math.imul(mixed, PICKS)
    let least = MAX_COUNT
    for (let row = 0; row < ROWS; row += 1) {
      const pick = picks >>> ((row << 2) + 16)
      const word = page[block + (row << 1) + (pick & 1)] ?? 0
      const count = (word >>> ((pick & 14) << 1)) & MAX_COUNT
      if (count < least) least = count
    }
    return least
  }

  /**
   * Says how many entries the cache holds at present, and how many it will when it is full. It grows by a
   * page per call, and not while it halves, so it wants to hear from time to time. It never shrinks.
   */
  fit(entries: number, entriesIfFull: number): void {
    this.#period = PERIOD_PER_ENTRY * Math.max(entries, Math.min(entriesIfFull, SMALL_ENTRIES))
    const expected = Math.max(
      entries,
      Math.min(entriesIfFull, entries * GROWS_AHEAD, SMALL_ENTRIES),
    )
    const wanted = Math.max(
      Math.min(expected, TINY_ENTRIES) * WORDS_IF_TINY,
      Math.min(expected, SMALL_ENTRIES) * WORDS_IF_SMALL,
      expected * WORDS_IF_LARGE,
    )
    while (this.#blockMask + 1 < PAGE_BLOCKS && this.#words < wanted) this.#doubleFirst()
    // A copy of a page that is halved already would be halved again.
    if (this.#words < wanted && this.#halving >= this.#pages.length) this.#addPage()
  }

  get #words(): number {
    return (this.#pages.length * (this.#blockMask + 1)) << WORDS_SHIFT
  }

  #pageOf(mixed: number): Int32Array {
    const number = (mixed >>> PAGE_BLOCK_BITS) & this.#pageMask
    const page = number < this.#pages.length ? number : number & (this.#pageMask >>> 1)
    return this.#pages[page] as Int32Array // The masks lead to pages that there are.
  }

  /** The keys of a block share its counts with those of the block that becomes its second half. */
  #doubleFirst(): void {
    const first = this.#pages[0] as Int32Array // There is always a first page.
    const doubled = new Int32Array(first.length * 2)
    doubled.set(first)
    doubled.set(first, first.length)
    this.#pages[0] = doubled
    this.#blockMask = this.#blockMask * 2 + 1
  }

  #addPage(): void {
    const number = this.#pages.length
    if (number > this.#pageMask) this.#pageMask = this.#pageMask * 2 + 1
    const from = this.#pages[number & (this.#pageMask >>> 1)] as Int32Array // It is before this one.
    this.#pages.push(from.slice())
    this.#halving = number + 1
  }

  /** Begins to halve if that is due; halves one page. */
  #age(): void {
    if (this.#halving >= this.#pages.length) {
      this.#halving = 0
      this.#counted >>>= 1
    }
    const page = this.#pages[this.#halving] as Int32Array // Compared with their number above.
    this.#halving += 1
    let odd = 0
    for (let at = 0; at < page.length; at += 1) {
      const word = page[at] ?? 0
      // The product's highest four bits are the sum of the counters' lowest bits, eight at most.
      odd += Math.imul(word & LOW_BITS, LOW_BITS) >>> 28
      page[at] = (word >>> 1) & HALVED
    }
    // What the odd counters lost by rounding is gone from all four rows; half a count each.
    this.#counted = Math.max(0, this.#counted - (odd >>> 3))
  }
}

/** Odd constants with bits all over. Source: Steele and Vigna, multipliers for 32-bit congruential generators. */
const MIX = 0x31848bab
const PICKS = 0x2c9277b5

/** Spreads a hash once more: the key table uses its lowest bits already. */
function mix(hash: number): number {
  const product = Math.imul(hash ^ (hash >>> 16), MIX)
  return product ^ (product >>> 15)
}

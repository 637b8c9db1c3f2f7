// hot path: benchmarks/memory-hit.bench.ts
/**
 * Which slot a key has: a hash table of 32-bit words, without the keys.
 *
 * Idea: the first bits of a hash choose a segment (extendible hashing, Fagin et al. 1979), its last 18
 * a bucket of it, the home. Growing touches one segment: it gets a quarter larger, and when it would
 * have more than `MAX_BUCKETS`, it becomes two. So no call moves more than some 3 300 words, and a
 * segment is 64 to 80 % full: 5 to 6.25 bytes a key.
 *
 * A word has the slot (26 bits), two bits of the hash, and in its top four how far it is from home: 0
 * is an empty bucket, 1 is at home, 15 is 14 or more further on. Invariant: from any word back to its
 * home no bucket is empty, and words lie in the order of their homes (Robin Hood hashing, Celis 1986).
 * So a search ends at the first word that is nearer to its home than the key would be to its own; a
 * word from another home never looks like the key's; and a removal moves the words behind it one back
 * without asking anybody for their hashes, each of which would be a miss of the processor's cache.
 *
 * Measured per call, at 75 % (November 2026): a hit looks at 0.10 foreign keys, a miss at 0.18; a removal
 * with an insertion asks for 0.03 hashes. Rejected: three bits of each, 0.06 and 0.13 foreign keys, but
 * 1.6 hashes; six bits of the hash and no distance, 0.02 and 0.09, but some six hashes, and misses that
 * read three times as many buckets.
 */
import { NO_SLOT } from './slot-pages.ts'

/** What the table asks whoever has the keys: about slots in it, never the one being added or removed. */
export interface KeyedSlots {
  hashOf(slot: number): number
  hasKey(slot: number, key: string): boolean
}

/** The parts of a hash: at most `MAX_DEPTH` bits for the segment, the last of them the tag too, then the home. */
const HOME_BITS = 18
const HOME_MASK: number = (1 << HOME_BITS) - 1
const MAX_DEPTH: number = 32 - HOME_BITS

/** The parts of a word. */
const SLOT_BITS = 26
const SLOT_MASK: number = (1 << SLOT_BITS) - 1
const TAG_MASK: number = 3 << SLOT_BITS
const STEP_SHIFT = 28
const STEP: number = 1 << STEP_SHIFT
/** What the top bits of a word say from here on: at least so many steps, its home being the first. */
const FAR = 15

const MIN_BUCKETS = 16
/**
 * To move a segment of so many takes two milliseconds where each hash is a miss of the processor's cache; with
 * four times as many it took 6.4, at the same cost of a set and a hit. Only keys that are all alike in 14 bits,
 * or 50 million of them, make it larger.
 */
const MAX_BUCKETS: number = 1 << 12
/** 18 bits of a hash times this fit into 32 bits. */
const MAX_FACTOR: number = 1 << 14

/** What is known of a segment besides its words. */
interface Segment {
  count: number
  /** How many first bits all its hashes share. */
  readonly depth: number
}

export class KeyTable {
  readonly #slots: KeyedSlots
  /** Words of the segment by the first bits of a hash; a segment of fewer bits stands here repeatedly. */
  #directory: Int32Array[] = []
  #segments: Segment[] = []
  /** How far a hash is shifted for its place in the directory, which has at least two: 31 to 18. */
  #shift = 31
  #size = 0
  #buckets = 0

  constructor(slots: KeyedSlots) {
    this.#slots = slots
    this.clear()
  }

  get size(): number {
    return this.#size
  }

  /** Bytes of words and directory. */
  get bytes(): number {
    return this.#buckets * 4 + this.#directory.length * 16
  }

  clear(): void {
    const words = new Int32Array(MIN_BUCKETS)
    const segment: Segment = { count: 0, depth: 0 }
    this.#directory = [words, words]
    this.#segments = [segment, segment]
    this.#shift = 31
    this.#size = 0
    this.#buckets = MIN_BUCKETS
  }

  /**
   * hot path: the slot that has this key, whose hash is given; `NO_SLOT` if none has.
   *
   * @param looksAtHashes whether the hash of a slot is compared before its key: what slots know their hashes
   *   needn't fetch foreign keys then, but must fetch one more word for the right one
   */
  find(key: string, hash: number, looksAtHashes = false): number {
    const words = this.#directory[hash >>> this.#shift] as Int32Array // The directory has all prefixes.
    const length = words.length
    let at = homeOf(hash, length)
    let wanted = tagOf(hash) + STEP
    for (let step = 1; step < FAR; step += 1) {
      const word = words[at] ?? 0
      if ((word ^ wanted) >>> SLOT_BITS === 0) {
        const slot = word & SLOT_MASK
        if (this.#isMaybe(slot, hash, looksAtHashes) && this.#slots.hasKey(slot, key)) return slot
      } else if (word >>> STEP_SHIFT < step) return NO_SLOT
      wanted = (wanted + STEP) | 0
      at = at + 1 === length ? 0 : at + 1
    }
    return this.#findFar(words, at, key, tagOf(hash))
  }

  /** Adds a slot whose key isn't here yet. */
  add(slot: number, hash: number): void {
    while (this.#isFull(hash)) this.#makeRoom(hash)
    const index = hash >>> this.#shift
    this.#place(this.#wordsAt(index), slot, hash)
    this.#segmentAt(index).count += 1
    this.#size += 1
  }

  /** Takes a slot out; false if it isn't here under this hash. */
  remove(slot: number, hash: number): boolean {
    const index = hash >>> this.#shift
    const words = this.#wordsAt(index)
    const at = bucketOf(words, slot, hash)
    if (at === NO_SLOT) return false
    this.#close(words, at)
    const segment = this.#segmentAt(index)
    segment.count -= 1
    this.#size -= 1
    const isSparse = words.length > MIN_BUCKETS && segment.count * 3 < words.length
    if (isSparse) this.#resize(index)
    return true
  }

  #wordsAt(index: number): Int32Array {
    return this.#directory[index] as Int32Array // As above.
  }

  #segmentAt(index: number): Segment {
    return this.#segments[index] as Segment // As long as the directory.
  }

  #isMaybe(slot: number, hash: number, looksAtHashes: boolean): boolean {
    return !looksAtHashes || this.#slots.hashOf(slot) === hash
  }

  /** Goes on where all words are far from home, up to one that isn't. */
  #findFar(words: Int32Array, from: number, key: string, tag: number): number {
    for (let at = from; ; at = after(words, at)) {
      const word = words[at] ?? 0
      if (word >>> STEP_SHIFT < FAR) return NO_SLOT
      const slot = word & SLOT_MASK
      if ((word & TAG_MASK) === tag && this.#slots.hasKey(slot, key)) return slot
    }
  }

  /** Puts a word before the first that is nearer to its home, and all from there on one further. */
  #place(words: Int32Array, slot: number, hash: number): void {
    let at = homeOf(hash, words.length)
    let step = 1
    while (this.#stepAt(words, at, step) >= step) {
      at = after(words, at)
      step += 1
    }
    let carried = (Math.min(step, FAR) << STEP_SHIFT) | tagOf(hash) | slot
    while (carried !== 0) {
      const met = words[at] ?? 0
      words[at] = carried
      carried = met === 0 || met >>> STEP_SHIFT === FAR ? met : (met + STEP) | 0
      at = after(words, at)
    }
  }

  /** Empties a bucket: those who follow, up to one that is at home, move one back. */
  #close(words: Int32Array, bucket: number): void {
    let hole = bucket
    for (let at = after(words, hole); (words[at] ?? 0) >>> STEP_SHIFT > 1; at = after(words, at)) {
      const word = words[at] ?? 0
      words[hole] = this.#stepAt(words, at, FAR + 1) > FAR ? word : (word - STEP) | 0
      hole = at
    }
    words[hole] = 0
  }

  /** The steps to here from the home of the word here, 0 if there is none; or `FAR`, if that will do. */
  #stepAt(words: Int32Array, at: number, enough: number): number {
    const word = words[at] ?? 0
    const step = word >>> STEP_SHIFT
    if (step < FAR || enough <= FAR) return step
    const home = homeOf(this.#slots.hashOf(word & SLOT_MASK), words.length)
    return (at < home ? at + words.length : at) - home + 1
  }

  /** True if another word would make the hash's segment more than four fifths full. */
  #isFull(hash: number): boolean {
    const index = hash >>> this.#shift
    return (this.#segmentAt(index).count + 1) * 5 > this.#wordsAt(index).length * 4
  }

  #makeRoom(hash: number): void {
    const index = hash >>> this.#shift
    const { count, depth } = this.#segmentAt(index)
    if (bucketsFor(count) > MAX_BUCKETS && depth < MAX_DEPTH) this.#split(index, depth + 1)
    else this.#resize(index)
  }

  #resize(index: number): void {
    const { count, depth } = this.#segmentAt(index)
    const words = new Int32Array(bucketsFor(count))
    const slots = slotsOf(this.#wordsAt(index), count)
    const hashes = this.#hashesOf(slots)
    for (let i = 0; i < count; i += 1) this.#place(words, slots[i] ?? 0, hashes[i] ?? 0)
    this.#buckets -= this.#wordsAt(index).length
    this.#install(index, { count, depth }, words)
  }

  /** Makes two segments of one, whose hashes share one bit more. */
  #split(index: number, depth: number): void {
    const { count } = this.#segmentAt(index)
    const slots = slotsOf(this.#wordsAt(index), count)
    const hashes = this.#hashesOf(slots)
    const shift = 32 - depth
    let ones = 0
    for (const hash of hashes) ones += (hash >>> shift) & 1
    // Should all be of one side, they fit as well as they did before, and the next split is near.
    const zeroWords = new Int32Array(Math.min(bucketsFor(count - ones), MAX_BUCKETS))
    const oneWords = new Int32Array(Math.min(bucketsFor(ones), MAX_BUCKETS))
    for (let i = 0; i < count; i += 1) {
      const hash = hashes[i] ?? 0
      this.#place(((hash >>> shift) & 1) === 0 ? zeroWords : oneWords, slots[i] ?? 0, hash)
    }
    const begin = this.#directory.indexOf(this.#wordsAt(index))
    this.#buckets -= this.#wordsAt(index).length
    const isDoubled = shift < this.#shift
    if (isDoubled) this.#doubleDirectory()
    const first = isDoubled ? begin * 2 : begin
    this.#install(first, { count: count - ones, depth }, zeroWords)
    this.#install(first + (1 << (shift - this.#shift)), { count: ones, depth }, oneWords)
  }

  /** In a loop of its own, so that the processor waits for many of them at once. */
  #hashesOf(slots: Int32Array): Int32Array {
    const hashes = new Int32Array(slots.length)
    for (let i = 0; i < slots.length; i += 1) hashes[i] = this.#slots.hashOf(slots[i] ?? 0)
    return hashes
  }

  #doubleDirectory(): void {
    this.#directory = this.#directory.flatMap((words) => [words, words])
    this.#segments = this.#segments.flatMap((segment) => [segment, segment])
    this.#shift -= 1
  }

  /** Lets the directory lead all hashes that begin as those of this place to these words. */
  #install(index: number, segment: Segment, words: Int32Array): void {
    const span = 1 << (32 - this.#shift - segment.depth)
    const begin = index & -span
    this.#directory.fill(words, begin, begin + span)
    this.#segments.fill(segment, begin, begin + span)
    this.#buckets += words.length
  }
}

function tagOf(hash: number): number {
  return (hash << (SLOT_BITS - HOME_BITS)) & TAG_MASK
}

/** As far into the buckets as the home's bits are into all that they could be. */
function homeOf(hash: number, buckets: number): number {
  if (buckets <= MAX_FACTOR) return Math.imul(hash & HOME_MASK, buckets) >>> HOME_BITS
  return Math.floor(((hash & HOME_MASK) / (HOME_MASK + 1)) * buckets)
}

function after(words: Int32Array, at: number): number {
  return at + 1 === words.length ? 0 : at + 1
}

/** The bucket of a slot with this hash; `NO_SLOT` if there is none. */
function bucketOf(words: Int32Array, slot: number, hash: number): number {
  let at = homeOf(hash, words.length)
  for (let step = 1; (words[at] ?? 0) >>> STEP_SHIFT >= Math.min(step, FAR); step += 1) {
    if (((words[at] ?? 0) & SLOT_MASK) === slot) return at
    at = after(words, at)
  }
  return NO_SLOT
}

/** All `count` slots, in the order of their homes but for those that went round the end. */
function slotsOf(words: Int32Array, count: number): Int32Array {
  const slots = new Int32Array(count)
  let found = 0
  for (const word of words) {
    if (word !== 0) {
      slots[found] = word & SLOT_MASK
      found += 1
    }
  }
  return slots
}

/** So many that a segment of so many words is not quite two thirds full. */
function bucketsFor(count: number): number {
  return Math.max(Math.ceil(count / 0.64), MIN_BUCKETS)
}

/**
 * Which blocks of slots have something that dies, and when: a hierarchical timing wheel (Varghese and
 * Lauck 1987, scheme 7).
 *
 * Idea: what waits is a block of 64 slots with the earliest death in it, not a slot, so that the wheel
 * costs a quarter of a byte per slot and a write touches it only when it makes a block's earliest
 * earlier. Whoever is visited looks through the block and says when to come again; coming in vain,
 * because the earliest was read, written or deleted meanwhile, costs one look at 64 deadlines.
 *
 * Six bits of a tick are a level. A block waits on the level of the first six bits in which its tick
 * differs from the wheel's, in the bucket that they name; so the lowest occupied level has the earliest
 * of all, in its first occupied bucket. Time goes from one occupied bucket to the next, however far
 * apart they are: the bucket's blocks then differ only further down, and move there. A tick that is
 * past when it is noted waits in a bucket of its own, which comes first.
 */

/** The tick of what doesn't die, the last that 31 bits can tell. */
export const NEVER = 0x7fff_ffff

const LEVEL_BITS = 6
const LEVEL_BUCKETS: number = 1 << LEVEL_BITS
/** Thirty bits in five levels, and the two buckets of the last bit in a sixth. */
const LEVELS = 6
/** The bucket of ticks before the wheel's own. */
const OVERDUE: number = LEVELS * LEVEL_BUCKETS
const NONE = -1

/** Words of a block. */
const TICK = 0
const NEXT = 1
const PREVIOUS = 2
/** One more than the bucket it waits in, 0 if it waits nowhere. */
const PLACE = 3
const BLOCK_WORDS = 4
const FIRST_BLOCKS = 16

export class ExpiryWheel {
  /** No block waits for a tick before it, but for those in `OVERDUE`. */
  #tick: number
  /** `BLOCK_WORDS` per block. */
  #words: Int32Array = new Int32Array(0)
  /** The first block of each bucket. Empty until something is noted, as long as most namespaces are. */
  #heads: Int32Array = new Int32Array(0)
  /** A bit per bucket: two words per level, and one for `OVERDUE`. */
  #occupied: Int32Array = new Int32Array(0)
  /** Not after the tick of any block in `OVERDUE`. */
  #overdueTick: number = NEVER

  constructor(nowTick: number) {
    this.#tick = nowTick
  }

  /** Bytes of all columns. */
  get bytes(): number {
    return (this.#words.length + this.#heads.length + this.#occupied.length) * 4
  }

  /** Something in this block dies at this tick; if the block waits for an earlier one, it goes on doing so. */
  note(block: number, tick: number): void {
    if (tick >= NEVER) return
    this.#makeRoom(block)
    if (this.#word(block, PLACE) !== 0) {
      if (this.#word(block, TICK) <= tick) return
      this.#unlink(block)
    }
    this.#setWord(block, TICK, tick)
    this.#link(block)
  }

  /**
   * Visits all blocks that wait for this tick or one before it, also those that a visit notes.
   *
   * @param visit answers the earliest tick still to come in the block, or `NEVER`; one that is not after
   *   `nowTick` counts as the next. It may call `note`.
   * @param mayGoOn asked before each visit but the first, so that each call gets somewhere
   * @returns false if `mayGoOn` stopped it with blocks still to visit, where the next call goes on
   */
  advance(nowTick: number, visit: (block: number) => number, mayGoOn: () => boolean): boolean {
    if (nowTick < this.#tick) this.#rewind(nowTick)
    for (let isFirst = true; ; isFirst = false) {
      const block = this.#firstDue(nowTick)
      if (block === NONE) return true
      if (!(isFirst || mayGoOn())) return false
      this.#unlink(block)
      const tick = visit(block)
      this.note(block, tick > nowTick ? tick : nowTick + 1)
    }
  }

  /** A tick that is not after any that a block waits for; `NEVER` if none waits. */
  nextTick(): number {
    const bucket = this.#firstBucket()
    if (bucket === NONE) return NEVER
    return bucket === OVERDUE ? this.#overdueTick : this.#startOf(bucket)
  }

  clear(): void {
    this.#words = new Int32Array(0)
    this.#heads = new Int32Array(0)
    this.#occupied = new Int32Array(0)
    this.#overdueTick = NEVER
  }

  #word(block: number, word: number): number {
    return this.#words[block * BLOCK_WORDS + word] ?? 0
  }

  #setWord(block: number, word: number, value: number): void {
    this.#words[block * BLOCK_WORDS + word] = value
  }

  #makeRoom(block: number): void {
    const blocks = this.#words.length / BLOCK_WORDS
    if (block < blocks) return
    if (blocks === 0) {
      this.#heads = new Int32Array(OVERDUE + 1).fill(NONE)
      this.#occupied = new Int32Array((OVERDUE >>> 5) + 1)
    }
    const words = new Int32Array(Math.max(FIRST_BLOCKS, blocks * 2, block + 1) * BLOCK_WORDS)
    words.set(this.#words)
    this.#words = words
  }

  /** A block to visit by this tick, and moves the wheel there, or to this tick if there is none. */
  #firstDue(nowTick: number): number {
    for (;;) {
      const bucket = this.#firstBucket()
      if (bucket === OVERDUE) return this.#heads[OVERDUE] ?? NONE
      if (bucket === NONE || this.#startOf(bucket) > nowTick) {
        this.#tick = nowTick
        return NONE
      }
      this.#tick = this.#startOf(bucket)
      if (bucket < LEVEL_BUCKETS) return this.#heads[bucket] ?? NONE
      this.#cascade(bucket)
    }
  }

  /** The bucket whose blocks come first. */
  #firstBucket(): number {
    const occupied = this.#occupied
    if ((occupied[OVERDUE >>> 5] ?? 0) !== 0) return OVERDUE
    for (let at = 0; at < occupied.length; at += 1) {
      const bits = occupied[at] ?? 0
      if (bits !== 0) return (at << 5) + 31 - Math.clz32(bits & -bits)
    }
    return NONE
  }

  /** The first tick of a bucket's blocks: the wheel's own, but for these six bits, and zeros behind them. */
  #startOf(bucket: number): number {
    const shift = (bucket >>> LEVEL_BITS) * LEVEL_BITS
    const above = (this.#tick >>> shift) & -LEVEL_BUCKETS
    return (above | (bucket & (LEVEL_BUCKETS - 1))) << shift
  }

  /** Puts the blocks of a bucket where they belong now that the wheel is at its start. */
  #cascade(bucket: number): void {
    for (let block = this.#heads[bucket] ?? NONE; block !== NONE; ) {
      const next = this.#word(block, NEXT)
      this.#unlink(block)
      this.#link(block)
      block = next
    }
  }

  /** Puts all blocks where they belong when time begins anew at this tick. */
  #rewind(nowTick: number): void {
    this.#tick = nowTick
    this.#heads.fill(NONE)
    this.#occupied.fill(0)
    this.#overdueTick = NEVER
    const blocks = this.#words.length / BLOCK_WORDS
    for (let block = 0; block < blocks; block += 1) {
      if (this.#word(block, PLACE) !== 0) this.#link(block)
    }
  }

  #link(block: number): void {
    const bucket = this.#bucketOf(this.#word(block, TICK))
    const next = this.#heads[bucket] ?? NONE
    this.#setWord(block, NEXT, next)
    this.#setWord(block, PREVIOUS, NONE)
    this.#setWord(block, PLACE, bucket + 1)
    if (next !== NONE) this.#setWord(next, PREVIOUS, block)
    this.#heads[bucket] = block
    this.#occupied[bucket >>> 5] = (this.#occupied[bucket >>> 5] ?? 0) | (1 << bucket)
  }

  /** The bucket for this tick; if it is past, takes note of it. */
  #bucketOf(tick: number): number {
    if (tick < this.#tick) {
      this.#overdueTick = Math.min(this.#overdueTick, tick)
      return OVERDUE
    }
    const level = Math.floor((31 - Math.clz32((tick ^ this.#tick) | 1)) / LEVEL_BITS)
    return level * LEVEL_BUCKETS + ((tick >>> (level * LEVEL_BITS)) & (LEVEL_BUCKETS - 1))
  }

  #unlink(block: number): void {
    const bucket = this.#word(block, PLACE) - 1
    const next = this.#word(block, NEXT)
    const previous = this.#word(block, PREVIOUS)
    this.#setWord(block, PLACE, 0)
    if (next !== NONE) this.#setWord(next, PREVIOUS, previous)
    if (previous !== NONE) this.#setWord(previous, NEXT, next)
    else this.#heads[bucket] = next
    if (this.#heads[bucket] !== NONE) return
    this.#occupied[bucket >>> 5] = (this.#occupied[bucket >>> 5] ?? 0) & ~(1 << bucket)
    if (bucket === OVERDUE) this.#overdueTick = NEVER
  }
}

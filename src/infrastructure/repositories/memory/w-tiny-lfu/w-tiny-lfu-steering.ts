// hot path: benchmarks/memory-hit.bench.ts
/**
 * Chooses among the arms of W-TinyLFU while the cache runs: each has a `MiniCache` that a sample of the
 * keys goes through, and the arm with the most hits lately is followed.
 *
 * Keys are sampled by their hashes, at a rate of 2^-n, so that a mini cache stays small: all keys
 * of a cache with a thousand entries, one in four thousand of a cache with a million. What counts is who differs: for
 * each set of arms that hit, it notes how many requests only they hit. Another arm is followed if it is
 * ahead of the present one by more than chance would have it.
 *
 * Tried and rejected: to climb by the hit ratio (Caffeine to 3.2: hundreds of requests per entry to cross
 * from one end to the other), to compare hits per entry of window and main queue (rests where a hot set in
 * a small window pays, 15 points below LRU on pairs that are read again soon), and to follow neighbours
 * only.
 */
import type { Frequencies } from './frequency-sketch.ts'
import { MiniCache } from './mini-cache.ts'
import { W_TINY_LFU_ARMS, type WTinyLfuArm } from './w-tiny-lfu-arm.ts'

/** What a W-TinyLFU order asks for its arm, and feeds. */
export interface WTinyLfuSteering {
  /** Which arm to follow. It changes within `record` only. */
  readonly arm: WTinyLfuArm
  /** Counts how often it began to sample keys that it didn't before. */
  readonly samplings: number
  /** True if requests for keys with this hash are to be recorded. */
  samples(hash: number): boolean
  /** @param weight how many requests this one stands for */
  record(hash: number, charge: number, weight: number): void
  /** The key left for another reason than space. */
  forget(hash: number): void
  /**
   * Hears from time to time of the capacity, in bytes or entries, and of how many entries that is.
   */
  fit(capacity: number, entries: number): void
}

/**
 * Keys of a mini cache, at most. Of a small cache's traffic there is little to learn from: with half as
 * many the mean over `benchmarks/hit-ratio` falls by 0.03 points and single traces by a whole one, with a
 * quarter the mean by 0.1. A large cache has more traffic while its entries turn over once, and a hit may
 * not cost more than a few nanoseconds there.
 */
const MAX_MINI_ENTRIES = 1024
const SMALL_ENTRIES = 8192
const MAX_MINI_ENTRIES_IF_LARGE = 256
/** The rate doubles if a mini cache would have less than this part of them; under half, or it would swing. */
const LEAST_USE = 3 / 8

/** One key in 16 million: a cache that has no limit yet. */
const MAX_SAMPLE_BITS = 24

/** Sampled requests between two looks at the scores, as a part of a mini cache's entries. */
const LOOKS_PER_TURN = 4
const MIN_REQUESTS_PER_LOOK = 16
/** What remains of old scores after as many sampled requests as a mini cache has entries. */
const KEPT_PER_TURN = 0.95
const KEPT_PER_LOOK: number = KEPT_PER_TURN ** (1 / LOOKS_PER_TURN)

/** Standard deviations by which the lead must exceed chance. Between 1 and 3 the mean differs by 0.05. */
const MIN_DEVIATIONS = 2
/** Part of the requests that the lead must be: less isn't worth a change of the window. */
const MIN_LEAD = 0.001

export class ShadowSteering implements WTinyLfuSteering {
  readonly #arms: readonly WTinyLfuArm[]
  readonly #minis: readonly MiniCache[]
  samplings = 0
  #current = 0
  /** The sample's keys have zeros here, once their hash is spread. */
  #sampleMask = 0
  #sampleBits = 0
  /** The mini caches' part of the capacity. */
  #share = 0
  #requestsPerLook = MIN_REQUESTS_PER_LOOK
  #untilLook = MIN_REQUESTS_PER_LOOK
  /** By the set of arms that hit, a bit for each: how many requests, and the sum of their weights' squares. */
  readonly #requests: Float64Array
  readonly #squares: Float64Array

  constructor(sketch: Frequencies, arms: readonly WTinyLfuArm[] = W_TINY_LFU_ARMS) {
    this.#arms = arms
    this.#minis = arms.map((arm) => new MiniCache(arm, sketch, 1))
    this.#requests = new Float64Array(1 << arms.length)
    this.#squares = new Float64Array(1 << arms.length)
  }

  get arm(): WTinyLfuArm {
    return this.#arms[this.#current] as WTinyLfuArm // One of their indices.
  }

  get bytes(): number {
    return this.#minis.reduce((bytes, mini) => bytes + mini.bytes, 0)
  }

  /** hot path. */
  samples(hash: number): boolean {
    return (Math.imul(hash, SPREAD) & this.#sampleMask) === 0
  }

  record(hash: number, charge: number, weight: number): void {
    let hits = 0
    for (let arm = 0; arm < this.#minis.length; arm += 1) {
      if (this.#minis[arm]?.request(hash, charge)) hits |= 1 << arm
    }
    this.#requests[hits] = (this.#requests[hits] ?? 0) + weight
    this.#squares[hits] = (this.#squares[hits] ?? 0) + weight * weight
    this.#untilLook -= 1
    if (this.#untilLook <= 0) this.#look()
  }

  forget(hash: number): void {
    for (const mini of this.#minis) mini.forget(hash)
  }

  fit(capacity: number, entries: number): void {
    this.#sample(entries)
    const share = Math.max(1, Math.round(capacity / 2 ** this.#sampleBits))
    if (share !== this.#share) for (const mini of this.#minis) mini.resize(share)
    this.#share = share
    this.#requestsPerLook = Math.max(
      MIN_REQUESTS_PER_LOOK,
      Math.round(entries / 2 ** this.#sampleBits / LOOKS_PER_TURN),
    )
  }

  /** Chooses the part of the keys that a mini cache is large enough for. */
  #sample(entries: number): void {
    const before = this.#sampleBits
    let bits = before
    const most = entries <= SMALL_ENTRIES ? MAX_MINI_ENTRIES : MAX_MINI_ENTRIES_IF_LARGE
    while (bits < MAX_SAMPLE_BITS && entries / 2 ** bits > most) bits += 1
    // More keys than their average size let expect.
    if (bits < MAX_SAMPLE_BITS && this.#minis.some(({ isFull }) => isFull)) bits += 1
    while (bits > 0 && entries / 2 ** bits < most * LEAST_USE) bits -= 1
    this.#sampleBits = bits
    this.#sampleMask = bits === 0 ? 0 : -1 << (32 - bits)
    if (bits < before) this.samplings += 1
    if (bits <= before) return
    for (const mini of this.#minis) mini.keepOnly((hash) => this.samples(hash))
  }

  /** Follows another arm if one is clearly ahead; lets the scores fade. */
  #look(): void {
    this.#untilLook = this.#requestsPerLook
    let best = this.#current
    let bestLead = 0
    for (let arm = 0; arm < this.#arms.length; arm += 1) {
      const lead = this.#leadOf(arm)
      if (lead <= bestLead) continue
      best = arm
      bestLead = lead
    }
    this.#current = best
    for (let hits = 0; hits < this.#requests.length; hits += 1) {
      this.#requests[hits] = (this.#requests[hits] ?? 0) * KEPT_PER_LOOK
      this.#squares[hits] = (this.#squares[hits] ?? 0) * KEPT_PER_LOOK
    }
  }

  /** Hits that the arm had more than the present one; 0 if it could be chance, or too few to matter. */
  #leadOf(arm: number): number {
    let total = 0
    let lead = 0
    let variance = 0
    for (let hits = 0; hits < this.#requests.length; hits += 1) {
      const requests = this.#requests[hits] ?? 0
      const sign = ((hits >>> arm) & 1) - ((hits >>> this.#current) & 1)
      total += requests
      lead += sign * requests
      if (sign !== 0) variance += this.#squares[hits] ?? 0
    }
    return lead > MIN_DEVIATIONS * Math.sqrt(variance) + MIN_LEAD * total ? lead : 0
  }
}

/** An odd constant with bits all over; the product's highest bits depend on all of the hash. */
const SPREAD = 0x31848bab

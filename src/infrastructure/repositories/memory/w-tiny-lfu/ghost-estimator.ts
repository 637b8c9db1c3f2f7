// hot path: benchmarks/memory-hit.bench.ts
/**
 * Estimates what the hit ratio would be with half, twice and four times the capacity: for each, a small
 * model of the adaptive W-TinyLFU sees a sample of the keys, chosen by their hashes, and has the same part
 * of the capacity (Waldspurger et al., "Cache Modeling and Optimization using Miniature Simulations", 2017).
 *
 * A sample may hold more or fewer of the most popular keys than it should, and then it has too many or too
 * few requests, nearly all of them hits; so the difference is taken off the hits (SHARDS-adj, Waldspurger
 * et al., "Efficient MRC Construction with SHARDS", 2015). Without that the error is three times as large.
 */
import { FrequencySketch } from './frequency-sketch.ts'
import { MiniCache } from './mini-cache.ts'
import { W_TINY_LFU_ARMS, type WTinyLfuArm } from './w-tiny-lfu-arm.ts'
import { ShadowSteering } from './w-tiny-lfu-steering.ts'

/** Estimated hit ratios, 0 to 1, with these parts of the capacity. */
export interface GhostEstimates {
  readonly half: number
  readonly double: number
  readonly quadruple: number
}

/**
 * Parts of the capacity, and how many keys the model of each holds at most. The smaller ones would be the
 * least exact if all had the same sample, so theirs are larger. With half as many keys in each, a request
 * costs half, and three times as many estimates are off by over two points (`npm run bench:hitratio`).
 */
const HALF = { part: 0.5, maxGhosts: 512 }
const DOUBLE = { part: 2, maxGhosts: 768 }
const QUADRUPLE = { part: 4, maxGhosts: 1024 }

/** With more entries, half of that: a request may not cost more than a few nanoseconds there. */
const MANY_ENTRIES = 8192

const MAX_SAMPLE_BITS = 24
/** The rate doubles if a model would hold less than this part of its keys; under half, or it would swing. */
const LEAST_USE = 3 / 8
/** Sampled requests between two looks at the sizes of everything: a quarter of the keys, but so many. */
const FIT_AT_LEAST_AFTER = 16
/** Requests that a sample stands for below which there is no saying. */
const MIN_REQUESTS = 256
/** A capacity that changes by more than this factor begins a new count. */
const NEW_COUNT_FACTOR = 2

/** Arms that differ most: the other two cost a quarter more, and make no estimate better than these do. */
const GHOST_ARMS: readonly WTinyLfuArm[] = [0, 1, 3, 4].flatMap((arm) => W_TINY_LFU_ARMS[arm] ?? [])

/** Another odd constant than those of the steering and the sketch: the samples must not be the same. */
const SPREAD = 0x2545f491

/** The policy as it would be with a part of the capacity, for a sample of the keys. */
class GhostModel {
  /** Counts how often it began to sample keys that it didn't before. */
  samplings = 0
  readonly #part: number
  readonly #maxGhosts: number
  readonly #sketch: FrequencySketch = new FrequencySketch()
  readonly #steering: ShadowSteering = new ShadowSteering(this.#sketch, GHOST_ARMS)
  readonly #cache: MiniCache = new MiniCache(
    this.#steering.arm,
    this.#sketch,
    1,
    (hash) => !this.#steering.samples(hash),
  )
  #arm = this.#steering.arm
  #capacity = 0
  #entries = 0
  #sampleBits = 0
  #sampleMask = 0
  #untilFit = 0
  /** Sampled requests: how many should have been, until the sample changed last, and how many were. */
  #expected = 0
  #sampled = 0
  #hits = 0

  constructor({ part, maxGhosts }: typeof HALF) {
    this.#part = part
    this.#maxGhosts = maxGhosts
  }

  /** hot path. `spread` is the hash, spread. */
  samples(spread: number): boolean {
    return (spread & this.#sampleMask) === 0
  }

  record(hash: number, charge: number, weight: number): void {
    if (this.#steering.samples(hash)) {
      this.#sketch.add(hash)
      this.#steering.record(hash, charge, weight)
    }
    if (this.#steering.arm !== this.#arm) {
      this.#arm = this.#steering.arm
      this.#cache.follow(this.#arm)
    }
    this.#sampled += weight
    if (this.#cache.request(hash, charge)) this.#hits += weight
    this.#untilFit -= 1
    if (this.#untilFit <= 0) this.#fit()
  }

  forget(hash: number): void {
    if (!this.samples(spreadOf(hash))) return
    this.#steering.forget(hash)
    this.#cache.forget(hash)
  }

  /** @param requests since the last call, of all keys */
  resize(capacity: number, entries: number, requests: number): void {
    this.#capacity = capacity * this.#part
    this.#entries = entries * this.#part
    this.#expected += requests / 2 ** this.#sampleBits
    this.#chooseSample(entries > MANY_ENTRIES ? this.#maxGhosts / 2 : this.#maxGhosts)
    this.#fit()
  }

  beginCount(): void {
    this.#expected = 0
    this.#sampled = 0
    this.#hits = 0
  }

  /** `undefined` if too little was seen. `requests` are those since `resize`. */
  hitRatio(requests: number): number | undefined {
    const expected = this.#expected + requests / 2 ** this.#sampleBits
    if (expected < MIN_REQUESTS) return undefined
    const hits = this.#hits - (this.#sampled - expected)
    return Math.min(1, Math.max(0, hits / expected))
  }

  #chooseSample(maxGhosts: number): void {
    const before = this.#sampleBits
    let bits = before
    while (bits < MAX_SAMPLE_BITS && this.#entries / 2 ** bits > maxGhosts) bits += 1
    while (bits > 0 && this.#entries / 2 ** bits < maxGhosts * LEAST_USE) bits -= 1
    this.#sampleBits = bits
    this.#sampleMask = bits === 0 ? 0 : -1 << (32 - bits)
    if (bits < before) this.samplings += 1
    if (bits > before) this.#cache.keepOnly((hash) => this.samples(spreadOf(hash)))
  }

  /** Lets everything grow with what it holds. */
  #fit(): void {
    const rate = 2 ** -this.#sampleBits
    const capacity = Math.max(1, Math.round(this.#capacity * rate))
    const entries = Math.max(1, this.#entries * rate)
    this.#untilFit = Math.max(FIT_AT_LEAST_AFTER, Math.round(entries / 4))
    this.#sketch.fit(this.#cache.entries, entries)
    this.#steering.fit(capacity, entries)
    this.#cache.resize(capacity)
  }
}

export class GhostEstimator {
  readonly #half: GhostModel = new GhostModel(HALF)
  readonly #double: GhostModel = new GhostModel(DOUBLE)
  readonly #quadruple: GhostModel = new GhostModel(QUADRUPLE)
  #capacity = 0
  #entries = 0
  #countedCapacity = 0
  /** Since the models heard of them last. */
  #requests = 0

  /** Counts how often it began to sample keys that it didn't before. */
  get samplings(): number {
    return this.#half.samplings + this.#double.samplings + this.#quadruple.samplings
  }

  /** Counts requests of all keys, of which `record` may hear or not. */
  count(requests: number): void {
    if (this.#capacity > 0) this.#requests += requests
  }

  /** True if requests for keys with this hash are to be recorded. */
  samples(hash: number): boolean {
    const spread = spreadOf(hash)
    return (
      this.#quadruple.samples(spread) || this.#double.samples(spread) || this.#half.samples(spread)
    )
  }

  /**
   * hot path: notes a request for a key, hit or miss, which `count` is told of as well. Nothing is noted of
   * keys that aren't sampled, nor before the first `resize`.
   *
   * @param charge bytes, or 1 if the capacity is in entries
   * @param weight requests for which this one stands, if not all hits are recorded
   */
  record(hash: number, charge: number, weight = 1): void {
    if (this.#capacity === 0) return
    const spread = spreadOf(hash)
    if (this.#half.samples(spread)) this.#half.record(hash, charge, weight)
    if (this.#double.samples(spread)) this.#double.record(hash, charge, weight)
    if (this.#quadruple.samples(spread)) this.#quadruple.record(hash, charge, weight)
  }

  /** The key left for another reason than space. */
  forget(hash: number): void {
    this.#half.forget(hash)
    this.#double.forget(hash)
    this.#quadruple.forget(hash)
  }

  /**
   * Says what the capacity is; the estimates are for half, twice and four times that. It may be called as
   * often as one likes.
   *
   * @param capacity in entries, or in bytes
   * @param entries how many entries that is about
   */
  resize(capacity: number, entries: number = capacity): void {
    if (capacity === this.#capacity && entries === this.#entries) return
    this.#capacity = capacity
    this.#entries = entries
    const models = [this.#half, this.#double, this.#quadruple]
    for (const model of models) model.resize(capacity, entries, this.#requests)
    this.#requests = 0
    const change = capacity / this.#countedCapacity
    if (change <= NEW_COUNT_FACTOR && change >= 1 / NEW_COUNT_FACTOR) return
    this.#countedCapacity = capacity
    for (const model of models) model.beginCount()
  }

  /** `undefined` until enough was seen since the capacity changed much. */
  estimates(): GhostEstimates | undefined {
    const half = this.#half.hitRatio(this.#requests)
    const double = this.#double.hitRatio(this.#requests)
    const quadruple = this.#quadruple.hitRatio(this.#requests)
    if (half === undefined || double === undefined || quadruple === undefined) return undefined
    return { half, double, quadruple }
  }
}

function spreadOf(hash: number): number {
  return Math.imul(hash, SPREAD)
}

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

const HALF = 0.5
const DOUBLE = 2
const QUADRUPLE = 4

/**
 * Keys that the largest model holds. With half as many a request costs half, and 14 in a hundred estimates
 * more are off by over two points; with twice as many, 5 fewer (`npm run bench:hitratio`).
 */
const MAX_GHOSTS = 1024
const MAX_SAMPLE_BITS = 24
const FIT_AT_LEAST_AFTER = 16
/** Sampled requests below which there is no saying. */
const MIN_REQUESTS = 256
/** A capacity that changes by more than this factor begins a new count. */
const NEW_COUNT_FACTOR = 2

/** Arms that differ most: the other two cost a quarter more, and make no estimate better than these do. */
const GHOST_ARMS: readonly WTinyLfuArm[] = [0, 1, 3, 4].flatMap((arm) => W_TINY_LFU_ARMS[arm] ?? [])

/** The policy as it would be with another capacity, for the sample. */
class GhostModel {
  readonly #sketch: FrequencySketch = new FrequencySketch()
  readonly #steering: ShadowSteering = new ShadowSteering(this.#sketch, GHOST_ARMS)
  readonly #cache: MiniCache = new MiniCache(this.#steering.arm, this.#sketch, 1)
  #arm = this.#steering.arm
  hits = 0

  record(hash: number, charge: number, weight: number): void {
    this.#sketch.add(hash)
    if (this.#steering.samples(hash)) this.#steering.record(hash, charge, weight)
    if (this.#steering.arm !== this.#arm) {
      this.#arm = this.#steering.arm
      this.#cache.follow(this.#arm)
    }
    if (this.#cache.request(hash, charge)) this.hits += weight
  }

  forget(hash: number): void {
    this.#steering.forget(hash)
    this.#cache.forget(hash)
  }

  resize(capacity: number, entries: number): void {
    this.#sketch.fit(this.#cache.entries, entries)
    this.#steering.fit(capacity, entries)
    this.#cache.resize(capacity)
  }

  keepOnly(isSampled: (hash: number) => boolean): void {
    this.#cache.keepOnly(isSampled)
  }
}

export class GhostEstimator {
  readonly #half: GhostModel = new GhostModel()
  readonly #double: GhostModel = new GhostModel()
  readonly #quadruple: GhostModel = new GhostModel()
  #capacity = 0
  #entries = 0
  #countedCapacity = 0
  #sampleBits = 0
  #sampleMask = 0
  /** Requests since the sample was chosen, and how many of all the samples should have had and had. */
  #requests = 0
  #expected = 0
  #sampled = 0
  #untilFit = 0

  /**
   * hot path: notes a request for a key, hit or miss.
   *
   * @param charge bytes, or 1 if the capacity is in entries
   * @param weight requests for which this one stands, if not all hits are recorded
   */
  record(hash: number, charge: number, weight = 1): void {
    this.#requests += weight
    if ((Math.imul(hash, SPREAD) & this.#sampleMask) !== 0 || this.#capacity === 0) return
    this.#sampled += weight
    this.#half.record(hash, charge, weight)
    this.#double.record(hash, charge, weight)
    this.#quadruple.record(hash, charge, weight)
    this.#untilFit -= 1
    if (this.#untilFit <= 0) this.#fit()
  }

  /** hot path: the key left for another reason than space. */
  forget(hash: number): void {
    if (!this.#samples(hash)) return
    this.#half.forget(hash)
    this.#double.forget(hash)
    this.#quadruple.forget(hash)
  }

  /**
   * Says what the capacity is; the estimates are for half, twice and four times that. It may be called as
   * often as one likes, and must be before the first request counts.
   *
   * @param capacity in entries, or in bytes
   * @param entries how many entries that is about
   */
  resize(capacity: number, entries: number = capacity): void {
    if (capacity === this.#capacity && entries === this.#entries) return
    this.#capacity = capacity
    this.#entries = entries
    this.#chooseSample()
    const change = capacity / this.#countedCapacity
    if (!(change <= NEW_COUNT_FACTOR && change >= 1 / NEW_COUNT_FACTOR)) this.#beginCount()
    this.#fit()
  }

  /** `undefined` until enough was seen since the capacity changed much. */
  estimates(): GhostEstimates | undefined {
    const expected = this.#expected + this.#requests / 2 ** this.#sampleBits
    if (this.#sampled < MIN_REQUESTS || expected < MIN_REQUESTS) return undefined
    const surplus = this.#sampled - expected
    const ratioOf = ({ hits }: GhostModel): number =>
      Math.min(1, Math.max(0, (hits - surplus) / expected))
    return {
      half: ratioOf(this.#half),
      double: ratioOf(this.#double),
      quadruple: ratioOf(this.#quadruple),
    }
  }

  #samples(hash: number): boolean {
    return (Math.imul(hash, SPREAD) & this.#sampleMask) === 0
  }

  #chooseSample(): void {
    const before = this.#sampleBits
    let bits = before
    const ghosts = this.#entries * QUADRUPLE
    while (bits < MAX_SAMPLE_BITS && ghosts / 2 ** bits > MAX_GHOSTS) bits += 1
    // Well below, so that the rate doesn't swing.
    while (bits > 0 && ghosts / 2 ** bits < MAX_GHOSTS / 3) bits -= 1
    if (bits === before) return
    this.#expected += this.#requests / 2 ** before
    this.#requests = 0
    this.#sampleBits = bits
    this.#sampleMask = bits === 0 ? 0 : -1 << (32 - bits)
    for (const model of [this.#half, this.#double, this.#quadruple]) {
      model.keepOnly((hash) => this.#samples(hash))
    }
  }

  #beginCount(): void {
    this.#countedCapacity = this.#capacity
    this.#requests = 0
    this.#expected = 0
    this.#sampled = 0
    for (const model of [this.#half, this.#double, this.#quadruple]) model.hits = 0
  }

  /** Lets sketches and samples grow with what they hold. */
  #fit(): void {
    const rate = 2 ** -this.#sampleBits
    this.#fitModel(this.#half, HALF * rate)
    this.#fitModel(this.#double, DOUBLE * rate)
    this.#fitModel(this.#quadruple, QUADRUPLE * rate)
    this.#untilFit = Math.max(FIT_AT_LEAST_AFTER, Math.round((this.#entries * rate) / 4))
  }

  #fitModel(model: GhostModel, part: number): void {
    model.resize(Math.max(1, Math.round(this.#capacity * part)), Math.max(1, this.#entries * part))
  }
}

/** Another odd constant than those of the steering and the sketch: the samples must not be the same. */
const SPREAD = 0x2545f491

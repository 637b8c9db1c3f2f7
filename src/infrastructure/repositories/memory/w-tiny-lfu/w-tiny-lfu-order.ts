// hot path: benchmarks/memory-hit.bench.ts
/**
 * Adaptive W-TinyLFU, the policy unless another is chosen: `WTinyLfuQueues` that follow the arm which
 * would have had the most hits lately (`ShadowSteering`).
 *
 * A hit moves nothing, and of most nobody hears: the slot's uses are counted in the sketch when the hand
 * takes them off. The mean over the traces of `benchmarks/hit-ratio` is the same as if each hit was. Hits on
 * keys of the sample are noted there, and in the sketch, at once, or the arms would be tried on less than is
 * known; of those on an entry that was used three times since the hand passed, one in eight, which stands
 * for eight.
 *
 * A priority of weight w has its frequency multiplied by w when it meets another, and one more round in the
 * window than those of the least weight that came in lately.
 */
import type {
  CreateEvictionOrder,
  EvictionOrder,
  EvictionSpace,
} from '../eviction/eviction-order.ts'
import { type Frequencies, FrequencySketch } from './frequency-sketch.ts'
import { W_TINY_LFU_ARMS, type WTinyLfuArm } from './w-tiny-lfu-arm.ts'
import { WTinyLfuQueues } from './w-tiny-lfu-queues.ts'
import { ShadowSteering, type WTinyLfuSteering } from './w-tiny-lfu-steering.ts'

const MAX_USES = 3
/** Of the uses that leave an entry at `MAX_USES`, an order is told of one in so many. */
const USES_PER_TOLD = 8

/** Newcomers between two looks at how large everything is; fewer while the cache is small. */
const MAX_ADDS_PER_LOOK = 256
const MIN_ADDS_PER_LOOK = 8

export class WTinyLfuOrder implements EvictionOrder {
  readonly #space: EvictionSpace
  readonly #sketch: Frequencies
  readonly #steering: WTinyLfuSteering
  readonly #queues: WTinyLfuQueues
  #arm: WTinyLfuArm
  #untilLook = 0
  /** The newcomer that `admits` was asked for last, which has been counted. */
  #admitted = 0
  #hasAdmitted = false
  /** The least weight of a priority among the newcomers of this and the last turn. */
  #leastFactor: number = Number.POSITIVE_INFINITY
  #nextLeastFactor: number = Number.POSITIVE_INFINITY

  constructor(space: EvictionSpace, sketch: Frequencies, steering: WTinyLfuSteering) {
    this.#space = space
    this.#sketch = sketch
    this.#steering = steering
    this.#arm = steering.arm
    this.#queues = new WTinyLfuQueues(space, sketch, this.#arm, (hash) => !steering.samples(hash))
  }

  get samplings(): number {
    return this.#steering.samplings
  }

  samples(hash: number): boolean {
    return this.#steering.samples(hash)
  }

  add(slot: number, hash: number): void {
    if (this.#untilLook <= 0) this.#look()
    this.#untilLook -= 1
    const { pages, weights } = this.#space
    if (!this.#hasAdmitted || this.#admitted !== hash) this.#count(hash, pages.charge(slot), 1)
    this.#hasAdmitted = false
    const factor = weights[pages.rank(slot)] ?? 1
    if (factor < this.#nextLeastFactor) this.#nextLeastFactor = factor
    pages.setUses(slot, factor > this.#leastFactor ? 1 : 0)
    this.#queues.add(slot)
  }

  use(slot: number, hash: number, usesBefore: number): void {
    if (!this.#steering.samples(hash)) return
    this.#sketch.add(hash)
    const weight = usesBefore < MAX_USES ? 1 : USES_PER_TOLD
    this.#sample(hash, this.#space.pages.charge(slot), weight)
  }

  /** A new value isn't a request: caches that refresh by themselves would count their own loads. */
  replace(slot: number, _hash: number, chargeBefore: number): void {
    this.#queues.replace(slot, chargeBefore)
  }

  remove(slot: number, isEviction: boolean): void {
    if (!isEviction) {
      const hash = this.#space.hashOf(slot)
      if (this.#steering.samples(hash)) this.#steering.forget(hash)
    }
    this.#queues.remove(slot)
  }

  victim(except: number): number {
    return this.#queues.victim(except)
  }

  admits(hash: number, charge: number): boolean {
    this.#count(hash, charge, 1)
    this.#admitted = hash
    this.#hasAdmitted = true
    this.#queues.expect(charge)
    return (
      !this.#space.isByBytes || this.#queues.isWorthItsRoom(charge, this.#sketch.frequency(hash))
    )
  }

  #count(hash: number, charge: number, weight: number): void {
    this.#sketch.add(hash)
    if (this.#steering.samples(hash)) this.#sample(hash, charge, weight)
  }

  #sample(hash: number, charge: number, weight: number): void {
    this.#steering.record(hash, this.#space.isByBytes ? charge : 1, weight)
    const { arm } = this.#steering
    if (arm === this.#arm) return
    this.#arm = arm
    this.#queues.follow(arm)
  }

  /** Lets everything grow with the cache. */
  #look(): void {
    const { length, size } = this.#queues
    this.#untilLook = Math.min(MAX_ADDS_PER_LOOK, Math.max(MIN_ADDS_PER_LOOK, length >>> 2))
    const capacity = this.#space.capacity()
    const entries = this.#space.isByBytes && size > 0 ? (capacity / size) * length : capacity
    this.#sketch.fit(length, entries)
    this.#steering.fit(capacity, entries)
    this.#leastFactor = this.#nextLeastFactor
    this.#nextLeastFactor = Number.POSITIVE_INFINITY
  }
}

/** Keeps what was asked for most often lately, or last, whichever pays more here. */
export const wTinyLfuOrder: CreateEvictionOrder = (space) => {
  const sketch = new FrequencySketch()
  return new WTinyLfuOrder(space, sketch, new ShadowSteering(sketch, W_TINY_LFU_ARMS))
}

// hot path: benchmarks/memory-hit.bench.ts
/**
 * The two queues of W-TinyLFU (Einziger, Eytan, Friedman, Manes, "Adaptive Software Cache Management",
 * 2018), without anything that moves on a hit: newcomers enter the window, a first-in-first-out queue
 * whose end gives one more round to who was used; who comes out of it meets the next victim of the main
 * queue, a clock with two bits of uses, and the frequency sketch says which of them stays. At every fixed
 * share of the window that has the same hit ratio as the lists of the paper, which a hit reorders.
 *
 * How large the window is, and by which rule they meet, is the arm (`WTinyLfuArm`), which may change at
 * any time: a window that is too large then is emptied into the main queue, some entries a victim.
 *
 * By bytes, both queues are limited in bytes, and one victim is chosen at a time, whatever its size, as in
 * Caffeine. An entry larger than the window's share goes to the window's end at once, so that it doesn't
 * push all others through it.
 */

import type { EvictionSpace } from '../eviction/eviction-order.ts'
import { MAX_HAND_STEPS } from '../eviction/extra-rounds.ts'
import { SlotChain } from '../eviction/slot-chain.ts'
import { NO_SLOT } from '../slot-pages.ts'
import type { Frequencies } from './frequency-sketch.ts'
import {
  isNewcomerBetter,
  THRESHOLD,
  WARM_CHANCE,
  WARM_COUNT,
  type WTinyLfuArm,
} from './w-tiny-lfu-arm.ts'

/** Queue numbers; a slot that is in neither has none of them. */
const NO_QUEUE = 0
const WINDOW = 1
const MAIN = 2

/** Used entries that the window's end sends round for one candidate; more would be a pause. */
const MAX_WINDOW_ROUNDS = 4
/** Entries that a shrunken window hands over for each victim: fast against anything that fills it. */
const MOVED_PER_VICTIM = 8
/** What the window's share has to shrink to, to make it hand over: the capacity may swing by less all the time. */
const MUCH_SMALLER = 7 / 8
/** Entries of the main queue's end that an entry larger than a quarter of the cache is held against. */
const MAX_PUSHED_OUT = 64

/** True if the queues are to count the uses of slots with this hash in the sketch, when they take them off; else others do. */
export type CountsUses = (hash: number) => boolean

/** Queues that only read the sketch. */
export const countsNone: CountsUses = () => false

export class WTinyLfuQueues {
  readonly #space: EvictionSpace
  readonly #sketch: Frequencies
  readonly #window: SlotChain
  readonly #main: SlotChain
  readonly #counts: CountsUses
  #arm: WTinyLfuArm
  /** The victim that was named last and is still in; it stays the victim unless it is used. */
  #named: number = NO_SLOT
  /** How much the window has to hand over because its share became smaller, and the share it had. */
  #excess = 0
  #shareBefore = 0
  /** What the next newcomer counts, as far as it was said. */
  #expected = 1
  #random = 1

  constructor(space: EvictionSpace, sketch: Frequencies, arm: WTinyLfuArm, counts: CountsUses) {
    this.#space = space
    this.#counts = counts
    this.#sketch = sketch
    this.#arm = arm
    this.#window = new SlotChain(space.pages)
    this.#main = new SlotChain(space.pages)
  }

  get length(): number {
    return this.#window.length + this.#main.length
  }

  /** What all its slots count together, in bytes or entries. */
  get size(): number {
    return this.#sizeOf(this.#window) + this.#sizeOf(this.#main)
  }

  /** What the slots of the window count together, in bytes or entries. */
  get windowSize(): number {
    return this.#sizeOf(this.#window)
  }

  /** Goes on by another arm. */
  follow(arm: WTinyLfuArm): void {
    this.#arm = arm
    this.#named = NO_SLOT
  }

  /**
   * Says what the next newcomer will count, before others leave for it. By bytes, who comes in after a
   * smaller one has left would push out the rest of its size from the main queue, without any contest.
   */
  expect(charge: number): void {
    this.#expected = this.#space.isByBytes ? charge : 1
  }

  /** Takes in a slot; its uses are 0, or 1 if it is to have one more round in the window. */
  add(slot: number): void {
    this.#expected = 1
    this.#space.pages.setQueue(slot, WINDOW)
    const share = this.#windowShare()
    if (this.#space.isByBytes && this.#space.pages.charge(slot) > share) this.#window.addLast(slot)
    else this.#window.addFirst(slot)
    // While there is room nobody has to prove anything.
    for (let moved = 0; moved < MOVED_PER_VICTIM; moved += 1) {
      if (this.windowSize <= share || this.size > this.#space.capacity()) return
      const last = this.#candidate(slot)
      if (last === NO_SLOT) return
      this.#moveToMain(last)
    }
  }

  replace(slot: number, chargeBefore: number): void {
    this.#expected = 1
    this.#chainOf(slot).recharge(slot, chargeBefore)
  }

  remove(slot: number): void {
    if (slot === this.#named) this.#named = NO_SLOT
    this.#spend(slot, this.#space.pages.uses(slot))
    this.#chainOf(slot).remove(slot)
    this.#space.pages.setQueue(slot, NO_QUEUE)
  }

  /** As in `EvictionOrder`. */
  victim(except: number): number {
    const named = this.#named
    if (named === NO_SLOT || named === except || this.#space.pages.uses(named) > 0) {
      this.#named = this.#choose(except)
    }
    return this.#named
  }

  /**
   * True if a newcomer of this size and frequency is worth what it would push out: one that takes no more
   * than the window has, or a quarter of the capacity, always is.
   */
  isWorthItsRoom(charge: number, frequency: number): boolean {
    const { isByBytes, pages } = this.#space
    if (!isByBytes) return true
    const capacity = this.#space.capacity()
    if (charge <= Math.max(capacity / 4, this.#windowShare())) return true
    let pushedOut = this.size + charge - capacity
    let lost = 0
    let slot = this.#main.last
    for (let step = 0; step < MAX_PUSHED_OUT && pushedOut > 0 && slot !== NO_SLOT; step += 1) {
      lost += this.#sketch.frequency(this.#space.hashOf(slot))
      if (lost >= frequency) return false
      pushedOut -= pages.charge(slot)
      slot = pages.previous(slot)
    }
    return true
  }

  #choose(except: number): number {
    this.#handOver(except)
    const candidate = this.#isWindowFull(except) ? this.#candidate(except) : NO_SLOT
    const victim = this.#mainVictim(except)
    if (victim === NO_SLOT) return candidate === NO_SLOT ? this.#candidate(except) : candidate
    if (candidate === NO_SLOT) return victim
    if (!this.#isBetter(candidate, victim)) return candidate
    this.#moveToMain(candidate)
    return victim
  }

  /** Hands over some of what the window has too much since its share shrank: by the arm or the capacity. */
  #handOver(except: number): void {
    const share = this.#windowShare()
    // What is above the share otherwise is a large newcomer, who has to prove itself.
    if (share < this.#shareBefore * MUCH_SMALLER) this.#excess = this.windowSize - share
    if (share < this.#shareBefore * MUCH_SMALLER || share > this.#shareBefore) {
      this.#shareBefore = share
    }
    for (let moved = 0; moved < MOVED_PER_VICTIM && this.#excess > 0; moved += 1) {
      const last = this.#window.lastBut(except)
      if (last === NO_SLOT || this.windowSize <= share) {
        this.#excess = 0
        return
      }
      this.#excess -= this.#chargeOf(last)
      this.#moveToMain(last)
    }
  }

  /**
   * True if the window has no room for the newcomer, who came in before, as `except`, or comes in after
   * this. One that is larger than the window's share is no reason to empty it.
   */
  #isWindowFull(except: number): boolean {
    const isIn = except !== NO_SLOT && this.#space.pages.queue(except) === WINDOW
    const others = this.windowSize - (isIn ? this.#chargeOf(except) : 0)
    const newcomer = isIn ? this.#chargeOf(except) : this.#expected
    const share = this.#windowShare()
    return others + (newcomer > share ? 0 : newcomer) > share
  }

  /** Who comes out of the window: the last one that wasn't used; who was has another round. */
  #candidate(except: number): number {
    const { pages } = this.#space
    let slot = this.#window.lastBut(except)
    for (let round = 0; round < MAX_WINDOW_ROUNDS; round += 1) {
      if (slot === NO_SLOT || pages.uses(slot) === 0) return slot
      this.#spend(slot, pages.uses(slot))
      this.#window.moveFirst(slot)
      slot = this.#window.lastBut(except)
    }
    if (slot !== NO_SLOT) this.#spend(slot, pages.uses(slot))
    return slot
  }

  /** Where the hand of the main queue stops. */
  #mainVictim(except: number): number {
    const { pages } = this.#space
    let slot = this.#main.lastBut(except)
    for (let step = 0; step < MAX_HAND_STEPS; step += 1) {
      if (slot === NO_SLOT) return slot
      const uses = pages.uses(slot)
      if (uses === 0) return slot
      this.#spend(slot, 1)
      this.#main.moveFirst(slot)
      slot = this.#main.lastBut(except)
    }
    this.#spend(slot, pages.uses(slot))
    return slot
  }

  /** Takes uses off a slot; of most the sketch hears only now, so that a hit needn't tell it. */
  #spend(slot: number, uses: number): void {
    if (uses === 0) return
    const { pages } = this.#space
    pages.setUses(slot, pages.uses(slot) - uses)
    const hash = this.#space.hashOf(slot)
    if (!this.#counts(hash)) return
    for (let each = 0; each < uses; each += 1) this.#sketch.add(hash)
  }

  #isBetter(candidate: number, victim: number): boolean {
    const { pages, weights } = this.#space
    const frequency = this.#sketch.frequency(this.#space.hashOf(candidate))
    const weight = weights[pages.rank(candidate)] ?? 1
    const victimWeight = weights[pages.rank(victim)] ?? 1
    const { rule } = this.#arm
    const victimFrequency =
      rule === THRESHOLD ? 0 : this.#sketch.frequency(this.#space.hashOf(victim))
    if (isNewcomerBetter(rule, frequency * weight, victimFrequency * victimWeight, victimWeight)) {
      return true
    }
    return frequency >= WARM_COUNT && rule !== THRESHOLD && this.#isByChance()
  }

  /** One in `WARM_CHANCE`, the same each time the same things happen. Source: Marsaglia, "Xorshift RNGs". */
  #isByChance(): boolean {
    let random = this.#random
    random ^= random << 13
    random ^= random >>> 17
    random ^= random << 5
    this.#random = random
    return (random & (WARM_CHANCE - 1)) === 0
  }

  #moveToMain(slot: number): void {
    const { pages } = this.#space
    this.#window.remove(slot)
    pages.setQueue(slot, MAIN)
    this.#spend(slot, pages.uses(slot))
    this.#main.addFirst(slot)
  }

  #chainOf(slot: number): SlotChain {
    return this.#space.pages.queue(slot) === WINDOW ? this.#window : this.#main
  }

  #chargeOf(slot: number): number {
    return this.#space.isByBytes ? this.#space.pages.charge(slot) : 1
  }

  #sizeOf(chain: SlotChain): number {
    return this.#space.isByBytes ? chain.charge : chain.length
  }

  #windowShare(): number {
    return Math.max(1, Math.floor(this.#space.capacity() * this.#arm.windowShare))
  }
}

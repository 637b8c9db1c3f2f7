// hot path: benchmarks/memory-hit.bench.ts
import { NO_SLOT } from '../slot-pages.ts'
import type { EvictionOrder, EvictionSpace } from './eviction-order.ts'
import { SlotChain } from './slot-chain.ts'
import { SlotColumn } from './slot-column.ts'

/** Not far from where ticks change their sign, so that every test gets there and it is nothing rare. */
const FIRST_TICK = 0x7fff_ff00

/**
 * One list per priority, newest first, so the candidates are the ends of the lists.
 *
 * The victim is the one whose age divided by the weight of its priority is the highest; at a tie the
 * lower priority. Age counts the additions and renewals since the slot was added or last renewed, not
 * milliseconds: a burst within one would leave no difference between its entries, and then every low
 * one would go before any other. A new value renews its slot.
 */
export class RankedOrder implements EvictionOrder {
  readonly followsEveryUse: boolean
  readonly #space: EvictionSpace
  readonly #low: SlotChain
  readonly #medium: SlotChain
  readonly #high: SlotChain
  /** When each slot was renewed last. */
  readonly #renewed: SlotColumn = new SlotColumn()
  #tick = FIRST_TICK

  /** @param renewsOnUse whether a use makes a slot the newest (`lru`) or changes nothing (`fifo`) */
  constructor(space: EvictionSpace, renewsOnUse: boolean) {
    this.#space = space
    this.followsEveryUse = renewsOnUse
    this.#low = new SlotChain(space.pages)
    this.#medium = new SlotChain(space.pages)
    this.#high = new SlotChain(space.pages)
  }

  add(slot: number): void {
    const { pages } = this.#space
    // The rank may have changed by the time the slot leaves its list, so the queue says which it is in.
    pages.setQueue(slot, pages.rank(slot))
    this.#chainOf(slot).addFirst(slot)
    this.#renew(slot)
  }

  /** hot path */
  use(slot: number): void {
    if (!this.followsEveryUse) return
    this.#renew(slot)
    this.#chainOf(slot).moveFirst(slot)
  }

  replace(slot: number, _hash: number, chargeBefore: number): void {
    const chain = this.#chainOf(slot)
    chain.recharge(slot, chargeBefore)
    chain.remove(slot)
    this.add(slot)
  }

  remove(slot: number): void {
    this.#chainOf(slot).remove(slot)
  }

  victim(except: number): number {
    const [low, medium, high] = this.#space.weights
    let victim = this.#low.lastBut(except)
    let highest = this.#ageOf(victim) / low
    const second = this.#medium.lastBut(except)
    if (this.#ageOf(second) / medium > highest) {
      victim = second
      highest = this.#ageOf(second) / medium
    }
    const third = this.#high.lastBut(except)
    return this.#ageOf(third) / high > highest ? third : victim
  }

  admits(): boolean {
    return true
  }

  #chainOf(slot: number): SlotChain {
    const queue = this.#space.pages.queue(slot)
    if (queue === 0) return this.#low
    return queue === 1 ? this.#medium : this.#high
  }

  /**
   * Ticks are counted in 32 bits and begin anew after them, so that the number never needs a box; ages
   * are differences. Who waits for longer than that is young again in the eyes of the other lists.
   */
  #renew(slot: number): void {
    this.#tick = (this.#tick + 1) | 0
    this.#renewed.set(slot, this.#tick)
  }

  /** At least 0; below it for `NO_SLOT`, so that anybody is older than nobody. */
  #ageOf(slot: number): number {
    return slot === NO_SLOT ? -1 : (this.#tick - this.#renewed.get(slot)) >>> 0
  }
}

// hot path: benchmarks/memory-hit.bench.ts
/**
 * SIEVE (Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024): one list in the order of arrival, and a
 * hand that moves through it from the oldest to the newest, and then from the oldest again. Who was used
 * since the hand came by last stays where it is and counts as unused from there on; the first unused one
 * leaves. A hit moves nothing.
 *
 * A priority of weight w stays log2(w) rounds longer: the hand passes an unused entry that often before
 * it takes it, and as often again after each use (`extraRounds`). What is left of them is in the slot's
 * queue bits. A new value counts as a use.
 */
import { NO_SLOT } from '../slot-pages.ts'
import type { CreateEvictionOrder, EvictionOrder, EvictionSpace } from './eviction-order.ts'
import { extraRounds, MAX_HAND_STEPS } from './extra-rounds.ts'
import { SlotChain } from './slot-chain.ts'

class SieveOrder implements EvictionOrder {
  readonly #space: EvictionSpace
  readonly #chain: SlotChain
  /** Whom the hand looks at next; `NO_SLOT` means the oldest. */
  #hand = NO_SLOT

  constructor(space: EvictionSpace) {
    this.#space = space
    this.#chain = new SlotChain(space.pages)
  }

  add(slot: number): void {
    this.#chain.addFirst(slot)
    this.#renewRounds(slot)
  }

  /** hot path: the store has noted the use. */
  use(): void {}

  replace(slot: number, _hash: number, chargeBefore: number): void {
    this.#chain.recharge(slot, chargeBefore)
    this.#space.pages.setUses(slot, 1)
  }

  remove(slot: number): void {
    if (slot === this.#hand) this.#hand = this.#space.pages.previous(slot)
    this.#chain.remove(slot)
  }

  victim(except: number): number {
    if (this.#chain.lastBut(except) === NO_SLOT) return NO_SLOT
    let slot = this.#hand
    for (let steps = 0; steps < MAX_HAND_STEPS; steps += 1) {
      slot = this.#other(slot, except)
      if (!this.#passes(slot)) break
      slot = this.#space.pages.previous(slot)
    }
    slot = this.#other(slot, except)
    this.#give(slot)
    this.#hand = slot
    return slot
  }

  admits(): boolean {
    return true
  }

  /** The slot itself, or who is looked at in its place: after the newest the oldest, and never `except`. */
  #other(slot: number, except: number): number {
    const other = slot === except && slot !== NO_SLOT ? this.#space.pages.previous(slot) : slot
    return other === NO_SLOT ? this.#chain.lastBut(except) : other
  }

  /** True if the slot stays this time; then it has one chance less. */
  #passes(slot: number): boolean {
    const { pages } = this.#space
    if (pages.uses(slot) > 0) {
      pages.setUses(slot, 0)
      this.#renewRounds(slot)
      return true
    }
    const rounds = pages.queue(slot)
    if (rounds > 0) pages.setQueue(slot, rounds - 1)
    return rounds > 0
  }

  /** Takes the chances that a slot may have left, so that it stays the victim. */
  #give(slot: number): void {
    this.#space.pages.setUses(slot, 0)
    this.#space.pages.setQueue(slot, 0)
  }

  #renewRounds(slot: number): void {
    const { pages, weights } = this.#space
    pages.setQueue(slot, extraRounds(weights[pages.rank(slot)] ?? 1))
  }
}

/** The first in the order of arrival that wasn't used since the hand came by last leaves first. */
export const sieveOrder: CreateEvictionOrder = (space) => new SieveOrder(space)

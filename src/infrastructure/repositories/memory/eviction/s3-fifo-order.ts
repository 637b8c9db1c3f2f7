// hot path: benchmarks/memory-hit.bench.ts
/**
 * S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023): most entries are
 * used once only, so newcomers go through a small queue that gives them little time.
 *
 * The small queue has a tenth of the capacity, the main queue the rest. Who comes to the small queue's end
 * and was used twice moves to the main queue, the others leave, and their hashes are remembered: who comes
 * back while its hash is (`GhostWindow`, as many as the main queue would hold) goes to the main queue at
 * once. The main queue is a clock: who comes to its end with uses left begins anew at its front with one
 * less. A hit moves nothing. Until the first eviction newcomers go to the main queue when the small one
 * has its share, as in the authors' later versions: else a cache that has just filled would be all small
 * queue, and the first scan would empty it.
 *
 * A priority of weight w stays log2(w) rounds longer: in both queues its uses begin with that number
 * (`extraRounds`), as if it had been used so often. So one of weight 4 needs no use to reach the main
 * queue, one of weight 2 needs one. A new value counts as a use.
 */
import { NO_SLOT } from '../slot-pages.ts'
import type { CreateEvictionOrder, EvictionOrder, EvictionSpace } from './eviction-order.ts'
import { extraRounds, MAX_HAND_STEPS } from './extra-rounds.ts'
import { GhostWindow } from './ghost-window.ts'
import { SlotChain } from './slot-chain.ts'

/** Queue numbers. */
const SMALL = 0
const MAIN = 1

/** The paper's share of the small queue: one part in so many. */
const SMALL_PARTS = 10
/** Uses that lead from the small queue to the main queue: the paper's "accessed more than once". */
const USES_FOR_MAIN = 2
const MAX_USES = 3

class S3FifoOrder implements EvictionOrder {
  readonly #space: EvictionSpace
  readonly #small: SlotChain
  readonly #main: SlotChain
  readonly #ghosts: GhostWindow = new GhostWindow()
  #hasEvicted = false

  constructor(space: EvictionSpace) {
    this.#space = space
    this.#small = new SlotChain(space.pages)
    this.#main = new SlotChain(space.pages)
  }

  add(slot: number, hash: number): void {
    const isSmallFull = this.#sizeOf(this.#small) >= this.#smallShare()
    const isMain = this.#ghosts.take(hash) || (!this.#hasEvicted && isSmallFull)
    if (isMain) this.#addMain(slot)
    else {
      this.#space.pages.setQueue(slot, SMALL)
      this.#space.pages.setUses(slot, this.#firstUses(slot))
      this.#small.addFirst(slot)
    }
  }

  /** hot path: the store has counted the use. */
  use(): void {}

  replace(slot: number, _hash: number, chargeBefore: number): void {
    const { pages } = this.#space
    this.#chainOf(slot).recharge(slot, chargeBefore)
    const uses = Math.max(pages.uses(slot) + 1, this.#firstUses(slot))
    pages.setUses(slot, Math.min(uses, MAX_USES))
  }

  remove(slot: number, isEviction: boolean): void {
    if (isEviction) this.#hasEvicted = true
    const chain = this.#chainOf(slot)
    if (isEviction && chain === this.#small) {
      const entries = this.#small.length + this.#main.length
      const remembered = entries - Math.floor(entries / SMALL_PARTS)
      this.#ghosts.remember(this.#space.hashOf(slot), remembered)
    }
    chain.remove(slot)
  }

  victim(except: number): number {
    const { pages } = this.#space
    let slot = this.#candidate(except)
    for (let steps = 0; steps < MAX_HAND_STEPS; steps += 1) {
      if (slot === NO_SLOT || !this.#passes(slot)) return slot
      slot = this.#candidate(except)
    }
    // It may have uses left; without them it stays the victim.
    pages.setUses(slot, 0)
    return slot
  }

  admits(): boolean {
    return true
  }

  /** The end of the queue whose turn it is; of the other one if nobody else is in that. */
  #candidate(except: number): number {
    const isMainFull = this.#sizeOf(this.#main) > this.#space.capacity() - this.#smallShare()
    const turn = isMainFull ? this.#main : this.#small
    const other = isMainFull ? this.#small : this.#main
    const slot = turn.lastBut(except)
    return slot === NO_SLOT ? other.lastBut(except) : slot
  }

  /** True if a candidate stays this time; then it has moved on. */
  #passes(slot: number): boolean {
    const { pages } = this.#space
    const uses = pages.uses(slot)
    if (pages.queue(slot) === SMALL) {
      if (uses < USES_FOR_MAIN) return false
      this.#small.remove(slot)
      this.#addMain(slot)
      return true
    }
    if (uses === 0) return false
    pages.setUses(slot, uses - 1)
    this.#main.moveFirst(slot)
    return true
  }

  #addMain(slot: number): void {
    this.#space.pages.setQueue(slot, MAIN)
    this.#space.pages.setUses(slot, this.#firstUses(slot))
    this.#main.addFirst(slot)
  }

  #firstUses(slot: number): number {
    const { pages, weights } = this.#space
    return extraRounds(weights[pages.rank(slot)] ?? 1)
  }

  #chainOf(slot: number): SlotChain {
    return this.#space.pages.queue(slot) === SMALL ? this.#small : this.#main
  }

  /** In bytes or entries, as the capacity is. */
  #sizeOf(chain: SlotChain): number {
    return this.#space.isByBytes ? chain.charge : chain.length
  }

  #smallShare(): number {
    return Math.max(1, Math.floor(this.#space.capacity() / SMALL_PARTS))
  }
}

/** Who was used once only leaves soon; among the others, the first in the order of arrival without uses left. */
export const s3FifoOrder: CreateEvictionOrder = (space) => new S3FifoOrder(space)

import type { EvictionOrder } from './memory-eviction.ts'
import { CRITICAL_RANK, type MemorySlot, PRIORITY_WEIGHTS } from './memory-slot.ts'
import { SlotList } from './slot-list.ts'

/**
 * One list per priority, newest first, so the candidates are the four ends.
 *
 * Of low, medium and high the victim is the one whose age divided by its weight is the highest; at a tie
 * the lower priority. Age counts the additions and uses since the slot was added or last renewed, not
 * milliseconds: a burst within one would leave no difference between its entries, and then every low
 * one would go before any other.
 */
export class RankedLists implements EvictionOrder {
  readonly #renewsOnUse: boolean
  readonly #lists: readonly SlotList[] = PRIORITY_WEIGHTS.map(() => new SlotList())
  #tick = 0

  /** @param renewsOnUse whether a use makes a slot the newest (`lru`) or changes nothing (`fifo`) */
  constructor(renewsOnUse: boolean) {
    this.#renewsOnUse = renewsOnUse
  }

  add(slot: MemorySlot): void {
    slot.order = this.#next()
    this.#lists[slot.rank]?.addFirst(slot)
  }

  use(slot: MemorySlot): void {
    if (!this.#renewsOnUse) return
    slot.order = this.#next()
    this.#lists[slot.rank]?.moveFirst(slot)
  }

  remove(slot: MemorySlot): void {
    this.#lists[slot.rank]?.remove(slot)
  }

  victim(except: MemorySlot | undefined): MemorySlot | undefined {
    let victim: MemorySlot | undefined
    let highest = -1
    for (let rank = 0; rank < CRITICAL_RANK; rank += 1) {
      const slot = this.#lists[rank]?.lastBut(except)
      if (slot === undefined) continue
      const age = ((this.#tick - slot.order) >>> 0) / PRIORITY_WEIGHTS[slot.rank]
      if (age <= highest) continue
      highest = age
      victim = slot
    }
    return victim ?? this.#lists[CRITICAL_RANK]?.lastBut(except)
  }

  /** Counts in 32 bits and begins anew after them, so that the number never needs a box; ages are differences. */
  #next(): number {
    this.#tick = (this.#tick + 1) | 0
    return this.#tick
  }
}

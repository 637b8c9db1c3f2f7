/**
 * Least frequently used, with dynamic aging (LFU-DA; Arlitt et al., "Evaluating Content Management
 * Techniques for Web Proxy Caches", 2000).
 *
 * A slot's level is `floor + uses × weight` as of its last use, where uses counts its adding and its
 * reads, up to 32, and the weight is its priority's. The lowest level leaves first; on one level, who
 * has been there longest. The floor is the level of the last victim: it rises as entries leave, and who
 * isn't read any more stays behind on its level, so yesterday's heroes leave too.
 *
 * All levels lie within `floor` and `floor + 32 × 4`, so a ring of 256 lists holds them, and finding the
 * lowest is a short walk from the floor instead of a heap.
 *
 * Critical slots need no level, since they are victims only when nothing else is left: then the longest
 * unread one leaves.
 */
import type { EvictionOrder, MemoryEviction } from './memory-eviction.ts'
import { CRITICAL_RANK, type MemorySlot, PRIORITY_WEIGHTS } from './memory-slot.ts'
import { SlotList } from './slot-list.ts'

/** Uses beyond this count don't lift an entry any higher. */
export const MAX_COUNTED_USES = 32

/** A power of two above `MAX_COUNTED_USES` times the highest weight. */
const RING_SIZE = 256

class LfuOrder implements EvictionOrder {
  readonly #ring: readonly SlotList[] = Array.from({ length: RING_SIZE }, () => new SlotList())
  readonly #critical = new SlotList()
  #floor = 0

  add(slot: MemorySlot): void {
    slot.order = this.#levelOf(slot)
    this.#listOf(slot).addFirst(slot)
  }

  use(slot: MemorySlot): void {
    const level = this.#levelOf(slot)
    if (slot.rank === CRITICAL_RANK || level === slot.order) {
      this.#listOf(slot).moveFirst(slot)
      return
    }
    this.#listOf(slot).remove(slot)
    slot.order = level
    this.#listOf(slot).addFirst(slot)
  }

  remove(slot: MemorySlot, isEviction: boolean): void {
    if (isEviction && slot.rank !== CRITICAL_RANK) this.#floor = slot.order
    this.#listOf(slot).remove(slot)
  }

  victim(except: MemorySlot | undefined): MemorySlot | undefined {
    for (let level = this.#floor; level < this.#floor + RING_SIZE; level += 1) {
      const slot = this.#ring[level % RING_SIZE]?.lastBut(except)
      if (slot !== undefined) return slot
    }
    return this.#critical.lastBut(except)
  }

  #levelOf(slot: MemorySlot): number {
    const uses = Math.min(slot.accessCount + 1, MAX_COUNTED_USES)
    return this.#floor + uses * PRIORITY_WEIGHTS[slot.rank]
  }

  #listOf(slot: MemorySlot): SlotList {
    if (slot.rank === CRITICAL_RANK) return this.#critical
    return this.#ring[slot.order % RING_SIZE] ?? this.#critical
  }
}

/** The least often read entry leaves first, and reads count less the longer they are ago. */
export const lfuPolicy: MemoryEviction = {
  policy: 'lfu',
  createOrder: () => new LfuOrder(),
  // Time per use, so that a rarely read namespace gives way, however long it has been there.
  urgency: (slot, nowMs) =>
    (nowMs - slot.createdAtMs) / ((slot.accessCount + 1) * PRIORITY_WEIGHTS[slot.rank]),
}

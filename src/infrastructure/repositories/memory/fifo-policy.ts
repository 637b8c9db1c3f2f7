import type { MemoryEviction } from './memory-eviction.ts'
import { PRIORITY_WEIGHTS } from './memory-slot.ts'
import { RankedLists } from './ranked-lists.ts'

/** The oldest entry leaves first, read or not; a higher priority may grow older (`RankedLists`). */
export const fifoPolicy: MemoryEviction = {
  policy: 'fifo',
  createOrder: () => new RankedLists(false),
  urgency: (slot, nowMs) => (nowMs - slot.createdAtMs) / PRIORITY_WEIGHTS[slot.rank],
}

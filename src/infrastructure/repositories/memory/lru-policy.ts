import type { MemoryEviction } from './memory-eviction.ts'
import { accessedAtMs, PRIORITY_WEIGHTS } from './memory-slot.ts'
import { RankedLists } from './ranked-lists.ts'

/** The longest unread entry leaves first; a higher priority may be unread for longer (`RankedLists`). */
export const lruPolicy: MemoryEviction = {
  policy: 'lru',
  createOrder: () => new RankedLists(true),
  urgency: (slot, nowMs) => (nowMs - accessedAtMs(slot, nowMs)) / PRIORITY_WEIGHTS[slot.rank],
}

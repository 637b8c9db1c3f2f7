import type { CreateEvictionOrder } from './eviction-order.ts'
import { RankedOrder } from './ranked-order.ts'

/** The longest unused entry leaves first; one of weight w may be unused w times as long (`RankedOrder`). */
export const lruOrder: CreateEvictionOrder = (space) => new RankedOrder(space, true)

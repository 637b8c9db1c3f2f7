import type { CreateEvictionOrder } from './eviction-order.ts'
import { RankedOrder } from './ranked-order.ts'

/** The oldest value leaves first, used or not; one of weight w may grow w times as old (`RankedOrder`). */
export const fifoOrder: CreateEvictionOrder = (space) => new RankedOrder(space, false)

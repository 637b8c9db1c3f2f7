import { describe, expect, it } from 'vitest'
import {
  MAX_COUNTED_USES,
  MAX_COUNTED_WEIGHT,
} from '../../../../../src/infrastructure/repositories/memory/eviction/lfu-order.ts'
import { checkOrder } from './check-order.ts'
import { orderCases } from './order-cases.ts'
import type { OrderStage, StageItem } from './order-stage.ts'
import { entryOf, findByHash, loop, playStream, scan, stageOf } from './play-stream.ts'

/** Uses an item until it has this many uses, its adding among them. */
function useUpTo(stage: OrderStage, item: StageItem, uses: number): StageItem {
  for (let used = 1; used < uses; used += 1) stage.use(item)
  return item
}

/** By hashes. */
function leaving(stage: OrderStage): number[] {
  return stage.drain().map(({ hash }) => hash)
}

describe('lfuOrder', () => {
  it('picks the victims of the naive model, over any steps', () => {
    checkOrder(orderCases.lfu)
  })

  it('lets the least often used leave, and of these who is there longest', () => {
    const stage = stageOf(orderCases.lfu)
    for (const [hash, uses] of [3, 1, 2, 1].entries()) {
      useUpTo(stage, stage.add(entryOf({ hash })), uses)
    }
    expect(leaving(stage)).toEqual([1, 3, 2, 0])
  })

  it('counts uses up to 32, and no further', () => {
    expect(MAX_COUNTED_USES).toBe(32)
    const stage = stageOf(orderCases.lfu)
    useUpTo(stage, stage.add(entryOf({ hash: 1 })), 1000)
    useUpTo(stage, stage.add(entryOf({ hash: 2 })), 32)
    useUpTo(stage, stage.add(entryOf({ hash: 3 })), 31)
    expect(leaving(stage)).toEqual([3, 1, 2])
  })

  it('lets a high one with one use leave after a low one with three, and before one with five', () => {
    const stage = stageOf(orderCases.lfu)
    stage.add(entryOf({ hash: 1, rank: 2 }))
    useUpTo(stage, stage.add(entryOf({ hash: 2 })), 3)
    useUpTo(stage, stage.add(entryOf({ hash: 3 })), 5)
    expect(leaving(stage)).toEqual([2, 1, 3])
  })

  it('counts a weight up to 64', () => {
    expect(MAX_COUNTED_WEIGHT).toBe(64)
    const stage = stageOf(orderCases.lfu, { weights: [63, 64, 1e6] })
    for (const rank of [2, 1, 0]) stage.add(entryOf({ hash: rank, rank }))
    expect(leaving(stage)).toEqual([0, 2, 1])
  })

  it('lets yesterday’s heroes leave once the floor has passed them', () => {
    const stage = stageOf(orderCases.lfu, { capacity: 2 })
    const hero = useUpTo(stage, stage.add(entryOf({ hash: 1 })), 32)
    // Newcomers lift the floor by at most a level each.
    playStream(stage, scan(31, 100))
    expect(stage.has(hero)).toBe(true)
    playStream(stage, scan(69, 200))
    expect(stage.has(hero)).toBe(false)
  })

  it('does not lift the floor for who left for another reason', () => {
    const stage = stageOf(orderCases.lfu)
    stage.remove(useUpTo(stage, stage.add(entryOf({ hash: 1 })), 20), false)
    useUpTo(stage, stage.add(entryOf({ hash: 2 })), 2)
    stage.evict(stage.add(entryOf({ hash: 3 })))
    // The floor is at the level 1 of the spared one, not at 20 nor at 2: 3 more than it is 4.
    useUpTo(stage, stage.add(entryOf({ hash: 4 })), 3)
    useUpTo(stage, stage.add(entryOf({ hash: 5 })), 2)
    expect(leaving(stage)).toEqual([3, 5, 4])
  })

  it('begins anew with a new value', () => {
    const stage = stageOf(orderCases.lfu)
    const item = useUpTo(stage, stage.add(entryOf({ hash: 1 })), 9)
    useUpTo(stage, stage.add(entryOf({ hash: 2 })), 2)
    stage.replace(item, {})
    expect(leaving(stage)).toEqual([1, 2])
  })

  it('goes on when the levels begin anew after 2^26, near which they begin', () => {
    const stage = stageOf(orderCases.lfu, { weights: [1, 2, 64] })
    useUpTo(stage, stage.add(entryOf({ hash: 1, rank: 2 })), 15)
    useUpTo(stage, stage.add(entryOf({ hash: 2, rank: 2 })), 17)
    useUpTo(stage, stage.add(entryOf({ hash: 3, rank: 2 })), 16)
    stage.evict(undefined)
    useUpTo(stage, stage.add(entryOf({ hash: 4, rank: 2 })), 2)
    stage.evict(undefined)
    expect(stage.evict(undefined)?.hash).toBe(2)
    // All levels are beyond the end by now, and the floor is, too.
    useUpTo(stage, stage.add(entryOf({ hash: 5, rank: 2 })), 2)
    stage.add(entryOf({ hash: 6 }))
    expect(leaving(stage)).toEqual([4, 6, 5])
  })

  it('keeps what is used often through scans of any length', () => {
    const stage = stageOf(orderCases.lfu, { capacity: 100 })
    for (let round = 0; round < 10; round += 1) {
      playStream(stage, [...loop(50, 5), ...scan(100, 1000 + round * 100)])
    }
    for (const { hash } of scan(50)) expect(findByHash(stage, hash)).toBeDefined()
  })

  it('admits everybody', () => {
    expect(stageOf(orderCases.lfu).order.admits(1, 1)).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { orderCases } from './order-cases.ts'
import type { OrderStage } from './order-stage.ts'
import { entryOf, stageOf } from './play-stream.ts'

const LOW = 0
const MEDIUM = 1
const HIGH = 2

function addAll(stage: OrderStage, ranks: readonly number[]): void {
  for (const [hash, rank] of ranks.entries()) stage.add(entryOf({ hash, rank }))
}

/** By their places in the order of arrival. */
function leaving(stage: OrderStage): number[] {
  return stage.drain().map(({ hash }) => hash)
}

describe('RankedOrder', () => {
  it('lets the lowest priority go at equal ages by weight: of ages 2 and 1 by 2 and 1 the low one', () => {
    const stage = stageOf(orderCases.fifo)
    addAll(stage, [MEDIUM, LOW, LOW])
    // Ages 2, 1 and 0, by weight 1, 1 and 0.
    expect(stage.victim(undefined)?.hash).toBe(1)
  })

  it('lets a medium one go that is more than twice as old as the oldest low one', () => {
    const stage = stageOf(orderCases.fifo)
    addAll(stage, [MEDIUM, HIGH, LOW, LOW])
    // Ages 3, 2, 1 and 0, by weight 1.5, 0.5, 1 and 0.
    expect(leaving(stage)).toEqual([0, 2, 1, 3])
  })

  it('lets a high one go that is more than four times as old as the oldest low one', () => {
    const stage = stageOf(orderCases.fifo)
    addAll(stage, [HIGH, HIGH, HIGH, HIGH, LOW, LOW])
    // Ages 5 to 0: 1.25 by weight for the first, then 1 for a high and the low one.
    expect(leaving(stage)).toEqual([0, 4, 1, 2, 3, 5])
  })

  it('goes by the weights of the space', () => {
    const stage = stageOf(orderCases.fifo, { weights: [1, 1, 1] })
    addAll(stage, [HIGH, MEDIUM, LOW])
    expect(leaving(stage)).toEqual([0, 1, 2])
  })

  it('finds the slot of a changed priority in the list that it is in', () => {
    const stage = stageOf(orderCases.lru)
    addAll(stage, [LOW, MEDIUM, HIGH])
    const [first] = stage.items
    if (first !== undefined) stage.replace(first, { rank: HIGH })
    stage.check()
    // Ages 0 of the replaced one, 2 by 2 and 1 by 4.
    expect(leaving(stage)).toEqual([1, 2, 0])
  })

  it('admits everybody', () => {
    expect(stageOf(orderCases.lru).order.admits(1, 1)).toBe(true)
  })
})

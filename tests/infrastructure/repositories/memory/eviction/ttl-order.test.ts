import { describe, expect, it } from 'vitest'
import { FORM } from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { checkOrder } from './check-order.ts'
import { orderCases } from './order-cases.ts'
import type { OrderStage } from './order-stage.ts'
import { entryOf, stageOf } from './play-stream.ts'

const NEVER = 0x7fff_ffff

/** By hashes. */
function leaving(stage: OrderStage): number[] {
  return stage.drain().map(({ hash }) => hash)
}

describe('ttlOrder', () => {
  it('picks the victims of the naive model, over any steps', () => {
    checkOrder(orderCases.ttl)
  })

  it('lets the one leave whose life ends soonest, and who never ends last', () => {
    const stage = stageOf(orderCases.ttl)
    for (const [hash, deadline] of [30, NEVER, 10, 20, -5].entries()) {
      stage.add(entryOf({ hash, deadline }))
    }
    expect(leaving(stage)).toEqual([4, 2, 3, 0, 1])
  })

  it('at a tie lets the lower priority leave, then who is there longest', () => {
    const stage = stageOf(orderCases.ttl)
    for (const [hash, rank] of [2, 0, 1, 0, 2, 1].entries()) {
      stage.add(entryOf({ hash, rank, deadline: 10 }))
    }
    expect(leaving(stage)).toEqual([1, 3, 2, 5, 0, 4])
  })

  it('does not weigh deadlines by priority', () => {
    const stage = stageOf(orderCases.ttl)
    stage.add(entryOf({ hash: 1, rank: 2, deadline: 10 }))
    stage.add(entryOf({ hash: 2, rank: 0, deadline: 11 }))
    expect(leaving(stage)).toEqual([1, 2])
  })

  it('follows a life that moved in either direction, when it is told', () => {
    const stage = stageOf(orderCases.ttl)
    const items = [10, 20, 30, 40].map((deadline) =>
      stage.add(entryOf({ hash: deadline, deadline })),
    )
    if (items[0] !== undefined) stage.replace(items[0], { deadline: 35 })
    if (items[3] !== undefined) stage.replace(items[3], { deadline: 5 })
    expect(leaving(stage)).toEqual([40, 20, 30, 10])
  })

  it('says that it wants to be told', () => {
    expect(stageOf(orderCases.ttl).order).toMatchObject({ followsLives: true })
    expect(stageOf(orderCases.lru).order).not.toHaveProperty('followsLives')
  })

  it('goes by the deadline as it was told, whatever the slot says meanwhile', () => {
    const stage = stageOf({ ...orderCases.ttl, createModel: undefined })
    const items = [10, 20, 30].map((deadline) => stage.add(entryOf({ hash: deadline, deadline })))
    for (const { slot } of items) stage.pages.setHot(slot, FORM, 0)
    const left = [0, 1, 2].map(() => stage.evict(undefined)?.hash)
    expect(left).toEqual([10, 20, 30])
  })

  it('spares one who is next, for the sooner of the two behind it', () => {
    const stage = stageOf(orderCases.ttl)
    const [first] = [10, 30, 20].map((deadline) => stage.add(entryOf({ hash: deadline, deadline })))
    expect(stage.victim(first)?.hash).toBe(20)
    stage.evict(first)
    expect(stage.victim(first)?.hash).toBe(30)
    stage.evict(first)
    expect(stage.victim(first)).toBe(undefined)
  })

  it('a use moves nobody', () => {
    const stage = stageOf(orderCases.ttl)
    const [first] = [10, 10].map((deadline, hash) => stage.add(entryOf({ hash, deadline })))
    if (first !== undefined) stage.use(first)
    expect(leaving(stage)).toEqual([0, 1])
  })

  it('sorts ten thousand', () => {
    const stage = stageOf({ ...orderCases.ttl, createModel: undefined })
    for (let n = 0; n < 10_000; n += 1) {
      stage.add(entryOf({ hash: n, deadline: Math.imul(n, 0x9e37_79b1) }))
    }
    const left: number[] = []
    for (let item = stage.evict(undefined); item !== undefined; item = stage.evict(undefined)) {
      left.push(item.deadline)
    }
    expect(left).toHaveLength(10_000)
    expect(left).toEqual(left.toSorted((a, b) => a - b))
  })

  it('admits everybody', () => {
    expect(stageOf(orderCases.ttl).order.admits(1, 1)).toBe(true)
  })
})

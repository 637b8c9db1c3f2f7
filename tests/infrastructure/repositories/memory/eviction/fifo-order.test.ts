import { describe, expect, it } from 'vitest'
import { checkOrder } from './check-order.ts'
import { orderCases } from './order-cases.ts'
import { entryOf, loop, playStream, scan, stageOf } from './play-stream.ts'

describe('fifoOrder', () => {
  it('picks the victims of the naive model, over any steps', () => {
    checkOrder(orderCases.fifo)
  })

  it('lets the oldest leave, used or not', () => {
    const stage = stageOf(orderCases.fifo)
    const [first] = scan(3).map((request) => stage.add(entryOf(request)))
    if (first !== undefined) stage.use(first)
    expect(stage.drain().map(({ hash }) => hash)).toEqual([0, 1, 2])
  })

  it('counts the age of a value, not of its key', () => {
    const stage = stageOf(orderCases.fifo)
    const [first] = scan(2).map((request) => stage.add(entryOf(request)))
    if (first !== undefined) stage.replace(first, { charge: 3 })
    expect(stage.drain().map(({ hash }) => hash)).toEqual([1, 0])
  })

  it('hits nothing of a loop one entry longer than the capacity', () => {
    expect(playStream(stageOf(orderCases.fifo, { capacity: 100 }), loop(101, 10))).toBe(0)
  })
})

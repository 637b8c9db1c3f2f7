import { describe, expect, it } from 'vitest'
import { checkOrder } from './check-order.ts'
import { orderCases } from './order-cases.ts'
import { entryOf, findByHash, loop, playStream, scan, stageOf } from './play-stream.ts'

describe('lruOrder', () => {
  it('picks the victims of the naive model, over any steps', () => {
    checkOrder(orderCases.lru)
  })

  it('lets the longest unused leave: of three, of which the first two were used, the third', () => {
    const stage = stageOf(orderCases.lru)
    const [first, second] = scan(3).map((request) => stage.add(entryOf(request)))
    if (first !== undefined) stage.use(first)
    if (second !== undefined) stage.use(second)
    expect(stage.drain().map(({ hash }) => hash)).toEqual([2, 0, 1])
  })

  it('counts a new value as a use', () => {
    const stage = stageOf(orderCases.lru)
    const [first] = scan(2).map((request) => stage.add(entryOf(request)))
    if (first !== undefined) stage.replace(first, { charge: 3 })
    expect(stage.drain().map(({ hash }) => hash)).toEqual([1, 0])
  })

  it('hits nothing of a loop one entry longer than the capacity, and all of one that fits', () => {
    expect(playStream(stageOf(orderCases.lru, { capacity: 100 }), loop(101, 10))).toBe(0)
    expect(playStream(stageOf(orderCases.lru, { capacity: 101 }), loop(101, 10))).toBe(909)
  })

  it('loses everybody to a scan as long as the capacity', () => {
    const stage = stageOf(orderCases.lru, { capacity: 100 })
    playStream(stage, [...loop(50, 5), ...scan(100, 1000)])
    expect(findByHash(stage, 49)).toBe(undefined)
    expect(findByHash(stage, 1000)).toBeDefined()
  })
})

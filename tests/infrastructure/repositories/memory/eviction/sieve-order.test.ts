import { describe, expect, it } from 'vitest'
import { MAX_HAND_STEPS } from '../../../../../src/infrastructure/repositories/memory/eviction/extra-rounds.ts'
import { checkOrder } from './check-order.ts'
import { orderCases } from './order-cases.ts'
import type { OrderStage, StageItem } from './order-stage.ts'
import { entryOf, findByHash, loop, playStream, scan, stageOf } from './play-stream.ts'

function addAll(stage: OrderStage, count: number, rank = 0): StageItem[] {
  return scan(count).map((request) => stage.add(entryOf({ ...request, rank })))
}

/** By hashes. */
function leaving(stage: OrderStage): number[] {
  return stage.drain().map(({ hash }) => hash)
}

describe('sieveOrder', () => {
  it('picks the victims of the naive model, over any steps', () => {
    checkOrder(orderCases.sieve)
  })

  it('lets the oldest unused leave; who was used stays for one more round', () => {
    const stage = stageOf(orderCases.sieve)
    for (const item of addAll(stage, 5)) if (item.hash < 2) stage.use(item)
    expect(leaving(stage)).toEqual([2, 3, 4, 0, 1])
  })

  it('goes on where the hand stands, not at the oldest', () => {
    const stage = stageOf(orderCases.sieve)
    for (const item of addAll(stage, 4)) if (item.hash === 0) stage.use(item)
    stage.evict(undefined)
    // 0 is unused by now, but behind the hand, which stands at 2.
    expect(stage.victim(undefined)?.hash).toBe(2)
  })

  it('counts any number of uses as one', () => {
    const stage = stageOf(orderCases.sieve)
    const [first] = addAll(stage, 2)
    for (let times = 0; times < 5; times += 1) if (first !== undefined) stage.use(first)
    expect(leaving(stage)).toEqual([1, 0])
  })

  it('counts a new value as a use', () => {
    const stage = stageOf(orderCases.sieve)
    const [first] = addAll(stage, 2)
    if (first !== undefined) stage.replace(first, { charge: 3 })
    expect(leaving(stage)).toEqual([1, 0])
  })

  it('passes an unused one of weight 4 twice before it takes it, and twice again after a use', () => {
    const stage = stageOf(orderCases.sieve)
    const high = stage.add(entryOf({ hash: 1000, rank: 2 }))
    const roundsUntilItLeaves = (): number => {
      // One low entry a round: the hand comes by the high one before each but the first.
      for (let rounds = 0; ; rounds += 1) {
        addAll(stage, 1)
        if (stage.evict(undefined) === high) return rounds
      }
    }
    stage.use(high)
    expect(roundsUntilItLeaves()).toBe(3)
  })

  it('gives a priority that came with a new value its rounds at the next pass', () => {
    const stage = stageOf(orderCases.sieve)
    const [first] = addAll(stage, 1)
    if (first !== undefined) stage.replace(first, { rank: 1 })
    stage.add(entryOf({ hash: 50 }))
    expect(stage.evict(undefined)?.hash).toBe(50)
    stage.add(entryOf({ hash: 51 }))
    expect(stage.evict(undefined)?.hash).toBe(51)
    expect(stage.evict(undefined)?.hash).toBe(0)
  })

  it('takes whom it stands at after a thousand used ones, and that one stays the victim', () => {
    const stage = stageOf({ ...orderCases.sieve, createModel: undefined })
    for (const item of addAll(stage, 3 * MAX_HAND_STEPS)) stage.use(item)
    expect(stage.victim(undefined)?.hash).toBe(MAX_HAND_STEPS)
    expect(stage.evict(undefined)?.hash).toBe(MAX_HAND_STEPS)
    expect(stage.evict(undefined)?.hash).toBe(2 * MAX_HAND_STEPS + 1)
  })

  it('takes who is left of a hundred, of which all but the spared one are used and weigh much', () => {
    const stage = stageOf(orderCases.sieve, { weights: [8, 8, 8] })
    const items = addAll(stage, 100)
    for (const item of items) stage.use(item)
    const [spared] = items
    while (stage.evict(spared) !== undefined);
    expect(stage.items).toEqual([spared])
  })

  it('keeps its hits through a loop longer than the capacity, where lru has none', () => {
    const stage = stageOf(orderCases.sieve, { capacity: 100 })
    playStream(stage, [...loop(60, 3), ...loop(101, 10)])
    expect(stage.total).toBe(100)
    expect(findByHash(stage, 0)).toBeDefined()
  })

  it('admits everybody', () => {
    expect(stageOf(orderCases.sieve).order.admits(1, 1)).toBe(true)
  })
})

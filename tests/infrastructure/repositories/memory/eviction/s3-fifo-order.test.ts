import { describe, expect, it } from 'vitest'
import { MAX_HAND_STEPS } from '../../../../../src/infrastructure/repositories/memory/eviction/extra-rounds.ts'
import { checkOrder } from './check-order.ts'
import { orderCases } from './order-cases.ts'
import type { OrderStage, StageItem } from './order-stage.ts'
import { entryOf, findByHash, loop, playStream, scan, stageOf } from './play-stream.ts'

const SMALL = 0
const MAIN = 1

function add(stage: OrderStage, hash: number, overrides: Partial<StageItem> = {}): StageItem {
  const item = stage.add(entryOf({ hash, ...overrides }))
  stage.fit(item)
  return item
}

function use(stage: OrderStage, item: StageItem, times: number): void {
  for (let used = 0; used < times; used += 1) stage.use(item)
}

/** A stage that has evicted once, so that newcomers go through the small queue. */
function warmStage(capacity: number, isByBytes = true): OrderStage {
  const stage = stageOf(orderCases['s3-fifo'], { capacity, isByBytes })
  stage.evict(stage.add(entryOf({ hash: -1 })))
  const item = stage.evict(undefined)
  expect(item?.hash).toBe(-1)
  return stage
}

/** The queue of each, oldest first. */
function queuesOf(stage: OrderStage): number[] {
  return stage.items.map(({ slot }) => stage.pages.queue(slot))
}

describe('s3FifoOrder', () => {
  it('picks the victims of the naive model, over any steps', () => {
    checkOrder(orderCases['s3-fifo'])
  })

  it('until the first eviction fills the small queue with a tenth, and then the main queue', () => {
    const stage = stageOf(orderCases['s3-fifo'], { capacity: 30 })
    for (const { hash } of scan(6)) add(stage, hash)
    expect(queuesOf(stage)).toEqual([SMALL, SMALL, SMALL, MAIN, MAIN, MAIN])
  })

  it('after it, lets newcomers go to the small queue only', () => {
    const stage = warmStage(30)
    for (const { hash } of scan(6)) add(stage, hash)
    expect(queuesOf(stage)).toEqual(scan(6).map(() => SMALL))
  })

  it('counts room in bytes or in entries, as the space does', () => {
    const byBytes = stageOf(orderCases['s3-fifo'], { capacity: 30 })
    const byEntries = stageOf(orderCases['s3-fifo'], { capacity: 30, isByBytes: false })
    for (const { hash } of scan(3)) {
      add(byBytes, hash, { charge: 2 })
      add(byEntries, hash, { charge: 2 })
    }
    expect(queuesOf(byBytes)).toEqual([SMALL, SMALL, MAIN])
    expect(queuesOf(byEntries)).toEqual([SMALL, SMALL, SMALL])
  })

  it('lets who was used once leave the small queue, and moves who was used twice to the main queue', () => {
    const stage = warmStage(30)
    const [once, twice] = [add(stage, 1), add(stage, 2)]
    use(stage, once, 1)
    use(stage, twice, 2)
    expect(stage.evict(undefined)).toBe(once)
    expect(stage.pages.queue(twice.slot)).toBe(SMALL)
    expect(stage.evict(undefined)).toBe(twice)
    expect(queuesOf(stage)).toEqual([])
  })

  it('lets who comes back soon go to the main queue at once, but only once', () => {
    const stage = warmStage(30)
    for (const { hash } of scan(20)) add(stage, hash)
    stage.evict(undefined)
    const back = add(stage, 0)
    expect(stage.pages.queue(back.slot)).toBe(MAIN)
    stage.remove(back, false)
    expect(stage.pages.queue(add(stage, 0).slot)).toBe(SMALL)
  })

  it('remembers who left for space only, and from the small queue only', () => {
    const stage = warmStage(30)
    const [first] = scan(5).map(({ hash }) => add(stage, hash))
    if (first !== undefined) stage.remove(first, false)
    expect(stage.pages.queue(add(stage, 0).slot)).toBe(SMALL)
    const fresh = stageOf(orderCases['s3-fifo'], { capacity: 10 })
    for (const { hash } of scan(10)) add(fresh, hash)
    // One in small, nine in main; the capacity halves, so main is over its share.
    fresh.resize(0.5)
    const left = scan(10).filter(({ hash }) => findByHash(fresh, hash) === undefined)
    expect(left.map(({ hash }) => hash)).toEqual([1, 2, 3, 4, 5])
    expect(fresh.pages.queue(fresh.add(entryOf({ hash: 1 })).slot)).toBe(SMALL)
  })

  it('remembers as many as nine tenths of who is in', () => {
    const stage = warmStage(20)
    for (const { hash } of scan(60)) add(stage, hash)
    // 41 left after the first; with 21 in at each eviction, the last 19 of them are known.
    const isMain = (hash: number): boolean => {
      const { slot } = stage.add(entryOf({ hash }))
      return stage.pages.queue(slot) === MAIN
    }
    expect([19, 20, 21, 22, 39].map(isMain)).toEqual([false, false, true, true, true])
  })

  it('in the main queue, uses are rounds', () => {
    const stage = stageOf(orderCases['s3-fifo'], { capacity: 10 })
    const items = scan(10).map(({ hash }) => add(stage, hash))
    for (const [times, item] of [items[1], items[2], items[3]].entries()) {
      if (item !== undefined) use(stage, item, 3 - times)
    }
    // Nobody comes in, so the small queue's one goes last.
    const left = stage.drain().map(({ hash }) => hash)
    expect(left.filter((hash) => hash > 0)).toEqual([4, 5, 6, 7, 8, 9, 3, 2, 1])
  })

  it.each([
    { priority: 'low', rank: 0, needed: 2 },
    { priority: 'medium', rank: 1, needed: 1 },
    { priority: 'high', rank: 2, needed: 0 },
  ])(
    'moves an entry of priority $priority to the main queue after $needed uses',
    ({ rank, needed }) => {
      for (const times of [needed, needed - 1]) {
        if (times < 0) continue
        const stage = warmStage(30)
        const item = add(stage, 1, { rank })
        use(stage, item, times)
        const next = add(stage, 2)
        expect(stage.evict(undefined)).toBe(times < needed ? item : next)
      }
    },
  )

  it('gives a priority its rounds again in the main queue', () => {
    const stage = warmStage(10)
    const high = add(stage, 1, { rank: 2 })
    add(stage, 2)
    expect(stage.evict(undefined)?.hash).toBe(2)
    expect(stage.pages.queue(high.slot)).toBe(MAIN)
    expect(stage.pages.uses(high.slot)).toBe(2)
  })

  it('counts a new value as a use, and one of a higher priority as its uses', () => {
    const stage = warmStage(30)
    const [used, risen] = [add(stage, 1), add(stage, 2)]
    stage.replace(used, {})
    stage.replace(risen, { rank: 2 })
    expect([stage.pages.uses(used.slot), stage.pages.uses(risen.slot)]).toEqual([1, 2])
    for (let times = 0; times < 3; times += 1) stage.replace(used, {})
    expect(stage.pages.uses(used.slot)).toBe(3)
  })

  it('takes whom it stands at after a thousand used ones, and that one stays the victim', () => {
    const each = { ...orderCases['s3-fifo'], createModel: undefined }
    const stage = stageOf(each, { capacity: 4 * MAX_HAND_STEPS })
    stage.evict(stage.add(entryOf({ hash: -1 })))
    stage.evict(undefined)
    for (const { hash } of scan(3 * MAX_HAND_STEPS)) use(stage, add(stage, hash), 3)
    expect(stage.victim(undefined)?.hash).toBe(MAX_HAND_STEPS)
    expect(stage.evict(undefined)?.hash).toBe(MAX_HAND_STEPS)
    expect(stage.evict(undefined)?.hash).toBe(2 * MAX_HAND_STEPS + 1)
  })

  it('keeps what is used often through scans, and hits nothing of a loop longer than the capacity', () => {
    const stage = stageOf(orderCases['s3-fifo'], { capacity: 100 })
    playStream(stage, [...loop(50, 5), ...scan(1000, 1000)])
    const hot = scan(50).filter(({ hash }) => findByHash(stage, hash) !== undefined)
    expect(hot.length).toBeGreaterThanOrEqual(45)
  })

  it('with equal hashes only, takes everybody for who left last', () => {
    const stage = warmStage(30)
    for (let n = 0; n < 40; n += 1) add(stage, 7)
    expect(stage.total).toBe(30)
    expect(queuesOf(stage).filter((queue) => queue === MAIN).length).toBeGreaterThan(0)
    stage.drain()
  })

  it('admits everybody', () => {
    expect(stageOf(orderCases['s3-fifo']).order.admits(1, 1)).toBe(true)
  })
})

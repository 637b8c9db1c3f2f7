import { describe, expect, it } from 'vitest'
import { FrequencySketch } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/frequency-sketch.ts'
import {
  CONTEST,
  W_TINY_LFU_ARMS,
  type WTinyLfuArm,
} from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-arm.ts'
import {
  WTinyLfuOrder,
  wTinyLfuOrder,
} from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-order.ts'
import type { WTinyLfuSteering } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-steering.ts'
import { checkOrder } from '../eviction/check-order.ts'
import type { OrderCase, OrderStage } from '../eviction/order-stage.ts'
import {
  entryOf,
  loop,
  playStream,
  type StreamRequest,
  scan,
  stageOf,
} from '../eviction/play-stream.ts'
import { ExactFrequencies, frozenSteering } from './naive-w-tiny-lfu.ts'

const adaptive: OrderCase = {
  name: 'w-tinylfu',
  createOrder: wTinyLfuOrder,
  createModel: undefined,
  isChained: true,
}

const CAUTIOUS: WTinyLfuArm = { windowShare: 0.1, rule: CONTEST }

/** What a steering was told. */
class RecordingSteering implements WTinyLfuSteering {
  arm: WTinyLfuArm = CAUTIOUS
  readonly told: string[] = []
  isSampling = true
  samplings = 0

  samples(): boolean {
    return this.isSampling
  }

  record(hash: number, charge: number, weight: number): void {
    this.told.push(`record ${hash} ${charge} ${weight}`)
  }

  forget(hash: number): void {
    this.told.push(`forget ${hash}`)
  }

  fit(capacity: number, entries: number): void {
    this.told.push(`fit ${capacity} ${entries}`)
  }
}

interface Recorded {
  readonly stage: OrderStage
  readonly steering: RecordingSteering
  readonly frequencies: ExactFrequencies
}

function recorded(isByBytes: boolean, capacity = 100): Recorded {
  const steering = new RecordingSteering()
  const frequencies = new ExactFrequencies()
  const createOrder: OrderCase['createOrder'] = (space) =>
    new WTinyLfuOrder(space, frequencies, steering)
  const stage = stageOf(
    { name: 'recorded', createOrder, createModel: undefined, isChained: true },
    { isByBytes, capacity },
  )
  return { stage, steering, frequencies }
}

/** The keys of a stream, spread as hashes are. */
function spread(requests: readonly StreamRequest[]): StreamRequest[] {
  return requests.map((request) => ({ ...request, hash: Math.imul(request.hash + 1, 0x9e37_79b1) }))
}

function ratioOf(capacity: number, requests: readonly StreamRequest[], isByBytes = false): number {
  const stage = stageOf(adaptive, { capacity, isByBytes, weights: [1, 1, 1] })
  return playStream(stage, spread(requests)) / requests.length
}

describe('wTinyLfuOrder', () => {
  it('keeps its lists whole and its victims inside, over any steps', () => checkOrder(adaptive))

  it('keeps most of a loop that is a little larger than the cache', () => {
    expect(ratioOf(200, loop(220, 60))).toBeGreaterThan(0.8)
  })

  it('keeps a hot set through a scan of keys that never come again', () => {
    const hot = loop(100, 10)
    const mixed = Array.from({ length: 20_000 }, (_, at) => ({
      hash: at % 2 === 0 ? (at / 2) % 100 : 1000 + at,
    }))
    expect(ratioOf(200, [...hot, ...mixed])).toBeGreaterThan(0.47)
  })

  it('turns to the last ones where nothing but recency pays', () => {
    const pairs = Array.from({ length: 20_000 }, (_, at) => ({
      hash: at % 2 === 0 ? at : at - 61,
    }))
    expect(ratioOf(100, pairs)).toBeGreaterThan(0.45)
  })

  it('adapts when the traffic changes, and again when it changes back', () => {
    const pairs = Array.from({ length: 10_000 }, (_, at) => ({
      hash: 1e6 + (at % 2 === 0 ? at : at - 61),
    }))
    expect(ratioOf(100, [...loop(150, 70), ...pairs, ...loop(150, 70)])).toBeGreaterThan(0.5)
  })

  it('works though all keys have the same hash', () => {
    const stage = stageOf(adaptive, { capacity: 50, isByBytes: false })
    for (let at = 0; at < 500; at += 1) stage.fit(stage.add(entryOf({ hash: 7 })))
    expect(stage.items.length).toBe(50)
    stage.drain()
  })

  it('keeps many small entries though some as large as the cache are asked for once', () => {
    const small = loop(80, 20)
    const withLarge = small.flatMap((request, at) =>
      at > 400 && at % 40 === 0 ? [request, { hash: 5000 + at, charge: 90 }] : [request],
    )
    const stage = stageOf(adaptive, { capacity: 100 })
    const held = new Map<number, ReturnType<OrderStage['add']>>()
    let hits = 0
    for (const request of spread(withLarge)) {
      const item = held.get(request.hash)
      if (item !== undefined && stage.has(item)) {
        hits += 1
        stage.use(item)
        continue
      }
      const charge = request.charge ?? 1
      const isFull = stage.total + charge > 100
      if (isFull && !stage.order.admits(request.hash, charge)) continue
      const added = stage.add(entryOf(request))
      held.set(request.hash, added)
      stage.fit(added)
    }
    expect(hits).toBeGreaterThan(1450)
  })

  it('decides the same each time the same happens', () => {
    const victims = (): number[] => {
      const stage = stageOf(adaptive, { capacity: 60, isByBytes: false })
      const left: number[] = []
      for (const request of spread([...loop(90, 20), ...scan(300, 500), ...loop(70, 20)])) {
        const added = stage.add(entryOf(request))
        const victim = stage.total > 60 ? stage.evict(added) : undefined
        if (victim !== undefined) left.push(victim.hash)
      }
      return left
    }
    expect(victims()).toEqual(victims())
  })
})

describe('WTinyLfuOrder', () => {
  it('samples newcomers and uses; of uses beyond three it is told one in eight', () => {
    const { stage, steering, frequencies } = recorded(true)
    const item = stage.add(entryOf({ hash: 5, charge: 9 }))
    for (let times = 0; times < 4; times += 1) stage.use(item)
    expect(steering.told.filter((line) => line.startsWith('record'))).toEqual([
      'record 5 9 1',
      'record 5 9 1',
      'record 5 9 1',
      'record 5 9 1',
      'record 5 9 8',
    ])
    expect(frequencies.frequency(5)).toBe(5)
    expect(stage.order.followsEveryUse).not.toBe(true)
  })

  it('counts uses of keys that are not sampled in the sketch when the slot loses them', () => {
    const { stage, steering, frequencies } = recorded(false)
    steering.isSampling = false
    const kept = stage.add(entryOf({ hash: 5 }))
    for (let times = 0; times < 3; times += 1) stage.use(kept)
    expect(frequencies.frequency(5)).toBe(1)
    stage.remove(kept, false)
    expect(frequencies.frequency(5)).toBe(4)
  })

  it('counts each entry as one if capacity is in entries', () => {
    const { stage, steering } = recorded(false)
    stage.add(entryOf({ hash: 5, charge: 9 }))
    expect(steering.told).toContain('record 5 1 1')
  })

  it('tells only of keys that are sampled', () => {
    const { stage, steering, frequencies } = recorded(true)
    steering.isSampling = false
    const item = stage.add(entryOf({ hash: 5 }))
    stage.use(item)
    stage.remove(item, false)
    expect(steering.told.filter((line) => !line.startsWith('fit'))).toEqual([])
    expect(frequencies.frequency(5)).toBe(2)
  })

  it('does not count a new value as a request', () => {
    const { stage, steering, frequencies } = recorded(true)
    const item = stage.add(entryOf({ hash: 5 }))
    stage.replace(item, { charge: 50 })
    expect(frequencies.frequency(5)).toBe(1)
    expect(steering.told.filter((line) => line.startsWith('record')).length).toBe(1)
  })

  it('tells of who leaves for another reason than space', () => {
    const { stage, steering } = recorded(true)
    stage.remove(stage.add(entryOf({ hash: 5 })), false)
    stage.remove(stage.add(entryOf({ hash: 6 })), true)
    expect(steering.told).toContain('forget 5')
    expect(steering.told).not.toContain('forget 6')
  })

  it('counts a request that it is asked to admit once, also if it comes in then', () => {
    const { stage, frequencies } = recorded(true)
    stage.order.admits(5, 1)
    stage.add(entryOf({ hash: 5 }))
    expect(frequencies.frequency(5)).toBe(1)
    stage.add(entryOf({ hash: 5 }))
    expect(frequencies.frequency(5)).toBe(2)
    stage.order.admits(0, 1)
    stage.add(entryOf({ hash: 6 }))
    stage.add(entryOf({ hash: 0 }))
    expect([0, 6].map((hash) => frequencies.frequency(hash))).toEqual([2, 1])
  })

  it('admits a large entry once it is asked for more often than who would leave for it', () => {
    const { stage } = recorded(true)
    for (const { hash } of scan(10, 100)) stage.add(entryOf({ hash, charge: 10 }))
    expect(stage.order.admits(5, 25)).toBe(true)
    expect([1, 2, 3, 4].map(() => stage.order.admits(7, 30))).toEqual([false, false, false, true])
  })

  it('says how large everything is, the more seldom the more there is', () => {
    const { stage, steering } = recorded(false, 5000)
    const fitsAt: number[] = []
    for (const { hash } of scan(3000)) {
      const before = steering.told.length
      stage.order.add(stage.pages.take(), hash)
      if (steering.told.slice(before).some((line) => line.startsWith('fit'))) fitsAt.push(hash)
    }
    expect(fitsAt.slice(0, 6)).toEqual([0, 8, 16, 24, 32, 40])
    const last = fitsAt.slice(-2)
    expect((last[1] ?? 0) - (last[0] ?? 0)).toBe(256)
    expect(steering.told).toContain('fit 5000 5000')
  })

  it('by bytes says how many entries of the present size there is room for', () => {
    const { stage, steering } = recorded(true, 1000)
    for (const { hash } of scan(9)) stage.add(entryOf({ hash, charge: 20 }))
    expect(steering.told.filter((line) => line.startsWith('fit'))).toEqual([
      'fit 1000 1000',
      'fit 1000 50',
    ])
  })

  it('follows the arm that the steering chose', () => {
    const { stage, steering } = recorded(false, 10)
    const items = scan(10).map(({ hash }) => stage.add(entryOf({ hash })))
    // The last one is the window.
    expect(stage.victim(undefined)).toBe(items[9])
    steering.arm = { windowShare: 0.9, rule: CONTEST }
    for (const item of items.slice(1)) stage.use(item)
    expect(stage.victim(undefined)).toBe(items[0])
  })

  it('gives one more round in the window to priorities above the least that came in lately', () => {
    const { stage } = recorded(false, 1000)
    const usesOf = (rank: number): number => {
      const item = stage.add(entryOf({ hash: 1, rank }))
      return stage.pages.uses(item.slot)
    }
    // Of the first eight nobody knows the others.
    for (let at = 0; at < 7; at += 1) expect(usesOf(2)).toBe(0)
    expect(usesOf(1)).toBe(0)
    expect([0, 1, 2].map(usesOf)).toEqual([0, 0, 1])
    for (let at = 0; at < 5; at += 1) usesOf(2)
    expect([0, 1, 2].map(usesOf)).toEqual([0, 1, 1])
  })

  it('has an arm of each kind beside a sketch of its own by default', () => {
    const stage = stageOf({
      name: 'frozen',
      createOrder: (space) =>
        new WTinyLfuOrder(
          space,
          new FrequencySketch(),
          frozenSteering(W_TINY_LFU_ARMS[0] ?? CAUTIOUS),
        ),
      createModel: undefined,
      isChained: true,
    })
    expect(playStream(stage, spread(loop(1200, 12))) / 14_400).toBeGreaterThan(0.6)
  })
})

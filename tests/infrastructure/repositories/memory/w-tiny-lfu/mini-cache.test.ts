import { describe, expect, it } from 'vitest'
import { MiniCache } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/mini-cache.ts'
import {
  CONTEST,
  THRESHOLD,
  W_TINY_LFU_ARMS,
  type WTinyLfuArm,
} from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-arm.ts'
import { WTinyLfuOrder } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-order.ts'
import { playStream, scan, stageOf } from '../eviction/play-stream.ts'
import { ExactFrequencies, frozenSteering } from './naive-w-tiny-lfu.ts'

const RECENCY: WTinyLfuArm = { windowShare: 0.99, rule: CONTEST }

function miniOf(capacity: number, arm: WTinyLfuArm = RECENCY): MiniCache {
  return new MiniCache(arm, new ExactFrequencies(), capacity)
}

/** Requests with some keys often and many seldom, the same each time. */
function skewedStream(requests: number): { readonly hash: number }[] {
  let random = 7
  return Array.from({ length: requests }, (_, at) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fff_ffff
    const key = (random >>> 8) % 3 === 0 ? (random >>> 12) % 40 : (random >>> 12) % 600
    return { hash: Math.imul(key + (at >> 11), 0x9e37_79b1) }
  })
}

describe('MiniCache', () => {
  it('hits what was asked for before and not pushed out since', () => {
    const mini = miniOf(3)
    expect([1, 2, 3, 1].map((key) => mini.request(key, 1))).toEqual([false, false, false, true])
    expect(mini.entries).toBe(3)
    mini.request(4, 1)
    expect(mini.entries).toBe(3)
    expect(mini.request(4, 1)).toBe(true)
  })

  it.each(W_TINY_LFU_ARMS)(
    'has as many hits as an order with the arm $windowShare, $rule has',
    (arm) => {
      const frequencies = new ExactFrequencies()
      const stage = stageOf(
        {
          name: 'fixed',
          createOrder: (space) => new WTinyLfuOrder(space, frequencies, frozenSteering(arm)),
          createModel: undefined,
          isChained: false,
        },
        { capacity: 100, weights: [1, 1, 1] },
      )
      const requests = skewedStream(8000)
      const own = new ExactFrequencies()
      const mini = new MiniCache(arm, own, 100)
      let hits = 0
      for (const { hash } of requests) {
        own.add(hash)
        if (mini.request(hash, 1)) hits += 1
      }
      // Not to the last one: an order takes the newcomer in before others leave for it.
      const expected = playStream(stage, requests)
      expect(expected).toBeGreaterThan(500)
      expect(Math.abs(hits - expected)).toBeLessThan(expected * 0.02)
    },
  )

  it('forgets a key that left, and nobody else', () => {
    const mini = miniOf(10)
    mini.request(1, 1)
    mini.request(2, 1)
    mini.forget(1)
    mini.forget(99)
    expect(mini.entries).toBe(1)
    expect([mini.request(2, 1), mini.request(1, 1)]).toEqual([true, false])
  })

  it('makes room in charges, and takes in nobody who is larger than all of it', () => {
    const mini = miniOf(100)
    for (let key = 0; key < 10; key += 1) mini.request(key, 10)
    expect(mini.request(100, 101)).toBe(false)
    expect(mini.request(100, 101)).toBe(false)
    expect(mini.entries).toBe(10)
    mini.request(200, 100)
    expect(mini.request(200, 100)).toBe(true)
    expect(mini.entries).toBe(1)
  })

  it('shrinks at once, and grows with its requests', () => {
    const mini = miniOf(100)
    for (const { hash } of scan(100)) mini.request(hash, 1)
    mini.resize(30)
    expect(mini.entries).toBe(30)
    mini.resize(200)
    for (const { hash } of scan(300)) mini.request(hash, 1)
    expect(mini.entries).toBe(200)
  })

  it('keeps only the keys that are asked for', () => {
    const mini = miniOf(100)
    for (const { hash } of scan(100)) mini.request(hash, 1)
    mini.keepOnly((hash) => hash % 4 === 0)
    expect(mini.entries).toBe(25)
    expect(scan(8).map(({ hash }) => mini.request(hash, 1))).toEqual(
      scan(8).map(({ hash }) => hash % 4 === 0),
    )
  })

  it('counts uses up to three: as often an entry of the main queue is spared', () => {
    const used = miniOf(10, { windowShare: 0.1, rule: THRESHOLD })
    for (const { hash } of scan(10)) used.request(hash, 1)
    for (let times = 0; times < 9; times += 1) used.request(0, 1)
    expect(used.request(0, 1)).toBe(true)
    expect(used.request(1, 1)).toBe(true)
  })

  it('holds 4096 keys at most, and says when it does', () => {
    const mini = miniOf(10_000)
    for (const { hash } of scan(4095)) mini.request(hash, 1)
    expect(mini.isFull).toBe(false)
    mini.request(5000, 1)
    expect([mini.isFull, mini.entries]).toEqual([true, 4096])
    mini.request(5001, 1)
    expect(mini.entries).toBe(4096)
  })

  it('begins small', () => {
    const mini = miniOf(1000)
    const { bytes } = mini
    expect(bytes).toBeLessThan(1024)
    for (const { hash } of scan(1000)) mini.request(hash, 1)
    expect(mini.bytes).toBeGreaterThan(1000 * 16)
    expect(mini.bytes).toBeLessThan(1024 * 50)
  })

  it('goes on by another arm when it is told to', () => {
    const mini = miniOf(10)
    for (const { hash } of scan(10)) mini.request(hash, 1)
    // By frequency nobody beats who came first.
    mini.follow({ windowShare: 0.1, rule: CONTEST })
    for (const { hash } of scan(40, 100)) mini.request(hash, 1)
    expect(scan(10).filter(({ hash }) => mini.request(hash, 1)).length).toBeGreaterThan(5)
  })
})

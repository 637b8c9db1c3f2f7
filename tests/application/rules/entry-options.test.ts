import { describe, expect, it } from 'vitest'
import type { CacheEventType } from '../../../src/core/events/cache-event.ts'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'

describe.each(STAGES)('options and keys, over %s', (_, stage) => {
  it.each([
    ['the empty text', ''],
    ['513 bytes', 'x'.repeat(513)],
    ['a control character', 'a\u0000b'],
    ['a lone surrogate', 'a\ud800'],
    ['17 segments', Array.from({ length: 17 }, () => 'a').join(':')],
    ['white space at an end', ' a'],
    ['a wildcard', 'a*'],
    ['a number', 5],
    ['nothing', undefined],
  ])('every method refuses a key that is %s', async (_name, wrong) => {
    const { cache } = stage()
    const ns = cache.namespace('default')
    const key = wrong as string
    const calls: (() => unknown)[] = [
      () => ns.getOrSet(key, () => 1),
      () => ns.get(key),
      async () => ns.peek(key),
      () => ns.lookup(key),
      () => ns.set(key, 1),
      () => ns.delete(key),
      () => ns.has(key),
      () => ns.touch(key),
      () => ns.getMany([key]),
      () => ns.explain(key),
      () => ns.lease(key),
      () => ns.setWithLease(key, 1, 'token'),
      async () => ns.releaseLease(key, 'token'),
      () => ns.invalidate({ key }),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code:
          key === undefined && call === calls.at(-1) ? 'CACHE_OPTION_INVALID' : 'CACHE_KEY_INVALID',
      })
    }
    const [set] = await ns.setMany([{ key, value: 1 }])
    expect(set).toMatchObject({ ok: false, error: { code: 'CACHE_KEY_INVALID' } })
    const [deleted] = await ns.deleteMany([key])
    expect(deleted).toMatchObject({ ok: false, error: { code: 'CACHE_KEY_INVALID' } })
  })

  it('takes keys at their limits', async () => {
    const { cache } = stage()
    for (const key of [
      'x'.repeat(512),
      Array.from({ length: 16 }, () => 'a').join(':'),
      '__proto__',
      'é',
    ]) {
      await cache.set(key, key)
      expect(await cache.get(key)).toBe(key)
    }
  })

  it('getMany answers the fresh values of those that have one, each key once', async () => {
    const { cache, time } = stage()
    await cache.set('a', 1)
    await cache.set('b', null)
    await cache.set('stale', 1, { ttl: 5, staleIfError: '1h' })
    await time.advance(5)
    const found = await cache.getMany(['b', 'a', 'none', 'stale', 'a'])
    expect([...found]).toEqual([
      ['b', null],
      ['a', 1],
    ])
  })

  it('setMany and deleteMany settle each item by itself, in order', async () => {
    const { cache } = stage()
    const items = [
      { key: 'a', value: 1 },
      { key: 'b', value: 2, options: { ttl: -1 } },
      { key: 'c', value: 3, options: { ttl: 0 } },
    ]
    expect(await cache.setMany(items)).toMatchObject([
      { key: 'a', ok: true, result: true },
      { key: 'b', ok: false, error: { code: 'CACHE_TTL_INVALID' } },
      { key: 'c', ok: true, result: false },
    ])
    expect(await cache.deleteMany(new Set(['a', '', 'none']))).toMatchObject([
      { key: 'a', ok: true, result: true },
      { key: '', ok: false },
      { key: 'none', ok: true, result: false },
    ])
  })

  it('hears the events of its own namespace only', async () => {
    const { cache } = stage()
    const mine: CacheEventType[] = []
    const end = cache.namespace('mine').on('*', (event) => mine.push(event.type))
    await cache.namespace('mine').set('key', 1)
    await cache.namespace('other').set('key', 1)
    expect(mine).toEqual(['stored'])
    end()
    await cache.namespace('mine').get('key')
    expect(mine).toEqual(['stored'])
  })

  it('keeps its keys from other namespaces', async () => {
    const { cache } = stage()
    await cache.namespace('a').set('key', 'of a')
    expect(await cache.namespace('b').get('key')).toBeUndefined()
    await cache.namespace('b').set('key', 'of b')
    await cache.namespace('a').flush()
    expect(await cache.namespace('b').get('key')).toBe('of b')
  })

  it('says its name and its settings, also after a change at run time', async () => {
    const { cache } = stage()
    const ns = cache.namespace('ns', { ttl: 100, maxEntries: 10 })
    expect(ns.name).toBe('ns')
    expect(ns.settings).toMatchObject({ name: 'ns', maxEntries: 10, isolation: 'share' })
    cache.configureNamespace('ns', { ttl: 900, isolation: 'freeze' })
    expect(ns.settings).toMatchObject({ maxEntries: 10, isolation: 'freeze' })
    await ns.set('key', {})
    expect((await ns.lookup('key')).ttlMs).toBe(900)
    expect(Object.isFrozen(await ns.get('key'))).toBe(true)
  })

  it('slides the life of an entry with each read, up to its TTL', async () => {
    const { cache, time } = stage()
    await cache.set('key', 1, { ttl: 250, slidingTtl: 100 })
    for (let at = 0; at < 2; at += 1) {
      await time.advance(90)
      expect(await cache.get('key')).toBe(1)
    }
    await time.advance(69)
    expect(await cache.getOrSet('key', () => 2)).toBe(1)
    await time.advance(1)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('lets a sliding entry go that was not read in time', async () => {
    const { cache, time } = stage()
    await cache.set('key', 1, { ttl: 250, slidingTtl: 100 })
    await time.advance(100)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('remembers null and undefined under negativeTtl for as long as that says', async () => {
    const { cache, time } = stage()
    for (const [key, nothing] of [
      ['null', null],
      ['undefined', undefined],
    ] as const) {
      let calls = 0
      const factory = () => {
        calls += 1
        return nothing
      }
      const options = { ttl: '1h', negativeTtl: 50 } as const
      await cache.getOrSet(key, factory, options)
      expect(await cache.getOrSet(key, factory, options)).toBe(nothing)
      expect(calls).toBe(1)
      await time.advance(50)
      await cache.getOrSet(key, factory, options)
      expect(calls).toBe(2)
    }
  })

  it('prefers, of two entries of a full namespace, the one with the higher priority', async () => {
    const { cache } = stage()
    const small = cache.namespace('small', { maxEntries: 2 })
    await small.set('critical', 1, { priority: 'critical' })
    await small.set('low', 1, { priority: 'low' })
    await small.set('high', 1, { priority: 'high' })
    expect(await small.get('critical')).toBe(1)
    expect(await small.get('high')).toBe(1)
    if (stage === memoryStage) expect(await small.get('low')).toBeUndefined()
  })
})

describe('options and keys over memory', () => {
  it('answers a hit without a turn of its own: peek at once, get and getOrSet as settled promises', async () => {
    const { cache } = memoryStage()
    await cache.set('key', 1)
    expect(cache.peek('key')).toBe(1)
    let isSettled = false
    void cache.get('key').then(() => {
      isSettled = true
    })
    await Promise.resolve()
    expect(isSettled).toBe(true)
  })

  it('peek counts hits and misses, and gives a copy under clone', async () => {
    const { cache } = memoryStage()
    const clones = cache.namespace('clones', { isolation: 'clone' })
    const value = { a: 1 }
    await clones.set('key', value)
    expect(clones.peek('key')).toEqual(value)
    expect(clones.peek('key')).not.toBe(value)
    expect(clones.peek('none')).toBeUndefined()
    expect(await clones.stats()).toMatchObject({ hits: 2, misses: 1 })
  })

  it('a call with refreshAhead goes the long way, all others the short one', async () => {
    const { cache, time } = memoryStage()
    await cache.set('key', 'old', { ttl: 100 })
    await time.advance(60)
    expect(await cache.getOrSet('key', () => 'new', { refreshAhead: 0.5 })).toBe('old')
    await settle(time)
    expect(await cache.get('key')).toBe('new')
  })
})

describe('options and keys over a backend', () => {
  it('peek() finds nothing: it looks into memory only', async () => {
    const { cache, backend } = backendStage()
    await cache.set('key', 1)
    const reads = backend.count('get')
    expect(cache.peek('key')).toBeUndefined()
    expect(backend.count('get')).toBe(reads)
  })
})

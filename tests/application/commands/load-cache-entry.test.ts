import { describe, expect, it } from 'vitest'
import {
  backendStage,
  type CacheStage,
  memoryStage,
  STAGES,
  settle,
} from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

const down = () => Promise.reject(new Error('down'))

function lookupsOf({ events }: CacheStage) {
  return events.filter(({ type }) => type === 'hit' || type === 'miss')
}

describe.each(STAGES)('loadCacheEntry(), over %s', (_, stage) => {
  it('counts each lookup once: a hit, a stale hit or a miss', async () => {
    const staged = stage()
    const { cache, time } = staged
    const options = { ttl: 100, staleWhileRevalidate: 100, staleIfError: 1000 } as const
    await cache.getOrSet('key', () => 1, options)
    await cache.getOrSet('key', () => 2, options)
    await time.advance(100)
    await cache.getOrSet('key', down, options)
    await settle(time)
    await time.advance(100)
    await cache.getOrSet('key', down, options)
    await time.advance(1000)
    await outcome(cache.getOrSet('key', down, options))
    const tier = staged.backend.calls.length > 0 ? 'repository' : 'memory'
    expect(lookupsOf(staged).slice(0, 5)).toMatchObject([
      { type: 'miss' },
      { type: 'hit', stale: false, tier },
      { type: 'hit', stale: true, tier },
      { type: 'hit', stale: true, tier },
      { type: 'miss' },
    ])
    expect(await cache.stats()).toMatchObject({ hits: 1, staleHits: 2, misses: 2, hitRatio: 0.6 })
  })

  it('each of those who join a load counts by itself', async () => {
    const staged = stage()
    const load = deferred<number>()
    const all = [1, 2, 3].map(() => staged.cache.getOrSet('key', () => load.promise))
    await settle(staged.time)
    load.resolve(1)
    await Promise.all(all)
    expect(lookupsOf(staged)).toHaveLength(3)
    expect(await staged.cache.stats()).toMatchObject({ misses: 3, coalesced: 2, loads: 1 })
  })

  it('answers null, 0, empty text and false as values, and asks no factory', async () => {
    const { cache } = stage()
    for (const value of [null, 0, '', false]) {
      await cache.set('key', value)
      expect(await cache.getOrSet('key', () => 'asked')).toBe(value)
    }
  })

  it('a caller that joined before a mark gets the value; one that came after it starts anew', async () => {
    const { cache, time } = stage()
    const loads = [deferred<string>(), deferred<string>()]
    let calls = 0
    const factory = () => {
      const load = loads[calls]
      calls += 1
      return load?.promise ?? 'none'
    }
    const before = [cache.getOrSet('key', factory), cache.getOrSet('key', factory)]
    await settle(time)
    await cache.invalidate('key')
    const after = [cache.getOrSet('key', factory), cache.getOrSet('key', factory)]
    await settle(time)
    loads[0]?.resolve('old')
    loads[1]?.resolve('new')
    expect(await Promise.all(before)).toEqual(['old', 'old'])
    expect(await Promise.all(after)).toEqual(['new', 'new'])
    expect(calls).toBe(2)
  })

  it('a caller that joined after a mark that reaches only the late tags starts anew', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const before = cache.getOrSet('key', async ({ setOptions }) => {
      const value = await load.promise
      setOptions({ tags: ['late'] })
      return value
    })
    await settle(time)
    await cache.invalidate({ tag: 'late' })
    const after = cache.getOrSet('key', () => 'new')
    await settle(time)
    load.resolve('old')
    expect(await before).toBe('old')
    expect(await after).toBe('new')
  })

  it('a caller that has to start anew is answered from what was set meanwhile', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const leader = cache.getOrSet('key', () => load.promise)
    await settle(time)
    await cache.invalidate('unrelated')
    let calls = 0
    const joined = cache.getOrSet('key', () => `${++calls}`)
    await settle(time)
    await cache.set('key', 'set')
    load.resolve('old')
    expect(await leader).toBe('old')
    expect(await joined).toBe('set')
    expect(calls).toBe(0)
  })

  it('a caller that gives up while it has to start anew rejects with its reason', async () => {
    const { cache, time } = stage()
    const loads = [deferred<string>(), deferred<string>()]
    const controller = new AbortController()
    const leader = cache.getOrSet('key', () => loads[0]?.promise ?? '')
    await settle(time)
    await cache.invalidate('unrelated')
    const joined = outcome(
      cache.getOrSet('key', () => loads[1]?.promise ?? '', { signal: controller.signal }),
    )
    await settle(time)
    await cache.invalidate('key')
    loads[0]?.resolve('old')
    await leader
    await settle(time)
    controller.abort('gone')
    expect(await joined).toBe('gone')
  })

  it('a caller whose signal aborts in the very turn the load ends is not left waiting', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const controller = new AbortController()
    const leader = cache.getOrSet('key', async () => {
      const value = await load.promise
      controller.abort('gone')
      return value
    })
    await settle(time)
    await cache.invalidate('unrelated')
    const joined = outcome(
      cache.getOrSet('key', () => new Promise<string>(() => undefined), {
        signal: controller.signal,
      }),
    )
    await settle(time)
    await cache.invalidate('key')
    load.resolve('old')
    await leader
    await settle(time)
    expect(await joined).toBe('gone')
  })

  it('waits for the holder of a lease, and computes itself once that one gives up', async () => {
    const { cache, time } = stage()
    const ns = cache.namespace<string>('default')
    const held = await ns.lease('key')
    let calls = 0
    const waiting = ns.getOrSet('key', () => `own ${++calls}`)
    await settle(time)
    expect(calls).toBe(0)
    if (held.state === 'compute') ns.releaseLease('key', held.token)
    expect(await waiting).toBe('own 1')
  })

  it('answers the stale value in time while the holder of a lease computes', async () => {
    const { cache, time } = stage()
    const ns = cache.namespace<string>('default')
    const options = { ttl: 50, staleIfError: '1h', softTimeout: 100 } as const
    await ns.set('key', 'old', options)
    await time.advance(50)
    await ns.lease('key', { ttlMs: 10_000 })
    const waiting = ns.getOrSet('key', () => 'own', options)
    await time.advance(100)
    if (stage === memoryStage) expect(await waiting).toBe('old')
    await time.advance(10_000)
    expect(['old', 'own']).toContain(await waiting)
  })
})

describe.each(STAGES)('a load that is to replace an older value, over %s', (_, stage) => {
  const swr = { ttl: 100, staleWhileRevalidate: '1h', staleIfError: '1h' } as const

  it.each([
    [swr, 'old'],
    [{ ttl: 100, staleIfError: '1h' } as const, 'loaded'],
  ])(
    'is overtaken by a mark on that value, though it names no tag itself: %o',
    async (options, first) => {
      const { cache, time } = stage()
      await cache.set('key', 'old', { ...swr, tags: ['t'] })
      await time.advance(100)
      const load = deferred<string>()
      const leader = cache.getOrSet('key', () => load.promise, options)
      await settle(time)
      await cache.invalidate({ tag: 't' })
      const after = cache.getOrSet('key', () => 'new', options)
      await settle(time)
      load.resolve('loaded')
      expect(await leader).toBe(first)
      expect(await after).toBe('new')
      expect(await cache.get('key')).toBe('new')
    },
  )
})

describe('loadCacheEntry() over a backend', () => {
  it('a hit in the backend counts as a hit there, for all who waited, and calls no factory', async () => {
    const staged = backendStage()
    const { cache, backend, time } = staged
    await cache.set('key', 'held')
    backend.behave = ({ verb }) => (verb === 'get' ? 'hold' : 'now')
    let calls = 0
    const all = [1, 2, 3].map(() => cache.getOrSet('key', () => `${++calls}`))
    await settle(time)
    expect(backend.count('get')).toBe(1)
    await backend.take('get').answer()
    expect(await Promise.all(all)).toEqual(['held', 'held', 'held'])
    expect(calls).toBe(0)
    expect(await cache.stats()).toMatchObject({ hits: 3, misses: 0, hitRatio: 1 })
  })

  it('callers with and without staleWhileRevalidate are each answered by their own wish', async () => {
    const { cache, time } = backendStage()
    const swr = { ttl: 100, staleWhileRevalidate: '1h' } as const
    await cache.set('key', 'old', swr)
    await time.advance(100)
    const load = deferred<string>()
    const relaxed = cache.getOrSet('key', () => load.promise, swr)
    const strict = cache.getOrSet('key', () => load.promise, { ttl: 100 })
    await settle(time)
    expect(await relaxed).toBe('old')
    load.resolve('new')
    expect(await strict).toBe('new')
    expect((await cache.stats()).loads).toBe(1)
  })

  it('nobody waits for a refresh who accepts the old value, and none of them reads the backend', async () => {
    const { cache, time, backend } = backendStage()
    const swr = { ttl: 100, staleWhileRevalidate: '1h' } as const
    await cache.set('key', 'old', swr)
    await time.advance(100)
    const load = deferred<string>()
    await cache.getOrSet('key', () => load.promise, swr)
    const reads = backend.count('get')
    for (let at = 0; at < 5; at += 1) {
      expect(await cache.getOrSet('key', () => 'not called', swr)).toBe('old')
    }
    expect(backend.count('get')).toBe(reads)
    await cache.invalidate('key')
    load.resolve('overtaken')
    expect(await cache.getOrSet('key', () => 'new', swr)).toBe('new')
  })
})

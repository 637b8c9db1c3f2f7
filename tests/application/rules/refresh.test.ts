import { describe, expect, it } from 'vitest'
import { MAX_BACKGROUND_REFRESHES } from '../../../src/application/services/refresh-scheduler.ts'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'

const SWR = { ttl: 100, staleWhileRevalidate: 1000 } as const

describe.each(STAGES)('staleWhileRevalidate, over %s', (_, stage) => {
  it('answers the old value at once, and the new one once the refresh has ended', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', SWR)
    await time.advance(100)
    const load = deferred<string>()
    expect(await cache.getOrSet('key', () => load.promise, SWR)).toBe('old')
    expect(await cache.getOrSet('key', () => 'not called', SWR)).toBe('old')
    load.resolve('new')
    await settle(time)
    expect(await cache.get('key')).toBe('new')
    expect(await cache.stats()).toMatchObject({ loads: 1, refreshes: 1, staleHits: 2, misses: 0 })
  })

  it('covers its last millisecond, and not the one after', async () => {
    const { cache, time } = stage()
    await cache.set('a', 'old', SWR)
    await cache.set('b', 'old', SWR)
    await time.advance(1099)
    expect(await cache.getOrSet('a', () => 'new', SWR)).toBe('old')
    await time.advance(1)
    expect(await cache.getOrSet('b', () => 'new', SWR)).toBe('new')
  })

  it('get() never answers a stale value', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', SWR)
    await time.advance(99)
    expect(await cache.get('key')).toBe('old')
    await time.advance(1)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('a refresh that fails keeps the old value, and says so', async () => {
    const { cache, time, events } = stage()
    await cache.set('key', 'old', SWR)
    await time.advance(100)
    const error = new Error('source down')
    const failing = () => Promise.reject(error)
    expect(await cache.getOrSet('key', failing, SWR)).toBe('old')
    await settle(time)
    expect(await cache.getOrSet('key', failing, SWR)).toBe('old')
    await settle(time)
    const degraded = events.filter((event) => event.type === 'degraded')
    expect(degraded).toMatchObject([
      { part: 'refresh', error, key: 'key' },
      { part: 'refresh', error, key: 'key' },
    ])
  })

  it('under errorTtl no refresh is tried while an error is remembered', async () => {
    const { cache, time, events } = stage()
    const options = { ...SWR, errorTtl: 50 }
    await cache.set('key', 'old', options)
    await time.advance(100)
    let calls = 0
    const failing = () => {
      calls += 1
      return Promise.reject(new Error('down'))
    }
    for (let at = 0; at < 5; at += 1) {
      expect(await cache.getOrSet('key', failing, options)).toBe('old')
      await time.advance(9)
    }
    expect(calls).toBe(1)
    expect(events.filter((event) => event.type === 'degraded')).toHaveLength(1)
    await time.advance(5)
    await cache.getOrSet('key', failing, options)
    expect(calls).toBe(2)
  })
})

describe.each(STAGES)('background refreshes, over %s', (_, stage) => {
  it('are driven by requests: nobody asks, nothing runs', async () => {
    const { cache, time } = stage()
    let calls = 0
    const factory = () => ++calls
    await cache.getOrSet('key', factory, SWR)
    await time.advance(1050)
    expect(calls).toBe(1)
    await cache.getOrSet('key', factory, SWR)
    await time.advance(0)
    expect(calls).toBe(2)
    await time.advance(100_000)
    expect(calls).toBe(2)
  })

  it('are bounded in number, and the requests beyond it still get the old value', async () => {
    const { cache, time } = stage()
    const keys = Array.from({ length: MAX_BACKGROUND_REFRESHES + 6 }, (_, at) => `key:${at}`)
    await cache.setMany(keys.map((key) => ({ key, value: 'old', options: SWR })))
    await time.advance(100)
    const load = deferred<string>()
    let calls = 0
    const factory = () => {
      calls += 1
      return load.promise
    }
    for (const key of keys) expect(await cache.getOrSet(key, factory, SWR)).toBe('old')
    expect(calls).toBe(MAX_BACKGROUND_REFRESHES)
    load.resolve('new')
    await settle(time)
    const last = keys.at(-1) ?? ''
    expect(await cache.getOrSet(last, factory, SWR)).toBe('old')
    await settle(time)
    expect(await cache.get(last)).toBe('new')
  })

  it('are dropped if the entry changed meanwhile', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', SWR)
    await time.advance(100)
    const load = deferred<string>()
    await cache.getOrSet('key', () => load.promise, SWR)
    await cache.set('key', 'set meanwhile', SWR)
    load.resolve('refreshed')
    await settle(time)
    expect(await cache.get('key')).toBe('set meanwhile')
  })

  it('that hang are given up after hardTimeout, so that the next request may try again', async () => {
    const { cache, time } = stage()
    const options = { ...SWR, hardTimeout: 200 }
    await cache.set('key', 'old', options)
    await time.advance(100)
    await cache.getOrSet('key', () => new Promise(() => undefined), options)
    await time.advance(200)
    expect(await cache.getOrSet('key', () => 'new', options)).toBe('old')
    await settle(time)
    expect(await cache.get('key')).toBe('new')
  })

  it('slower than the refresh interval still bring the new value', async () => {
    const { cache, time } = stage()
    const options = { ttl: 100, refreshAhead: 0.5 }
    let version = 1
    const slow = () =>
      new Promise<number>((resolve) => {
        const loaded = version
        time.scheduler.after(300, () => resolve(loaded))
      })
    await cache.set('key', 1, options)
    await time.advance(50)
    version = 2
    expect(await cache.getOrSet('key', slow, options)).toBe(1)
    await time.advance(100)
    const joined = cache.getOrSet('key', slow, options)
    await time.advance(200)
    expect(await joined).toBe(2)
    expect(await cache.get('key')).toBe(2)
    expect((await cache.stats()).loads).toBe(1)
  })
})

describe.each(STAGES)('refreshAhead, over %s', (_, stage) => {
  const ahead = { ttl: 1000, refreshAhead: 0.8 } as const

  it('refreshes behind a hit once its share of the TTL has passed, not a millisecond before', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', ahead)
    let calls = 0
    const factory = () => {
      calls += 1
      return 'new'
    }
    await time.advance(799)
    expect(await cache.getOrSet('key', factory, ahead)).toBe('old')
    await settle(time)
    expect(calls).toBe(0)
    await time.advance(1)
    expect(await cache.getOrSet('key', factory, ahead)).toBe('old')
    await settle(time)
    expect(calls).toBe(1)
    expect(await cache.get('key')).toBe('new')
  })

  it('as an option of the namespace needs no word in the call', async () => {
    const { cache, time } = stage({ defaults: ahead })
    await cache.set('key', 'old')
    await time.advance(900)
    expect(await cache.getOrSet('key', () => 'new')).toBe('old')
    await settle(time)
    expect(await cache.get('key')).toBe('new')
  })

  it("leaves an entry alone that lives for ever, under a TTL of the call's own", async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', { ttl: 'never' })
    await time.advance(1_000_000)
    expect(await cache.getOrSet('key', () => 'new', ahead)).toBe('old')
    await settle(time)
    expect(await cache.get('key')).toBe('old')
  })

  it('without a factory, by get(), refreshes nothing', async () => {
    const { cache, time } = stage({ defaults: ahead })
    await cache.set('key', 'old')
    await time.advance(900)
    expect(await cache.get('key')).toBe('old')
    await time.advance(100)
    expect(await cache.get('key')).toBeUndefined()
  })
})

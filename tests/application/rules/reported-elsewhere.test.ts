/**
 * What users of other caches had to report (notes on other caches, regression list), as far as it concerns
 * one node and isn't named in a test beside this one: invalidation, tags and clearing during a load and a
 * refresh are in invariants/no-stale-fill, hung and aborted loads in hung-factory and callers-abort.
 */
import { describe, expect, it } from 'vitest'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

describe.each(STAGES)('reported elsewhere, over %s', (_, stage) => {
  it('fail-safe and a hard clear: nothing comes back, whatever the factory does', async () => {
    const { cache, time } = stage()
    const sie = { ttl: 100, staleIfError: '1h', staleWhileRevalidate: '1h' } as const
    await cache.set('key', 'old', sie)
    await time.advance(100)
    await cache.flush()
    const error = new Error('down')
    expect(await outcome(cache.getOrSet('key', () => Promise.reject(error), sie))).toBe(error)
    expect((await cache.lookup('key')).state).toBe('miss')
  })

  it('a hung loader, a second caller, the end of the lease: the second caller gets its value', async () => {
    const { cache, time } = stage()
    const limit = { hardTimeout: 2000 }
    const first = outcome(cache.getOrSet('key', () => new Promise(() => undefined), limit))
    await time.advance(1000)
    const second = outcome(cache.getOrSet('key', () => 'second', limit))
    await time.advance(1000)
    expect(await first).toMatchObject({ code: 'CACHE_TIMEOUT' })
    expect(await second).toMatchObject({ code: 'CACHE_TIMEOUT' })
    expect(await cache.getOrSet('key', () => 'third', limit)).toBe('third')
  })

  it('a loader that is aborted during a refresh frees the refresh', async () => {
    const { cache, time } = stage()
    const options = { ttl: 10, staleWhileRevalidate: '1h', hardTimeout: 100 } as const
    await cache.set('key', 'old', options)
    await time.advance(10)
    const aborting = ({ signal }: { signal: AbortSignal }) =>
      new Promise<string>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    expect(await cache.getOrSet('key', aborting, options)).toBe('old')
    await time.advance(100)
    expect(await cache.getOrSet('key', () => 'new', options)).toBe('old')
    await settle(time)
    expect(await cache.get('key')).toBe('new')
  })

  it('many different keys loaded at once: no shared lock, no deadlock between them', async () => {
    const { cache, time } = stage()
    const gate = deferred()
    const loads = Array.from({ length: 300 }, (_unused, at) =>
      cache.getOrSet(`k${at}`, async () => {
        await gate.promise
        return cache.getOrSet(`dependent:${at % 7}`, async () => at % 7)
      }),
    )
    await settle(time)
    gate.resolve()
    const values = await Promise.all(loads)
    expect(values).toEqual(values.map((_value, at) => at % 7))
  })

  it('the number of running refreshes is bounded by the keys that are asked for', async () => {
    const { cache, time } = stage()
    const options = { ttl: 10, staleWhileRevalidate: '1h' } as const
    await cache.set('key', 'old', options)
    await time.advance(10)
    let calls = 0
    const load = deferred<string>()
    for (let at = 0; at < 100; at += 1) {
      await cache.getOrSet(
        'key',
        () => {
          calls += 1
          return load.promise
        },
        options,
      )
    }
    expect(calls).toBe(1)
    expect((await cache.stats()).activeLoads).toBe(1)
    load.resolve('new')
  })

  it('a key that nobody reads any more is refreshed no more', async () => {
    const { cache, time } = stage()
    let calls = 0
    const options = { ttl: 10, refreshAhead: 0.5, staleWhileRevalidate: 100 } as const
    await cache.getOrSet('key', () => ++calls, options)
    await time.advance(3_600_000)
    expect(calls).toBe(1)
  })

  it('an object of options that is used for all calls is the same afterwards', async () => {
    const { cache, time } = stage()
    const options = {
      ttl: 10 as number | string,
      tags: ['a'],
      dependsOn: ['d'],
      staleWhileRevalidate: 1000,
    }
    const before = structuredClone(options)
    await cache.getOrSet(
      'key',
      ({ setOptions }) => {
        setOptions({ ...options, tags: ['b'], ttl: 20 })
        return 1
      },
      options,
    )
    await time.advance(20)
    await cache.getOrSet('key', () => 2, options)
    await cache.set('key', 3, options)
    await cache.setMany([{ key: 'key', value: 4, options }])
    expect(options).toEqual(before)
  })

  it('thousands of short-lived keys leave nothing behind: entries, flights, marks', async () => {
    const { cache, time } = stage()
    for (let at = 0; at < 2000; at += 1) {
      await cache.getOrSet(`k${at}`, () => at, { ttl: 10, tags: [`t${at}`] })
      await cache.invalidate({ tag: `t${at}` })
    }
    await time.advance(130_000)
    expect(await cache.stats()).toMatchObject({ entries: 0, activeLoads: 0, queuedLoads: 0 })
  })
})

describe('reported elsewhere, over memory', () => {
  it('expired keys that nobody reads give their memory back', async () => {
    const { cache, time } = memoryStage()
    await cache.setMany(
      Array.from({ length: 5000 }, (_, at) => ({
        key: `k${at}`,
        value: at,
        options: { ttl: 1000 },
      })),
    )
    await time.advance(3000)
    expect((await cache.stats()).entries).toBe(0)
    expect((await cache.stats()).expired).toBe(5000)
  })

  it('100 001 soft invalidations of single keys flush nothing', async () => {
    const { cache } = memoryStage()
    await cache.set('held', 'value')
    for (let at = 0; at <= 100_000; at += 1)
      await cache.invalidate({ key: `k${at}` }, { soft: true })
    expect(await cache.get('held')).toBe('value')
  })
})

describe('reported elsewhere, over a backend', () => {
  it('the backend is back after an outage: what it held before is used, what was invalidated is not', async () => {
    const { cache, backend, time } = backendStage()
    await cache.set('kept', 1)
    await cache.set('gone', 1, { tags: ['t'] })
    backend.behave = () => 'hang'
    await cache.invalidate({ tag: 't' })
    await time.advance(10_000)
    backend.behave = () => 'now'
    expect(await cache.get('kept')).toBe(1)
    expect(await cache.get('gone')).toBeUndefined()
  })
})

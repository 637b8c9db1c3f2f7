import { describe, expect, it } from 'vitest'
import { isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

const LIMITS = { hardTimeout: 1000 }

describe.each(STAGES)("a hung factory doesn't hold its key, over %s", (_, stage) => {
  it('its signal aborts at hardTimeout and not a millisecond before, with the error the waiters get', async () => {
    const { cache, time } = stage()
    let signal: AbortSignal | undefined
    const waiting = outcome(
      cache.getOrSet(
        'key',
        (context) => {
          signal = context.signal
          return new Promise(() => undefined)
        },
        LIMITS,
      ),
    )
    await time.advance(999)
    expect(signal?.aborted).toBe(false)
    await time.advance(1)
    expect(signal?.aborted).toBe(true)
    expect(signal?.reason).toBe(await waiting)
    expect(await waiting).toMatchObject({ code: 'CACHE_TIMEOUT', timeoutMs: 1000 })
  })

  it('all its waiters get the error', async () => {
    const { cache, time } = stage()
    const hang = () => new Promise(() => undefined)
    const all = [1, 2, 3].map(() => outcome(cache.getOrSet('key', hang, LIMITS)))
    await time.advance(1000)
    for (const error of await Promise.all(all)) {
      expect(isCacheError(error, 'CACHE_TIMEOUT')).toBe(true)
    }
    expect(await cache.stats()).toMatchObject({ loads: 1, loadTimeouts: 1, loadFailures: 1 })
  })

  it('its waiters get the stale value where staleIfError covers it', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', { ttl: 100, staleIfError: '1h' })
    await time.advance(100)
    const hang = () => new Promise(() => undefined)
    const options = { ...LIMITS, staleIfError: '1h' } as const
    const all = [1, 2].map(() => cache.getOrSet('key', hang, options))
    await time.advance(1000)
    expect(await Promise.all(all)).toEqual(['old', 'old'])
  })

  it('a new leader starts after it, and what it returns later is dropped', async () => {
    const { cache, time } = stage()
    const hung = deferred<string>()
    const first = outcome(cache.getOrSet('key', () => hung.promise, LIMITS))
    await time.advance(1000)
    expect(isCacheError(await first, 'CACHE_TIMEOUT')).toBe(true)
    const next = deferred<string>()
    const second = cache.getOrSet('key', () => next.promise, LIMITS)
    await settle(time)
    hung.resolve('late')
    await settle(time)
    expect(await cache.get('key')).toBeUndefined()
    next.resolve('new')
    expect(await second).toBe('new')
    expect(await cache.get('key')).toBe('new')
  })

  it('what it returns late is dropped even if nobody asked again', async () => {
    const { cache, time } = stage()
    const hung = deferred<string>()
    const first = outcome(cache.getOrSet('key', () => hung.promise, LIMITS))
    await time.advance(1000)
    await first
    hung.resolve('late')
    await settle(time)
    expect(await cache.has('key')).toBe(false)
    expect(await cache.stats()).toMatchObject({ loads: 1, activeLoads: 0 })
  })

  it('what it throws late disturbs nobody', async () => {
    const { cache, time } = stage()
    const hung = deferred<string>()
    const first = outcome(cache.getOrSet('key', () => hung.promise, LIMITS))
    await time.advance(1000)
    await first
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
    hung.reject(new Error('late'))
    await settle(time)
    expect(await cache.get('key')).toBe('new')
    expect(await cache.stats()).toMatchObject({ loadFailures: 1 })
  })

  it('a factory that answers when its signal aborts is still too late', async () => {
    const { cache, time } = stage()
    const waiting = outcome(
      cache.getOrSet(
        'key',
        ({ signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve('in haste'))
          }),
        LIMITS,
      ),
    )
    await time.advance(1000)
    expect(isCacheError(await waiting, 'CACHE_TIMEOUT')).toBe(true)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('a factory that ends a millisecond before hardTimeout is in time', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const waiting = cache.getOrSet('key', () => load.promise, LIMITS)
    await time.advance(999)
    load.resolve('value')
    expect(await waiting).toBe('value')
    await time.advance(10_000)
    expect(await cache.stats()).toMatchObject({ loadTimeouts: 0, loads: 1 })
  })

  it('without an option a factory has 30 seconds', async () => {
    const { cache, time } = stage()
    const waiting = outcome(cache.getOrSet('key', () => new Promise(() => undefined)))
    let hasEnded = false
    void waiting.then(() => {
      hasEnded = true
    })
    await time.advance(29_999)
    expect(hasEnded).toBe(false)
    await time.advance(1)
    expect(await waiting).toMatchObject({ code: 'CACHE_TIMEOUT', timeoutMs: 30_000 })
  })

  it('its place among the running loads is free again', async () => {
    const { cache, time } = stage({ defaults: { maxConcurrentLoads: 1 } })
    const hung = outcome(cache.getOrSet('hung', () => new Promise(() => undefined), LIMITS))
    await time.advance(500)
    const next = cache.getOrSet('next', () => 'value', LIMITS)
    await time.advance(500)
    await hung
    expect(await next).toBe('value')
  })
})

describe.each(STAGES)('softTimeout, over %s', (_, stage) => {
  const soft = { softTimeout: 100, hardTimeout: 1000, staleIfError: '1h', ttl: 50 } as const

  it('answers the stale value in time, while the factory goes on and is stored', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', soft)
    await time.advance(50)
    const load = deferred<string>()
    let answer: unknown
    const waiting = cache
      .getOrSet('key', () => load.promise, soft)
      .then((value) => {
        answer = value
      })
    await time.advance(99)
    expect(answer).toBeUndefined()
    await time.advance(1)
    await waiting
    expect(answer).toBe('old')
    load.resolve('new')
    await settle(time)
    expect(await cache.get('key')).toBe('new')
  })

  it('without a stale value waits for the factory', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const waiting = cache.getOrSet('key', () => load.promise, soft)
    await time.advance(500)
    load.resolve('new')
    expect(await waiting).toBe('new')
  })

  it('leaves the factory running when the caller that was answered aborts afterwards', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', soft)
    await time.advance(50)
    const load = deferred<string>()
    const controller = new AbortController()
    const options = { ...soft, signal: controller.signal }
    const waiting = cache.getOrSet('key', () => load.promise, options)
    await time.advance(100)
    expect(await waiting).toBe('old')
    controller.abort()
    load.resolve('new')
    await settle(time)
    expect(await cache.get('key')).toBe('new')
  })

  it('of one caller is not that of another', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', soft)
    await time.advance(50)
    const load = deferred<string>()
    const hasty = cache.getOrSet('key', () => load.promise, soft)
    const patient = cache.getOrSet('key', () => 'not called', { staleIfError: '1h' })
    await time.advance(100)
    expect(await hasty).toBe('old')
    load.resolve('new')
    expect(await patient).toBe('new')
  })
})

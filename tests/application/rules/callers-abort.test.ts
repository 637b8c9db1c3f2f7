import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

describe.each(STAGES)("a caller's own abort, over %s", (_, stage) => {
  it('leaves the flight alone while anyone else waits for it', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const controller = new AbortController()
    let signal: AbortSignal | undefined
    const first = outcome(
      cache.getOrSet(
        'key',
        (context) => {
          signal = context.signal
          return load.promise
        },
        { signal: controller.signal },
      ),
    )
    const second = cache.getOrSet('key', () => 'not called')
    await settle(time)
    const reason = new Error('the client went away')
    controller.abort(reason)
    expect(await first).toBe(reason)
    expect(signal?.aborted).toBe(false)
    load.resolve('value')
    expect(await second).toBe('value')
    expect(await cache.get('key')).toBe('value')
  })

  it('of the last one who waits aborts the factory, and nothing of it is stored', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const controllers = [new AbortController(), new AbortController()] as const
    let signal: AbortSignal | undefined
    const factory = (context: { signal: AbortSignal }) => {
      signal = context.signal
      return load.promise
    }
    const all = controllers.map((one) =>
      outcome(cache.getOrSet('key', factory, { signal: one.signal })),
    )
    await settle(time)
    controllers[0].abort('first')
    expect(signal?.aborted).toBe(false)
    controllers[1].abort('second')
    expect(signal?.aborted).toBe(true)
    expect(await Promise.all(all)).toEqual(['first', 'second'])
    load.resolve('late')
    await settle(time)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.stats()).toMatchObject({ activeLoads: 0, loadFailures: 0 })
  })

  it('before the call rejects at once, and calls no factory', async () => {
    const { cache } = stage()
    let calls = 0
    const answer = cache.getOrSet('key', () => ++calls, { signal: AbortSignal.abort('no') })
    expect(await outcome(answer)).toBe('no')
    expect(calls).toBe(0)
  })

  it('after the answer changes nothing', async () => {
    const { cache } = stage()
    const controller = new AbortController()
    const options = { signal: controller.signal }
    expect(await cache.getOrSet('key', () => 'value', options)).toBe('value')
    controller.abort()
    expect(await cache.get('key')).toBe('value')
  })

  it('counts its lookup as a miss, once', async () => {
    const { cache, time } = stage()
    const controller = new AbortController()
    const waiting = outcome(
      cache.getOrSet('key', () => new Promise(() => undefined), { signal: controller.signal }),
    )
    await settle(time)
    controller.abort('gone')
    await waiting
    expect(await cache.stats()).toMatchObject({ hits: 0, staleHits: 0, misses: 1 })
  })

  it('lets go of the signal when the load has ended: none of its listeners is left', async () => {
    const { cache } = stage()
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...args)
    }
    for (let at = 0; at < 10; at += 1) await cache.getOrSet(`key:${at}`, () => at, { signal })
    expect(listeners).toBe(0)
  })

  it('during a refresh behind the answer leaves the refresh alone', async () => {
    const { cache, time } = stage()
    const options = { ttl: 100, staleWhileRevalidate: '1h' } as const
    await cache.set('key', 'old', options)
    await time.advance(100)
    const load = deferred<string>()
    const controller = new AbortController()
    const behind = { ...options, signal: controller.signal }
    expect(await cache.getOrSet('key', () => load.promise, behind)).toBe('old')
    const joined = outcome(cache.getOrSet('key', () => 'not called', { signal: controller.signal }))
    await settle(time)
    controller.abort('gone')
    expect(await joined).toBe('gone')
    load.resolve('new')
    await settle(time)
    expect(await cache.get('key')).toBe('new')
  })

  it('while it waits for a place takes it out of the queue', async () => {
    const { cache, time } = stage({ defaults: { maxConcurrentLoads: 1 } })
    const load = deferred<string>()
    const running = cache.getOrSet('running', () => load.promise)
    const controller = new AbortController()
    let calls = 0
    const queued = outcome(cache.getOrSet('queued', () => ++calls, { signal: controller.signal }))
    await settle(time)
    expect((await cache.stats()).queuedLoads).toBe(1)
    controller.abort('gone')
    expect(await queued).toBe('gone')
    expect((await cache.stats()).queuedLoads).toBe(0)
    load.resolve('value')
    await running
    await settle(time)
    expect(calls).toBe(0)
  })
})

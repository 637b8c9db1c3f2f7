import { describe, expect, it } from 'vitest'
import { backendStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

const CLOSED = { code: 'CACHE_CLOSED' }

describe.each(STAGES)('close() in the middle of everything, over %s', (_, stage) => {
  it('ends what is under way, calls no factory, leaves no timer that fires, and may be called twice', async () => {
    const { cache, time } = stage({ defaults: { maxConcurrentLoads: 2, maxQueuedLoads: 100 } })
    const ns = cache.namespace('default')
    const swr = { ttl: 10, staleWhileRevalidate: '1h', tags: ['t'] } as const
    await cache.setMany(
      Array.from({ length: 600 }, (_unused, at) => ({ key: `k${at}`, value: at, options: swr })),
    )
    await time.advance(10)
    let late = 0
    const hang = () => new Promise<never>(() => undefined)
    const loads = Array.from({ length: 5 }, (_unused, at) =>
      outcome(cache.getOrSet(`load:${at}`, hang)),
    )
    const nested = outcome(cache.getOrSet('outer', () => cache.getOrSet('inner', hang)))
    const signal = outcome(
      cache.getOrSet('load:0', hang, { signal: new AbortController().signal, softTimeout: 500 }),
    )
    await cache.getOrSet('k1', hang, swr)
    const lease = await ns.lease('leased')
    const waiting = ns.lease('leased', { waitMs: 1000 })
    const onLease = outcome(ns.getOrSet('leased', () => ++late))
    const warming = cache.warm(
      [
        { key: 'w', load: hang },
        { key: 'x', load: () => ++late },
      ],
      {
        concurrency: 1,
      },
    )
    void cache.invalidate({ tag: 't' })
    await time.advance(0)
    const closing = cache.close()
    expect(cache.close()).toBe(closing)
    await closing
    for (const end of [...loads, nested, signal, onLease]) expect(await end).toMatchObject(CLOSED)
    expect(await warming).toMatchObject({ isComplete: false, failed: 1 })
    await time.advance(200_000)
    expect(['wait', 'compute']).toContain((await waiting).state)
    expect(late).toBe(0)
    expect(lease.state).toBe('compute')
    expect((await cache.stats()).activeLoads).toBe(0)
    await cache[Symbol.asyncDispose]()
  })

  it('aborts the signals of the factories that run', async () => {
    const { cache, time } = stage()
    let signal: AbortSignal | undefined
    const load = outcome(
      cache.getOrSet('key', (context) => {
        signal = context.signal
        return new Promise(() => undefined)
      }),
    )
    await settle(time)
    await cache.close()
    expect(signal?.reason).toMatchObject(CLOSED)
    expect(await load).toBe(signal?.reason)
  })

  it('stores nothing of a factory that ends after it', async () => {
    const { cache, time, backend } = stage()
    const end = deferred<number>()
    const load = outcome(cache.getOrSet('key', () => end.promise))
    await settle(time)
    await cache.close()
    end.resolve(1)
    await load
    await settle(time)
    expect(backend.entries().size).toBe(0)
    expect((await cache.stats()).entries).toBe(0)
  })

  it('answers a load that it ends with the stale value where staleIfError covers it', async () => {
    const { cache, time } = stage()
    const sie = { ttl: 10, staleIfError: '1h' } as const
    await cache.set('key', 'old', sie)
    await time.advance(10)
    const load = outcome(cache.getOrSet('key', () => new Promise<string>(() => undefined), sie))
    await settle(time)
    await cache.close()
    expect(await load).toBe('old')
  })

  it('refuses whatever comes after it, leases too', async () => {
    const { cache } = stage()
    const ns = cache.namespace('default')
    const lease = await ns.lease('key')
    const token = lease.state === 'compute' ? lease.token : ''
    await cache.set('held', 1)
    await cache.close()
    const calls: (() => unknown)[] = [
      () => ns.get('held'),
      () => ns.getOrSet('held', () => 1),
      async () => ns.peek('held'),
      () => ns.setWithLease('key', 1, token),
      async () => ns.releaseLease('key', token),
      () => ns.invalidate('held'),
      () => ns.flush(),
      () => ns.warm([]),
      async () => ns.keys(),
      async () => cache.namespace('new'),
      async () => cache.configureNamespace('default', {}),
      () => cache.ready(),
    ]
    for (const call of calls)
      expect(await outcome(Promise.resolve().then(call))).toMatchObject(CLOSED)
    const [item] = await ns.setMany([{ key: 'a', value: 1 }])
    expect(item).toMatchObject({ ok: false, error: CLOSED })
    expect(cache.health().status).toBe('fail')
  })

  it('ends an invalidation that is on its way with an error, not with a claim', async () => {
    const { cache } = stage()
    const invalidating = outcome(cache.invalidate({ regex: '^never-compiled-before-close$' }))
    await cache.close()
    expect(await invalidating).toMatchObject(CLOSED)
  })

  it('tells no listener anything any more', async () => {
    const { cache, events, time } = stage()
    await cache.set('key', 1, { ttl: 10 })
    await cache.close()
    const told = events.length
    await time.advance(100_000)
    expect(events).toHaveLength(told)
  })
})

describe('close() over a backend', () => {
  it('leaves calls of the backend that hang to themselves', async () => {
    const { cache, time, backend } = backendStage()
    backend.behave = () => 'hang'
    const calls = [
      outcome(cache.get('key')),
      outcome(cache.set('key', 1)),
      outcome(cache.delete('key')),
    ]
    await settle(time)
    await cache.close()
    await time.advance(250)
    const [get, set, remove] = await Promise.all(calls)
    expect(get).toBeUndefined()
    expect(set).toBe(false)
    expect(remove).toMatchObject(CLOSED)
  })

  it('does not close a repository that it was given', async () => {
    const { cache, backend } = backendStage()
    let closes = 0
    Object.assign(backend, { close: () => ++closes })
    await cache.close()
    expect(closes).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import { backendStage, memoryStage, STAGES, settle } from '../../../fakes/cache-stage.ts'
import { deferred } from '../../../fakes/deferred.ts'
import { outcome } from '../../../fakes/outcome.ts'

const down = () => Promise.reject(new Error('down'))

describe.each(STAGES)('startFlight(), over %s', (_, stage) => {
  it('calls no factory when the cache is closed before its turn', async () => {
    const { cache, time } = stage({ defaults: { maxConcurrentLoads: 1 } })
    const running = outcome(cache.getOrSet('running', () => new Promise(() => undefined)))
    let calls = 0
    const queued = outcome(cache.getOrSet('queued', () => ++calls))
    await settle(time)
    await cache.close()
    expect(await queued).toMatchObject({ code: 'CACHE_CLOSED' })
    expect(await running).toMatchObject({ code: 'CACHE_CLOSED' })
    await settle(time)
    expect(calls).toBe(0)
  })

  it('reports, and answers its caller with, a value that does not fit the schema', async () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) =>
          typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] },
      },
    }
    const { cache, events } = stage()
    const numbers = cache.namespace('numbers', { schema })
    expect(await numbers.getOrSet('key', () => 'text' as never)).toBe('text')
    expect(await numbers.has('key')).toBe(false)
    expect(events).toContainEqual(
      expect.objectContaining({ part: 'value', error: new TypeError('no number') }),
    )
    expect(await numbers.getOrSet('key', () => 5)).toBe(5)
    expect(await numbers.get('key')).toBe(5)
  })

  it('asks no schema about an absence, which negativeTtl remembers', async () => {
    const schema = {
      '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues: [] }) },
    }
    const { cache } = stage()
    const any = cache.namespace('any', { schema, negativeTtl: 1000 })
    expect(await any.getOrSet('key', () => null)).toBeNull()
    expect(await any.has('key')).toBe(true)
  })

  it('answers a value whose TTL function throws, and does not store it', async () => {
    const { cache } = stage()
    const ttl = () => {
      throw new Error('of the ttl function')
    }
    expect(await cache.getOrSet('key', () => 'value', { ttl })).toBe('value')
    expect(await cache.has('key')).toBe(false)
    const { lastRemoval } = await cache.explain('key')
    expect(lastRemoval?.detail).toBe('never stored: Error: of the ttl function')
  })

  it('a result that is stored nowhere ends the older one', async () => {
    const { cache, time } = stage()
    const stale = { ttl: 100, staleWhileRevalidate: '1h' } as const
    await cache.set('key', 'old', stale)
    await time.advance(100)
    await cache.getOrSet('key', () => undefined as never, stale)
    await settle(time)
    expect((await cache.lookup('key')).state).toBe('miss')
  })

  it('a value is born where the log stood when its computation began, not when it was stored', async () => {
    const { cache, time } = stage()
    const { position } = await cache.invalidate('unrelated')
    const load = deferred<number>()
    const loading = cache.getOrSet('key', () => load.promise)
    await settle(time)
    await cache.invalidate('unrelated')
    load.resolve(1)
    await loading
    const { entry } = await cache.explain('key')
    expect(entry?.birth).toBe(`${position?.generation}-${position?.seq}`)
  })

  it('errorTtl repeats the error without a new attempt, twice as long each time, until one succeeds', async () => {
    const { cache, time } = stage()
    let calls = 0
    const factory = () => {
      calls += 1
      return calls < 3 ? down() : calls
    }
    const load = () => outcome(cache.getOrSet('key', factory, { errorTtl: 100 }))
    const first = await load()
    expect(first).toEqual(new Error('down'))
    await time.advance(99)
    expect(await load()).toBe(first)
    expect(calls).toBe(1)
    await time.advance(1)
    await load()
    expect(calls).toBe(2)
    await time.advance(199)
    await load()
    expect(calls).toBe(2)
    await time.advance(1)
    expect(await load()).toBe(3)
  })

  it('errorTtl is forgotten by an invalidation, a set or a delete of the key', async () => {
    const { cache } = stage()
    const options = { errorTtl: '1h' } as const
    for (const act of [
      () => cache.invalidate('key'),
      () => cache.invalidate('k*'),
      () => cache.delete('key'),
      () => cache.set('key', 1, { ttl: 0 }),
    ]) {
      await outcome(cache.getOrSet('key', down, options))
      await act()
      expect(await cache.getOrSet('key', () => 'value', options)).toBe('value')
      await cache.delete('key')
    }
  })

  it('the failure of a load that an invalidation overtook is not remembered: who comes later asks anew', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const options = { errorTtl: '1h', hardTimeout: 1000 } as const
    const first = outcome(cache.getOrSet('key', () => load.promise, options))
    await settle(time)
    await cache.invalidate('key')
    load.reject(new Error('of the past'))
    expect(await first).toEqual(new Error('of the past'))
    expect(await cache.getOrSet('key', () => 'new', options)).toBe('new')
    await cache.delete('key')
    const hung = outcome(cache.getOrSet('key', () => new Promise(() => undefined), options))
    await settle(time)
    await cache.invalidate('key')
    await time.advance(1000)
    await hung
    expect(await cache.getOrSet('key', () => 'new', options)).toBe('new')
  })

  it('a timeout is remembered under errorTtl as a failure is', async () => {
    const { cache, time } = stage()
    const options = { errorTtl: '1h', hardTimeout: 100 } as const
    const hung = outcome(cache.getOrSet('key', () => new Promise(() => undefined), options))
    await time.advance(100)
    const error = await hung
    expect(await outcome(cache.getOrSet('key', () => 'not called', options))).toBe(error)
  })

  it('measures the time of the factory, not that of its waiting', async () => {
    const { cache, time, events } = stage({ defaults: { maxConcurrentLoads: 1 } })
    const ends = [deferred<number>(), deferred<number>()]
    const loads = ends.map((end, at) => cache.getOrSet(`key:${at}`, () => end.promise))
    await time.advance(30)
    ends[0]?.resolve(1)
    await time.advance(50)
    ends[1]?.resolve(2)
    await Promise.all(loads)
    const loaded = events.filter((event) => event.type === 'loaded')
    expect(loaded.map((event) => event.durationMs)).toEqual([30, 50])
    expect((await cache.stats()).loadMs).toBe(80)
  })
})

describe('startFlight() before a backend', () => {
  it('calls no factory when the last caller went away while the backend was read', async () => {
    const { cache, time, backend } = backendStage()
    backend.behave = ({ verb }) => (verb === 'get' ? 'hold' : 'now')
    const controller = new AbortController()
    let calls = 0
    const load = outcome(cache.getOrSet('key', () => ++calls, { signal: controller.signal }))
    await settle(time)
    controller.abort('gone')
    expect(await load).toBe('gone')
    await backend.take('get').answer()
    await settle(time)
    expect(calls).toBe(0)
  })

  it('calls no factory when the cache was closed while the backend was read', async () => {
    const { cache, time, backend } = backendStage()
    backend.behave = ({ verb }) => (verb === 'get' ? 'hold' : 'now')
    let calls = 0
    const load = outcome(cache.getOrSet('key', () => ++calls))
    await settle(time)
    await cache.close()
    await backend.take('get').answer()
    await settle(time)
    expect(await load).toMatchObject({ code: 'CACHE_CLOSED' })
    expect(calls).toBe(0)
  })

  it('a value made in time is answered, however slow the backend is to store it', async () => {
    const { cache, time, backend } = backendStage()
    backend.behave = ({ verb }) => (verb === 'set' ? 'hang' : 'now')
    const load = deferred<string>()
    const waiting = cache.getOrSet('key', () => load.promise, { hardTimeout: 100 })
    await time.advance(90)
    load.resolve('value')
    await time.advance(250)
    expect(await waiting).toBe('value')
    expect((await cache.stats()).loadTimeouts).toBe(0)
  })

  it('reads no backend for a refresh', async () => {
    const { cache, time, backend } = backendStage()
    const options = { ttl: 100, staleWhileRevalidate: '1h' } as const
    await cache.set('key', 'old', options)
    await time.advance(100)
    await cache.getOrSet('key', () => 'new', options)
    await settle(time)
    expect(backend.count('get')).toBe(1)
  })

  it('stores a value under the options that its factory chose', async () => {
    const { cache } = memoryStage()
    await cache.getOrSet('key', ({ setOptions }) => {
      setOptions({ ttl: 'never', priority: 'critical' })
      return 1
    })
    expect(await cache.lookup('key')).toMatchObject({
      ttlMs: Number.POSITIVE_INFINITY,
      priority: 'critical',
    })
  })
})

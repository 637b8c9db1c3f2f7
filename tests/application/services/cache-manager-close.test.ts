import { describe, expect, it } from 'vitest'
import { createCache } from '../../../src/module.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { fakeRandom } from '../../fakes/fake-random.ts'
import { outcome } from '../../fakes/outcome.ts'

const CLOSED = { code: 'CACHE_CLOSED', message: 'Cannot use cache cache: it is closed' }
const closed = expect.objectContaining(CLOSED)

describe.each(STAGES)('closing a cache over %s', (_, stage) => {
  it('ends running loads with CACHE_CLOSED, and aborts their factories', async () => {
    const { cache, time } = stage()
    let signal: AbortSignal | undefined
    const loading = outcome(
      cache.getOrSet('a', (context) => {
        signal = context.signal
        return new Promise(() => undefined)
      }),
    )
    await settle(time)
    await cache.close()
    expect(await loading).toMatchObject({
      code: 'CACHE_CLOSED',
      message: 'Cannot go on loading: cache cache is closed',
    })
    expect(signal?.aborted).toBe(true)
  })

  it('refuses new namespaces, changes and ready() from then on', async () => {
    const { cache } = stage()
    cache.namespace('users')
    await cache.close()
    expect(() => cache.namespace('orders')).toThrow(closed)
    expect(() => cache.configureNamespace('users', { maxEntries: 1 })).toThrow(closed)
    expect(() => cache.configureNamespace('orders', {})).toThrow(closed)
    expect(await outcome(cache.ready())).toMatchObject(CLOSED)
  })

  it('takes effect at once, before the promise resolves', async () => {
    const { cache } = stage()
    const closing = cache.close()
    expect(() => cache.namespace('users')).toThrow(closed)
    await closing
  })

  it('twice is one closing', async () => {
    const { cache } = stage()
    const closing = cache.close()
    expect(cache.close()).toBe(closing)
    await closing
    expect(cache.close()).toBe(closing)
    expect(await cache[Symbol.asyncDispose]()).toBeUndefined()
  })

  it('tells listeners nothing more', async () => {
    const { cache, events } = stage()
    await cache.close()
    events.length = 0
    await outcome(cache.get('a'))
    expect(events).toEqual([])
  })
})

describe('closing a cache', () => {
  it('is what Symbol.asyncDispose does', async () => {
    const { clock, scheduler } = createFakeClock()
    const cache = createCache({ clock, scheduler, random: fakeRandom() })
    await cache[Symbol.asyncDispose]()
    expect(cache.health().status).toBe('fail')
  })

  it('gives the values in memory free', async () => {
    const { cache } = memoryStage()
    await cache.set('a', 1)
    await cache.close()
    expect(await cache.stats()).toMatchObject({ entries: 0, bytes: 0 })
    expect(await outcome(cache.get('a'))).toMatchObject({ code: 'CACHE_CLOSED' })
  })

  it('leaves what lies in a backend where it is', async () => {
    const { cache, backend } = backendStage()
    await cache.set('a', 1)
    await cache.close()
    expect(backend.entries().size).toBe(1)
  })
})

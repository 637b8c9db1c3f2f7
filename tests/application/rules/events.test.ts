import { describe, expect, it } from 'vitest'
import type { CacheEvent, CacheEventType } from '../../../src/core/events/cache-event.ts'
import { memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { outcome } from '../../fakes/outcome.ts'

/** How often each type was told. */
function counts(events: readonly CacheEvent[]): Partial<Record<CacheEventType, number>> {
  const counted: Partial<Record<CacheEventType, number>> = {}
  for (const { type } of events) counted[type] = (counted[type] ?? 0) + 1
  return counted
}

describe.each(STAGES)('each fact is told once, over %s', (_, stage) => {
  it('a load: a miss, a load, a store; then a hit', async () => {
    const { cache, events } = stage()
    await cache.getOrSet('key', () => 1)
    await cache.getOrSet('key', () => 2)
    expect(counts(events)).toEqual({ miss: 1, loaded: 1, stored: 1, hit: 1 })
  })

  it('a load that fails: a miss and a load; a stale answer for it: a load, a hit and a degradation', async () => {
    const { cache, events, time } = stage()
    const failing = () => Promise.reject(new Error('down'))
    await outcome(cache.getOrSet('key', failing))
    expect(counts(events.splice(0))).toEqual({ miss: 1, loaded: 1 })
    const sie = { ttl: 10, staleIfError: '1h' } as const
    await cache.set('key', 'old', sie)
    await time.advance(10)
    events.splice(0)
    await cache.getOrSet('key', failing, sie)
    expect(counts(events)).toEqual({ hit: 1, loaded: 1, degraded: 1 })
  })

  it('a load that has no time left: one load, with the outcome timeout', async () => {
    const { cache, events, time } = stage()
    const load = outcome(
      cache.getOrSet('key', () => new Promise(() => undefined), { hardTimeout: 5 }),
    )
    await time.advance(100)
    await load
    const loaded = events.filter((event) => event.type === 'loaded')
    expect(loaded).toMatchObject([{ outcome: 'timeout', durationMs: 5 }])
  })

  it('an invalidation, a delete and a flush: one event each; a set: only its store', async () => {
    const { cache, events } = stage()
    await cache.set('key', 1)
    await cache.invalidate({ tag: 't' })
    await cache.delete('key')
    await cache.flush()
    const told = events.map((event) => (event.type === 'invalidated' ? event.mark.act : event.type))
    expect(told).toEqual(['stored', 'invalidate', 'delete', 'flush'])
  })

  it('a dependency that reaches three namespaces: one event', async () => {
    const { cache, events } = stage()
    for (const name of ['a', 'b', 'c']) cache.namespace(name)
    await cache.namespace('a').invalidate({ dependency: 'd' })
    expect(events).toMatchObject([{ type: 'invalidated', namespace: 'a' }])
  })

  it('a refresh: a stale hit, a load and a store that say so', async () => {
    const { cache, events, time } = stage()
    const swr = { ttl: 10, staleWhileRevalidate: '1h' } as const
    await cache.set('key', 'old', swr)
    await time.advance(10)
    events.splice(0)
    await cache.getOrSet('key', () => 'new', swr)
    await settle(time)
    expect(events).toMatchObject([
      { type: 'hit', stale: true },
      { type: 'loaded', isRefresh: true },
      { type: 'stored', by: 'refresh' },
    ])
  })

  it('all events say when, in which namespace', async () => {
    const { cache, events, time } = stage()
    const ns = cache.namespace('ns')
    await time.advance(7)
    await ns.set('key', 1)
    await ns.get('key')
    await ns.get('none')
    await ns.invalidate('key')
    expect(new Set(events.map(({ namespace, atMs }) => `${namespace} ${atMs}`))).toEqual(
      new Set([`ns ${time.nowMs}`]),
    )
  })
})

describe('each fact is told once, over memory', () => {
  it('an expiry and an eviction, when they are seen', async () => {
    const { cache, events, time } = memoryStage()
    const small = cache.namespace('small', { maxEntries: 1 })
    await small.set('a', 1)
    await small.set('b', 1, { ttl: 10 })
    expect(counts(events.splice(0))).toEqual({ stored: 2, evicted: 1 })
    await time.advance(10)
    await small.get('b')
    expect(counts(events)).toEqual({ expired: 1, miss: 1 })
    await time.advance(10_000)
    expect(counts(events)).toEqual({ expired: 1, miss: 1 })
  })

  it('a listener may use the cache', async () => {
    const { cache } = memoryStage()
    const ends: Promise<unknown>[] = []
    cache.on('miss', ({ key }) => ends.push(cache.set(`missed:${key}`, true)))
    await cache.get('key')
    await Promise.all(ends)
    expect(await cache.get('missed:key')).toBe(true)
  })
})

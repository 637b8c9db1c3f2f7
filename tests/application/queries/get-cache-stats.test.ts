import { describe, expect, it } from 'vitest'
import { type CacheStats, sumCacheStats } from '../../../src/application/queries/get-cache-stats.ts'
import { cacheStatistics } from '../../../src/application/services/cache-statistics.ts'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'

const NOTHING: CacheStats = {
  ...cacheStatistics(),
  hitRatio: 0,
  entries: 0,
  bytes: 0,
  maxEntries: undefined,
  maxBytes: undefined,
  estimatedHitRatio: undefined,
  activeLoads: 0,
  queuedLoads: 0,
  hotKeys: [],
}

describe.each(STAGES)('getCacheStats over %s', (_, stage) => {
  it('is all zero before anything happened, and a hit ratio is no NaN', async () => {
    expect(await stage().cache.namespace('users').stats()).toEqual(NOTHING)
  })

  it('counts stale hits into the ratio', async () => {
    const { cache, time } = stage()
    const users = cache.namespace('users')
    await users.set('user:1', 'Ada', { ttl: 1000, staleIfError: '1h' })
    await users.get('user:1')
    await time.advance(1000)
    await users.lookup('user:1')
    await users.lookup('user:1')
    await users.lookup('user:2')
    expect(await users.stats()).toMatchObject({
      hits: 1,
      staleHits: 2,
      misses: 1,
      hitRatio: 0.75,
    })
  })

  it('counts writes, deletes, loads with their time and their failures', async () => {
    const { cache, time } = stage()
    const users = cache.namespace('users')
    await users.set('user:1', 1)
    await users.delete('user:1')
    await users.delete('user:1')
    const load = deferred<number>()
    const loading = users.getOrSet('user:2', () => load.promise)
    await settle(time)
    await time.advance(40)
    load.resolve(2)
    await loading
    await expect(users.getOrSet('user:3', () => Promise.reject(new Error('down')))).rejects.toThrow(
      'down',
    )
    await users.invalidate('user:*')
    expect(await users.stats()).toMatchObject({
      sets: 1,
      deletes: 2,
      loads: 2,
      loadFailures: 1,
      loadMs: 40,
      invalidations: 3,
    })
  })

  it('tells what is held now, in entries and bytes', async () => {
    const { cache } = stage()
    const users = cache.namespace('users')
    await users.set('user:1', 'Ada')
    const one = await users.stats()
    await users.set('user:2', 'Ada')
    const two = await users.stats()
    expect([one.entries, two.entries]).toEqual([1, 2])
    expect(one.bytes).toBeGreaterThan(0)
    expect(two.bytes).toBe(one.bytes * 2)
  })

  it('tells the limits of the namespace', async () => {
    const users = stage().cache.namespace('users', { maxEntries: 10, maxBytes: '1mb' })
    expect(await users.stats()).toMatchObject({ maxEntries: 10, maxBytes: 1_048_576 })
  })

  it('tells which loads run and which wait', async () => {
    const { cache, time } = stage()
    const users = cache.namespace<number>('users', { maxConcurrentLoads: 1 })
    const load = deferred<number>()
    const loading = ['a', 'b', 'c'].map((key) => users.getOrSet(key, () => load.promise))
    await settle(time)
    expect(await users.stats()).toMatchObject({ activeLoads: 3, queuedLoads: 2 })
    load.resolve(1)
    await Promise.all(loading)
    await settle(time)
    expect(await users.stats()).toMatchObject({ activeLoads: 0, queuedLoads: 0 })
  })

  it('names the ten keys asked for most, the first one first', async () => {
    const { cache } = stage()
    for (let at = 0; at < 11; at += 1) await cache.get(`cold:${at}`)
    await cache.get('hot')
    await cache.get('hot')
    const { hotKeys } = await cache.namespace('default').stats()
    expect(hotKeys).toHaveLength(10)
    expect(hotKeys[0]?.key).toBe('hot')
  })
})

describe('getCacheStats over a backend that fails', () => {
  it.each(['throw', 'reject'] as const)('counts it as empty on %s', async (how) => {
    const { cache, backend } = backendStage()
    const users = cache.namespace('users')
    await users.set('user:1', 'Ada')
    backend.behave = ({ verb }) => (verb === 'usage' ? how : 'now')
    expect(await users.stats()).toMatchObject({ entries: 0, bytes: 0, sets: 1 })
  })

  it('counts it as empty when it never answers', async () => {
    const { cache, backend, time } = backendStage()
    const users = cache.namespace('users')
    await users.set('user:1', 'Ada')
    backend.behave = ({ verb }) => (verb === 'usage' ? 'hang' : 'now')
    const stats = users.stats()
    await time.advance(250)
    expect(await stats).toMatchObject({ entries: 0, bytes: 0, sets: 1 })
  })
})

describe('sumCacheStats', () => {
  it('of nothing is all zero', () => {
    expect(sumCacheStats([])).toEqual(NOTHING)
  })

  it('adds every counter, takes the ratio of the sums, and leaves out limits, estimates and hot keys', () => {
    const counted = Object.fromEntries(
      Object.keys(cacheStatistics()).map((name, at) => [name, at + 1]),
    )
    const part: CacheStats = {
      ...NOTHING,
      ...counted,
      hitRatio: 0.99,
      entries: 100,
      bytes: 1000,
      maxEntries: 5,
      maxBytes: 7,
      estimatedHitRatio: { half: 0.1, double: 0.3, quadruple: 0.4 },
      activeLoads: 3,
      queuedLoads: 4,
      hotKeys: [],
    }
    const doubled = Object.fromEntries(
      Object.entries(counted).map(([name, count]) => [name, count * 2]),
    )
    const { hits, staleHits, misses } = part
    expect(sumCacheStats([part, part])).toEqual({
      ...doubled,
      hitRatio: (hits + staleHits) / (hits + staleHits + misses),
      entries: 200,
      bytes: 2000,
      maxEntries: undefined,
      maxBytes: undefined,
      estimatedHitRatio: undefined,
      activeLoads: 6,
      queuedLoads: 8,
      hotKeys: [],
    })
  })

  it('weighs namespaces by their lookups, not by their number', () => {
    const busy: CacheStats = { ...NOTHING, hits: 9, misses: 0, hitRatio: 1 }
    const idle: CacheStats = { ...NOTHING, hits: 0, misses: 1, hitRatio: 0 }
    expect(sumCacheStats([busy, idle]).hitRatio).toBe(0.9)
  })

  it('changes none of its parts', () => {
    const part: CacheStats = Object.freeze({ ...NOTHING, hits: 1 })
    sumCacheStats([part, part])
    expect(part.hits).toBe(1)
  })

  it('is what the cache tells of all its namespaces', async () => {
    const { cache } = memoryStage()
    await cache.set('a', 1)
    await cache.namespace('users', { maxEntries: 5 }).set('b', 2)
    await cache.get('a')
    await cache.namespace('users').get('none')
    expect(await cache.stats()).toMatchObject({
      sets: 2,
      hits: 1,
      misses: 1,
      hitRatio: 0.5,
      entries: 2,
      maxEntries: undefined,
      hotKeys: [],
    })
  })
})

import { describe, expect, expectTypeOf, it } from 'vitest'
import type { CacheOptions } from '../src/cache-options.ts'
import type { CacheEvent } from '../src/core/events/cache-event.ts'
import type { DistributionService } from '../src/core/protocols/distribution-service.ts'
import { MemoryDistributor } from '../src/infrastructure/distributors/memory-distributor.ts'
import { createCache } from '../src/module.ts'
import { createFakeClock } from '../src/testing/fake-clock.ts'
import { memoryStage } from './fakes/cache-stage.ts'
import { countingScheduler } from './fakes/counting-scheduler.ts'
import { deferred } from './fakes/deferred.ts'
import { fakeRandom } from './fakes/fake-random.ts'
import { keepingLogger } from './fakes/keeping-logger.ts'
import { MapRepository } from './fakes/map-repository.ts'
import { UnreliableRepository } from './fakes/unreliable-repository.ts'

const untyped = (options: unknown) => () => createCache(options as CacheOptions)

describe('createCache()', () => {
  it('without options is a cache in memory by the name of cache', async () => {
    await using cache = createCache()
    expect(cache.name).toBe('cache')
    expect(await cache.getOrSet('user:1', () => 'Ada')).toBe('Ada')
    expect(cache.peek('user:1')).toBe('Ada')
    expect(cache.namespaces().map(({ name }) => name)).toEqual(['default'])
  })

  it('has the methods of its namespace default, bound to it', async () => {
    const { cache } = memoryStage()
    const { set, get, getOrSet, invalidate } = cache
    await set('a', 1, { tags: ['t'] })
    expect(await get('a')).toBe(1)
    expect(await cache.namespace('default').get('a')).toBe(1)
    expect(await getOrSet('a', () => 2)).toBe(1)
    await invalidate({ tag: 't' })
    expect(await get('a')).toBeUndefined()
  })

  it('answers every method of the namespace default as the namespace itself', async () => {
    await using cache = createCache()
    await cache.set('a', 1)
    expect(await cache.has('a')).toBe(true)
    expect(await cache.touch('a', { ttl: '1h' })).toBe(true)
    const looked = await cache.lookup('a')
    expect(looked).toMatchObject({ state: 'fresh', value: 1 })
    expect(looked.ttlMs).toBeGreaterThan(300_000)
    expect(await cache.setMany([{ key: 'b', value: 2 }])).toEqual([
      { key: 'b', ok: true, result: true },
    ])
    expect([...(await cache.getMany(['a', 'b', 'c']))]).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    const keys: string[] = []
    for await (const key of cache.keys()) keys.push(key)
    expect(keys.toSorted()).toEqual(['a', 'b'])
    expect((await cache.listKeys()).entries).toHaveLength(2)
    expect((await cache.previewInvalidation('*')).matched).toBe(2)
    expect((await cache.explain('a')).key).toBe('a')
    expect(await cache.delete('a')).toBe(true)
    expect(await cache.deleteMany(['b'])).toEqual([{ key: 'b', ok: true, result: true }])
    expect((await cache.warm([{ key: 'w', value: 3 }])).stored).toBe(1)
    await cache.flush()
    expect(cache.peek('w')).toBeUndefined()
  })

  it('types the values of the namespace default per call', () => {
    const { cache } = memoryStage()
    expectTypeOf(cache.getOrSet('a', () => 1)).resolves.toEqualTypeOf<number>()
    expectTypeOf(cache.getOrSet('a', async () => ['a'])).resolves.toEqualTypeOf<string[]>()
    expectTypeOf(cache.get<Date>('a')).resolves.toEqualTypeOf<Date | undefined>()
    expectTypeOf(cache.get('a')).resolves.toEqualTypeOf<unknown>()
    expectTypeOf(cache.peek<number>('a')).toEqualTypeOf<number | undefined>()
    expectTypeOf(cache.set('a', 'text', { ttl: (text) => text.length })).resolves.toBeBoolean()
    expectTypeOf(cache.namespace<Date>('dates').get('a')).resolves.toEqualTypeOf<Date | undefined>()
  })

  it('shows the methods of the namespace default to who looks, and lets nobody replace them', () => {
    const { cache } = memoryStage()
    expect(Object.keys(cache)).toContain('getOrSet')
    expect(() => Object.assign(cache, { get: () => 'forged' })).toThrow(TypeError)
  })

  it.each([
    { redis: 'http://localhost' },
    { memory: {}, repository: new MapRepository() },
    { defaults: { ttl: -1 } },
    null,
  ])('throws for %o at once', (options) => {
    expect(untyped(options)).toThrow(expect.objectContaining({ name: 'CacheError' }))
  })

  it('gives every namespace the defaults, which a namespace and a call override', async () => {
    const { cache } = memoryStage({ defaults: { ttl: '1h', jitter: 0, tags: ['all'] } })
    const short = cache.namespace('short', { ttl: '1m' })
    await cache.set('a', 1)
    await short.set('b', 2)
    await short.set('c', 3, { ttl: '1s' })
    expect(await cache.lookup('a')).toMatchObject({ ttlMs: 3_600_000, tags: ['all'] })
    expect(await short.lookup('b')).toMatchObject({ ttlMs: 60_000, tags: ['all'] })
    expect(await short.lookup('c')).toMatchObject({ ttlMs: 1000, tags: ['all'] })
  })

  it('keeps to the limits of its memory, over all namespaces, and to its eviction policy', async () => {
    const { cache } = memoryStage({ memory: { maxEntries: 2, evictionPolicy: 'fifo' } })
    await cache.set('a', 1)
    await cache.namespace('others').set('b', 2)
    cache.peek('a')
    await cache.set('c', 3)
    expect((await cache.stats()).entries).toBe(2)
    expect(cache.describeNamespace('default')?.evictionPolicy).toBe('fifo')
    const ownPolicy = cache.namespace('own', { evictionPolicy: 'lfu' })
    expect(ownPolicy.settings.evictionPolicy).toBe('lfu')
  })

  it('lives by the clock that it is given', async () => {
    const { cache, time } = memoryStage({ defaults: { ttl: 100, jitter: 0 } })
    await cache.set('a', 1)
    await time.advance(99)
    expect(cache.peek('a')).toBe(1)
    await time.advance(1)
    expect(cache.peek('a')).toBeUndefined()
  })

  it('shortens lives by the chance that it is given', async () => {
    const { cache } = memoryStage({ random: fakeRandom(0.5), defaults: { ttl: 1000, jitter: 0.2 } })
    await cache.set('a', 1)
    expect((await cache.lookup('a')).ttlMs).toBe(900)
  })
})

describe('createCache() with a repository', () => {
  it('keeps entries in it, and goes on when it fails, saying so to logger, listeners and statistics', async () => {
    const time = createFakeClock()
    const repository = new UnreliableRepository(time.scheduler)
    const { logger, lines } = keepingLogger()
    const { clock, scheduler } = time
    const cache = createCache({ repository, clock, scheduler, random: fakeRandom(), logger })
    const events: CacheEvent[] = []
    cache.on('degraded', (event) => events.push(event))
    await cache.set('a', 1)
    expect([...repository.entries().keys()]).toEqual(['a'])
    expect(lines).toEqual([])

    repository.behave = () => 'reject'
    expect(await cache.get('a')).toBeUndefined()
    const [line] = lines
    expect(line).toEqual([
      'warn',
      'the cache did less than it was asked',
      { err: expect.anything(), namespace: 'default', part: 'repository', did: expect.any(String) },
    ])
    expect(events[0]).toMatchObject({ type: 'degraded', key: 'a', part: 'repository' })
    expect(cache.health().degraded).toBe(lines.length)
    await cache.close()
  })

  it.each([
    [{}, 250],
    [{ repositoryTimeout: 40 }, 40],
  ])('with %j counts a miss when it has not answered after %d ms', async (options, timeoutMs) => {
    const time = createFakeClock()
    const repository = new UnreliableRepository(time.scheduler)
    const { clock, scheduler } = time
    const cache = createCache({ repository, clock, scheduler, random: fakeRandom(), ...options })
    repository.behave = () => 'hang'
    const answers: unknown[] = []
    void cache.get('a').then((value) => answers.push(value))
    await time.advance(timeoutMs - 1)
    expect(answers).toEqual([])
    await time.advance(1)
    expect(answers).toEqual([undefined])
    await cache.close()
  })

  it('leaves it open, and a distributor too, since they are the caller’s own to close', async () => {
    const closed: string[] = []
    const memory = new MemoryDistributor(fakeRandom())
    const distributor: DistributionService = {
      open: (name) => memory.open(name),
      close: () => void closed.push('distributor'),
    }
    const repository = Object.assign(new MapRepository(), {
      close: async () => void closed.push('repository'),
    })
    const cache = createCache({ repository, distributor })
    await cache.set('a', 1)
    await cache.close()
    expect(closed).toEqual([])
  })
})

describe('createCache() with a distributor', () => {
  const caches = (...names: readonly string[]) => {
    const random = fakeRandom() // One for all, so that each has a name of its own as a node.
    const distributor = new MemoryDistributor(random)
    return names.map((name) => memoryStage({ distributor, random, name }).cache)
  }

  it('shares invalidations with the other caches of its name', async () => {
    const [here, there] = caches('shop', 'shop')
    for (const key of ['user:1', 'user:2', 'order:1']) await there?.set(key, key, { tags: [key] })
    await here?.invalidate('user:1')
    expect(there?.peek('user:1')).toBeUndefined()
    expect(there?.peek('user:2')).toBe('user:2')
    await here?.invalidate({ tag: 'user:2' })
    expect(there?.peek('user:2')).toBeUndefined()
    await here?.flush()
    expect(there?.peek('order:1')).toBeUndefined()
  })

  it('drops what another cache holds of a key that it sets or deletes', async () => {
    const [here, there] = caches('shop', 'shop')
    await there?.set('a', 'old')
    await here?.set('a', 'new')
    expect(here?.peek('a')).toBe('new')
    expect(there?.peek('a')).toBeUndefined()
    await there?.set('a', 'newer')
    await here?.delete('a')
    expect(there?.peek('a')).toBeUndefined()
  })

  it('keeps no value of a factory that another cache’s invalidation overtook', async () => {
    const [here, there] = caches('shop', 'shop')
    const old = deferred<string>()
    const loading = there?.getOrSet('a', () => old.promise)
    await here?.invalidate('a')
    old.resolve('old')
    await loading
    expect(there?.peek('a')).toBeUndefined()
  })

  it('leaves caches of other names alone', async () => {
    const [here, there] = caches('shop', 'blog')
    await there?.set('a', 1)
    await here?.flush()
    await here?.invalidate('a')
    expect(there?.peek('a')).toBe(1)
  })

  it('goes on sharing with others after one of them is closed', async () => {
    const [here, there, gone] = caches('shop', 'shop', 'shop')
    await gone?.close()
    await there?.set('a', 1)
    await here?.invalidate('a')
    expect(there?.peek('a')).toBeUndefined()
  })

  it('gives its log back at the end, so that the last of a name to go leaves none behind', async () => {
    const random = fakeRandom()
    const distributor = new MemoryDistributor(random)
    const [here, there] = [1, 2].map(() => memoryStage({ distributor, random }).cache)
    const generation = () => {
      const log = distributor.open('cache')
      log.close()
      return log.head().generation
    }
    const shared = generation()
    await here?.close()
    expect(generation()).toBe(shared)
    await there?.close()
    expect(generation()).not.toBe(shared)
  })

  it('without one shares nothing, be the names the same', async () => {
    const [here, there] = [memoryStage().cache, memoryStage().cache]
    await there.set('a', 1)
    await here.flush()
    expect(there.peek('a')).toBe(1)
  })
})

describe('createCache() and close()', () => {
  it('frees memory, timers and listeners, ends loads, and refuses what comes after', async () => {
    const time = createFakeClock()
    const scheduler = countingScheduler(time.scheduler)
    const { cache, events } = memoryStage({ clock: time.clock, scheduler })
    await cache.set('a', 1)
    const loading = cache.getOrSet('b', () => new Promise<never>(() => undefined))
    const failed = expect(loading).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
    await time.advance(10)
    expect(scheduler.tasks.size).toBeGreaterThan(0)

    await cache.close()
    await failed
    await time.advance(0)
    expect(scheduler.tasks.size).toBe(0)
    expect((await cache.stats()).entries).toBe(0)
    const heard = events.length
    await expect(cache.get('a')).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
    expect(() => cache.namespace('more')).toThrow(expect.objectContaining({ code: 'CACHE_CLOSED' }))
    expect(events).toHaveLength(heard)
  })

  it('is done once, however often it is asked for', async () => {
    const { cache } = memoryStage()
    const closing = cache.close()
    expect(cache.close()).toBe(closing)
    await closing
    await cache[Symbol.asyncDispose]()
  })
})

describe('createCache() with a logger', () => {
  it('reports a listener that fails, and goes on', async () => {
    const { logger, lines } = keepingLogger()
    const { cache } = memoryStage({ logger })
    const error = new Error('of the listener')
    cache.on('stored', () => {
      throw error
    })
    expect(await cache.set('a', 1)).toBe(true)
    expect(lines).toEqual([
      ['error', 'a listener of the cache failed', { err: error, event: 'stored' }],
    ])
  })

  it('takes no harm from one that fails itself', async () => {
    const fail = (): never => {
      throw new Error('the disk is full')
    }
    const repository = new UnreliableRepository()
    repository.behave = () => 'reject'
    const cache = createCache({ repository, logger: { warn: fail, error: fail } })
    cache.on('degraded', fail)
    expect(await cache.getOrSet('a', () => 1)).toBe(1)
    await cache.close()
  })
})

import { describe, expect, it } from 'vitest'
import type { CacheEvent } from '../../../src/core/events/cache-event.ts'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'

const conflict = expect.objectContaining({ code: 'CACHE_NAMESPACE_CONFLICT' })
const wrong = expect.objectContaining({ code: 'CACHE_OPTION_INVALID' })

describe('the namespaces of a cache', () => {
  it('are the same handle for the same name, asked for by name only', () => {
    const { cache } = memoryStage()
    expect(cache.namespace('users')).toBe(cache.namespace('users'))
    expect(cache.namespace('users')).not.toBe(cache.namespace('orders'))
  })

  it('are the same handle for the same options, in any order, lists by their members', () => {
    const { cache } = memoryStage()
    const ttl = (): number => 1000
    const users = cache.namespace('users', { ttl, tags: ['a', 'b'], maxEntries: 5 })
    expect(cache.namespace('users', { maxEntries: 5, tags: ['a', 'b'], ttl })).toBe(users)
    expect(cache.namespace('users')).toBe(users)
  })

  it.each([
    ['another value', { tags: ['a', 'b'], maxEntries: 6 }],
    ['an option more', { tags: ['a', 'b'], maxEntries: 5, ttl: 1000 }],
    ['an option less', { maxEntries: 5 }],
    ['another member of a list', { tags: ['a', 'c'], maxEntries: 5 }],
    ['a member less', { tags: ['a'], maxEntries: 5 }],
    ['a member more', { tags: ['a', 'b', 'c'], maxEntries: 5 }],
  ])('refuse %s', (_name, options) => {
    const { cache } = memoryStage()
    cache.namespace('users', { tags: ['a', 'b'], maxEntries: 5 })
    expect(() => cache.namespace('users', options)).toThrow(conflict)
    expect(cache.describeNamespace('users')?.maxEntries).toBe(5)
  })

  it('refuse another function, even one of the same text', () => {
    const { cache } = memoryStage()
    cache.namespace('users', { ttl: () => 1000 })
    expect(() => cache.namespace('users', { ttl: () => 1000 })).toThrow(conflict)
  })

  it('refuse options where the namespace was opened with none', () => {
    const { cache } = memoryStage()
    cache.namespace('users')
    expect(() => cache.namespace('users', { maxEntries: 5 })).toThrow(
      expect.objectContaining({
        code: 'CACHE_NAMESPACE_CONFLICT',
        message:
          'Cannot open namespace users with these options: it is open with others, ask for it without options or use configureNamespace()',
      }),
    )
  })

  it('call a wrong option wrong, not a conflict, whether they are open or not', () => {
    const { cache } = memoryStage()
    expect(() => cache.namespace('users', { maxEntries: 0 })).toThrow(wrong)
    expect(cache.hasNamespace('users')).toBe(false)
    cache.namespace('users', { maxEntries: 1 })
    expect(() => cache.namespace('users', { maxEntries: 0 })).toThrow(wrong)
  })

  it.each(['', 'a b', '-a', 'a:b', 'a'.repeat(65)])('refuse the name "%s"', (name) => {
    const { cache } = memoryStage()
    expect(() => cache.namespace(name)).toThrow(wrong)
    expect(cache.hasNamespace(name)).toBe(false)
  })

  it('keep the options that they were opened with, whatever the caller does to the object later', () => {
    const { cache } = memoryStage()
    const options = { maxEntries: 5 }
    const users = cache.namespace('users', options)
    options.maxEntries = 6
    expect(() => cache.namespace('users', options)).toThrow(conflict)
    expect(cache.namespace('users', { maxEntries: 5 })).toBe(users)
  })

  it('begin with the defaults of the cache', () => {
    const { cache } = memoryStage({
      memory: { evictionPolicy: 'fifo' },
      defaults: { maxEntries: 7, tags: ['all'] },
    })
    expect(cache.describeNamespace('default')).toMatchObject({
      maxEntries: 7,
      evictionPolicy: 'fifo',
    })
    const { settings } = cache.namespace('users', { tags: ['own'] })
    expect(settings).toMatchObject({ name: 'users', maxEntries: 7 })
    expect(settings.entryPolicy.tags).toEqual(['all', 'own'])
  })

  it('are listed in the order in which they were opened', () => {
    const { cache } = memoryStage()
    cache.namespace('users')
    cache.namespace('orders')
    expect(cache.namespaces().map(({ name }) => name)).toEqual(['default', 'users', 'orders'])
    expect(cache.hasNamespace('users')).toBe(true)
  })

  it('are not opened by a question about them', () => {
    const { cache } = memoryStage()
    expect(cache.hasNamespace('users')).toBe(false)
    expect(cache.describeNamespace('users')).toBeUndefined()
    expect(cache.namespaces()).toHaveLength(1)
  })
})

describe.each(STAGES)('configureNamespace over %s', (_, stage) => {
  it('opens a namespace that is not open yet', () => {
    const { cache } = stage()
    expect(cache.configureNamespace('users', { maxEntries: 5 })).toMatchObject({
      name: 'users',
      maxEntries: 5,
    })
    expect(cache.hasNamespace('users')).toBe(true)
  })

  it('changes what is named and leaves the rest, for handles that exist already', async () => {
    const { cache, time } = stage()
    const users = cache.namespace('users', { ttl: 1000, description: 'people' })
    await users.set('old', 1)
    const settings = cache.configureNamespace('users', { ttl: 5000 })
    expect(settings.description).toBe('people')
    expect(users.settings).toBe(settings)
    expect(cache.describeNamespace('users')).toBe(settings)
    await users.set('new', 2)
    await time.advance(1000)
    expect(await users.get('old')).toBeUndefined()
    expect(await users.get('new')).toBe(2)
  })

  it('is no reason to refuse who asks as before', () => {
    const { cache } = stage()
    const users = cache.namespace('users', { maxEntries: 5 })
    cache.configureNamespace('users', { maxEntries: 6 })
    expect(cache.namespace('users', { maxEntries: 5 })).toBe(users)
    expect(() => cache.namespace('users', { maxEntries: 6 })).toThrow(conflict)
  })

  it('changes nothing if an option is wrong', () => {
    const { cache } = stage()
    const { settings } = cache.namespace('users', { ttl: 1000 })
    expect(() => cache.configureNamespace('users', { ttl: 5000, maxEntries: 0 })).toThrow(wrong)
    expect(cache.describeNamespace('users')).toBe(settings)
  })

  it('lets more loads run at once, also of those that wait already', async () => {
    const { cache, time } = stage()
    const users = cache.namespace<number>('users', { maxConcurrentLoads: 1 })
    const load = deferred<number>()
    let running = 0
    const loads = ['a', 'b'].map((key) =>
      users.getOrSet(key, () => {
        running += 1
        return load.promise
      }),
    )
    await settle(time)
    expect(running).toBe(1)
    cache.configureNamespace('users', { maxConcurrentLoads: 2 })
    await settle(time)
    expect(running).toBe(2)
    load.resolve(1)
    await Promise.all(loads)
  })
})

describe('what a cache tells of itself', () => {
  it('is its name', () => {
    expect(memoryStage().cache.name).toBe('cache')
    expect(memoryStage({ name: 'shop' }).cache.name).toBe('shop')
  })

  it('is pass, with its namespaces and running loads', async () => {
    const { cache, time } = memoryStage()
    expect(cache.health()).toEqual({
      status: 'pass',
      namespaces: 1,
      degraded: 0,
      activeLoads: 0,
      sharing: undefined,
    })
    const load = deferred<number>()
    const loads = [
      cache.getOrSet('a', () => load.promise),
      cache.namespace('users').getOrSet('a', () => load.promise),
    ]
    await settle(time)
    expect(cache.health()).toMatchObject({ namespaces: 2, activeLoads: 2 })
    load.resolve(1)
    await Promise.all(loads)
    await settle(time)
    expect(cache.health().activeLoads).toBe(0)
  })

  it('counts the faults of the backend over all namespaces', async () => {
    const { cache, backend } = backendStage()
    backend.behave = () => 'reject'
    await cache.get('a')
    await cache.namespace('users').get('a')
    expect(cache.health().degraded).toBe(2)
  })

  it('is fail once it is closed', async () => {
    const { cache } = memoryStage()
    await cache.close()
    expect(cache.health().status).toBe('fail')
  })

  it('is ready at once', async () => {
    expect(await memoryStage().cache.ready()).toEqual({ degraded: false })
  })

  it('lists the newest invalidations of all namespaces first, as many as asked for', async () => {
    const { cache } = memoryStage()
    await cache.invalidate('a')
    await cache.namespace('users').invalidate('b')
    const keys = async (limit: number): Promise<unknown[]> =>
      (await cache.invalidations(limit)).map(({ mark }) => mark.scope)
    const [a, b] = [
      { kind: 'key', key: 'a' },
      { kind: 'key', key: 'b' },
    ]
    expect(await keys(2)).toEqual([b, a])
    expect(await keys(1)).toEqual([b])
    expect(await keys(0)).toEqual([])
  })

  it('is one graph of dependencies for all namespaces', async () => {
    const { cache } = memoryStage()
    cache.dependencies.add('team:9', ['region:2'])
    expect(cache.dependencies.closure('region:2').toSorted()).toEqual(['region:2', 'team:9'])
    const users = cache.namespace('users')
    await users.set('ada', 1, { dependsOn: ['team:9'] })
    await cache.invalidate({ dependency: 'region:2' })
    expect(await users.get('ada')).toBeUndefined()
  })
})

describe('the events of a cache', () => {
  it('are those of all namespaces for "*", until the listener is taken off', async () => {
    const { cache } = memoryStage()
    const heard: string[] = []
    const off = cache.on('*', ({ type, namespace }) => heard.push(`${type} ${namespace}`))
    await cache.get('a')
    await cache.namespace('users').get('a')
    off()
    await cache.get('b')
    expect(heard).toEqual(['miss default', 'miss users'])
  })

  it('are those of one type for its name', async () => {
    const { cache } = memoryStage()
    const heard: CacheEvent[] = []
    cache.on('hit', (event) => heard.push(event))
    await cache.set('a', 1)
    await cache.get('a')
    await cache.get('b')
    expect(heard).toMatchObject([{ type: 'hit', key: 'a' }])
  })
})

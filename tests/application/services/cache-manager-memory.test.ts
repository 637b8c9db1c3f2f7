import { describe, expect, it } from 'vitest'
import { MEMORY_STORAGES } from '../../../src/core/value-objects/memory-storage.ts'
import { backendStage, memoryStage } from '../../fakes/cache-stage.ts'

const wrong = expect.objectContaining({ code: 'CACHE_OPTION_INVALID' })

describe.each(MEMORY_STORAGES)('resize of a cache with storage "%s"', (storage) => {
  const stage = () => memoryStage({ memory: { storage, evictionPolicy: 'lru' } })

  it('makes those leave who are over the lowered limits, of all namespaces, without anybody asking', async () => {
    const { cache, time } = stage()
    const users = cache.namespace('users')
    for (let at = 0; at < 50; at += 1) {
      await cache.set(`a:${at}`, at)
      await users.set(`b:${at}`, at)
    }
    cache.resize({ maxEntries: 10 })
    await time.advance(0)
    const stats = await cache.stats()
    expect(stats).toMatchObject({ entries: 10, evicted: 90, evictedForResize: 90 })
    await users.set('another', 1)
    expect(await cache.stats()).toMatchObject({ entries: 10, evictedForShared: 1 })
  })

  it('lets more in at once when the limits are raised', async () => {
    const { cache } = memoryStage({ memory: { storage, maxEntries: 1 } })
    await cache.set('a', 1)
    cache.resize({ maxEntries: 2, maxBytes: '1mb' })
    await cache.set('b', 2)
    expect((await cache.stats()).entries).toBe(2)
    cache.resize({})
    for (let at = 0; at < 10; at += 1) await cache.set(`key:${at}`, at)
    expect((await cache.stats()).entries).toBe(12)
  })

  it('changes nothing if a limit is wrong', async () => {
    const { cache, time } = stage()
    await cache.set('a', 1)
    await cache.set('b', 1)
    expect(() => cache.resize({ maxEntries: 1, maxBytes: 'much' })).toThrow(
      expect.objectContaining({ code: 'CACHE_SIZE_INVALID' }),
    )
    expect(() => cache.resize({ maxEntries: 0 })).toThrow(wrong)
    await time.advance(2000)
    expect((await cache.stats()).entries).toBe(2)
  })
})

describe('resize of a cache', () => {
  it('refuses where the entries are not in memory, and once it is closed', async () => {
    expect(() => backendStage().cache.resize({ maxEntries: 1 })).toThrow(wrong)
    const { cache } = memoryStage()
    await cache.close()
    expect(() => cache.resize({ maxEntries: 1 })).toThrow(
      expect.objectContaining({ code: 'CACHE_CLOSED' }),
    )
  })
})

describe('configureNamespace of a namespace in memory', () => {
  it('makes those leave who are over a lowered limit, the rest without anybody asking', async () => {
    const { cache, time } = memoryStage()
    const users = cache.namespace('users', { evictionPolicy: 'lru' })
    for (let at = 0; at < 5200; at += 1) await users.set(`key:${at}`, at)
    cache.configureNamespace('users', { maxEntries: 10 })
    await time.advance(0)
    expect(await users.stats()).toMatchObject({ entries: 10, evictedForResize: 5190 })
    expect(users.peek('key:5199')).toBe(5199)
  })

  it('changes policy and weights, but not the storage that its values are in', () => {
    const { cache } = memoryStage()
    cache.namespace('users', { storage: 'buffer' })
    const changes = { evictionPolicy: 'lfu', priorityWeights: { high: 8 } } as const
    expect(cache.configureNamespace('users', changes)).toMatchObject({
      evictionPolicy: 'lfu',
      priorityWeights: [1, 2, 8],
      storage: 'buffer',
    })
    expect(cache.configureNamespace('users', { storage: 'buffer' }).storage).toBe('buffer')
    expect(() =>
      cache.configureNamespace('users', { storage: 'reference', maxEntries: 1 }),
    ).toThrow('Cannot change storage of namespace users: it is decided when the namespace opens')
    expect(cache.describeNamespace('users')?.maxEntries).toBeUndefined()
  })
})

describe('a namespace with storage "buffer"', () => {
  it('hands out copies that nobody else sees changed', async () => {
    const { cache } = memoryStage({ defaults: { storage: 'buffer' } })
    const value = { list: [1] }
    await cache.set('a', value)
    value.list.push(2)
    const found = await cache.get<typeof value>('a')
    expect(found).toEqual({ list: [1] })
    found?.list.push(3)
    expect(cache.peek('a')).toEqual({ list: [1] })
    const loaded = await cache.getOrSet('b', () => ({ list: [1] }))
    loaded.list.push(2)
    expect(await cache.getOrSet('b', () => ({ list: [9] }))).toEqual({ list: [1] })
  })

  it('refuses a value that has no form in bytes, and says so', async () => {
    const { cache } = memoryStage({ defaults: { storage: 'buffer' } })
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    const value = { act: () => 1, cyclic }
    await expect(cache.set('a', value)).rejects.toMatchObject({ code: 'CACHE_VALUE_INVALID' })
    expect(await cache.get('a')).toBeUndefined()
  })
})

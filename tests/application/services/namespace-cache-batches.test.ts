import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { outcome } from '../../fakes/outcome.ts'

describe.each(STAGES)('batches of a namespace over %s', (_, stage) => {
  it('getMany answers the fresh values of those keys that have one, each once', async () => {
    const { cache, time } = stage()
    const users = cache.namespace('users')
    await users.set('a', 1)
    await users.set('null', null)
    await users.set('stale', 2, { ttl: 1000, staleIfError: '1h' })
    await time.advance(1000)
    const found = await users.getMany(new Set(['a', 'none', 'null', 'stale']))
    expect([...found]).toEqual([
      ['a', 1],
      ['null', null],
    ])
    expect(await users.stats()).toMatchObject({ hits: 2, misses: 2 })
  })

  it('getMany of nothing is empty, and one bad key among good ones refuses all', async () => {
    const users = stage().cache.namespace('users')
    await users.set('a', 1)
    expect((await users.getMany([])).size).toBe(0)
    expect(await outcome(users.getMany(['a', '']))).toMatchObject({ code: 'CACHE_KEY_INVALID' })
    expect((await users.stats()).hits).toBe(0)
  })

  it('setMany stores each, in the order given, and one that fails leaves the others alone', async () => {
    const users = stage().cache.namespace<unknown>('users', { isolation: 'clone' })
    const results = await users.setMany([
      { key: 'a', value: 1 },
      { key: '', value: 2 },
      { key: 'jitter', value: 3, options: { jitter: 1 } },
      { key: 'function', value: { not: () => 'clonable' } },
      { key: 'zero', value: 4, options: { ttl: 0 } },
      { key: 'b', value: 5 },
    ])
    expect(results).toMatchObject([
      { key: 'a', ok: true, result: true },
      { key: '', ok: false, error: { code: 'CACHE_KEY_INVALID' } },
      { key: 'jitter', ok: false, error: { code: 'CACHE_OPTION_INVALID' } },
      { key: 'function', ok: false, error: { code: 'CACHE_VALUE_INVALID' } },
      { key: 'zero', ok: true, result: false },
      { key: 'b', ok: true, result: true },
    ])
    expect([...(await users.getMany(['a', 'jitter', 'function', 'zero', 'b']))]).toEqual([
      ['a', 1],
      ['b', 5],
    ])
  })

  it('deleteMany deletes each, and tells which was there', async () => {
    const users = stage().cache.namespace('users')
    await users.setMany([
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ])
    expect(await users.deleteMany(new Set(['a', '', 'none']))).toMatchObject([
      { key: 'a', ok: true, result: true },
      { key: '', ok: false, error: { code: 'CACHE_KEY_INVALID' } },
      { key: 'none', ok: true, result: false },
    ])
    expect(await users.has('a')).toBe(false)
    expect(await users.has('b')).toBe(true)
  })

  it('take up to 10 000 items, and nothing of one more', async () => {
    const users = stage().cache.namespace('users')
    const keys = Array.from({ length: 10_001 }, (_value, at) => `k:${at}`)
    const items = keys.map((key) => ({ key, value: 1 }))
    const code = 'CACHE_OPTION_INVALID'
    expect(await outcome(users.setMany(items))).toMatchObject({ code })
    expect((await users.stats()).sets).toBe(0)
    expect(await users.setMany(items.slice(1))).toHaveLength(10_000)
    expect((await users.getMany(keys.slice(1))).size).toBe(10_000)
    expect(await outcome(users.getMany(keys))).toMatchObject({ code: expect.any(String) })
    expect(await outcome(users.deleteMany(keys))).toMatchObject({ code })
    expect((await users.stats()).deletes).toBe(0)
  })

  it('fail item by item once the cache is closed; getMany as a whole', async () => {
    const { cache } = stage()
    const users = cache.namespace('users')
    await cache.close()
    const failed = [{ key: 'a', ok: false, error: { code: 'CACHE_CLOSED' } }]
    expect(await users.setMany([{ key: 'a', value: 1 }])).toMatchObject(failed)
    expect(await users.deleteMany(['a'])).toMatchObject(failed)
    expect(await outcome(users.getMany([]))).toMatchObject({ code: 'CACHE_CLOSED' })
  })
})

describe.each(STAGES)('refreshAhead over %s', (_, stage) => {
  it('of a call refreshes behind a fresh value from its share of the TTL on, not before', async () => {
    const { cache, time } = stage()
    const users = cache.namespace<string>('users', { ttl: 1000 })
    await users.set('a', 'old')
    await time.advance(499)
    await users.getOrSet('a', () => 'new', { refreshAhead: 0.5 })
    await settle(time)
    expect(await users.get('a')).toBe('old')
    await time.advance(1)
    expect(await users.getOrSet('a', () => 'new', { refreshAhead: 0.5 })).toBe('old')
    await settle(time)
    expect(await users.get('a')).toBe('new')
  })

  it('of a namespace holds for calls without options, and from the moment it is configured', async () => {
    const { cache, time } = stage()
    const users = cache.namespace<string>('users', { ttl: 1000 })
    await users.set('a', 'old')
    await time.advance(500)
    expect(await users.getOrSet('a', () => 'new')).toBe('old')
    await settle(time)
    expect(await users.get('a')).toBe('old')
    cache.configureNamespace('users', { refreshAhead: 0.5 })
    expect(await users.getOrSet('a', () => 'new')).toBe('old')
    await settle(time)
    expect(await users.get('a')).toBe('new')
    expect((await users.stats()).refreshes).toBe(1)
  })
})

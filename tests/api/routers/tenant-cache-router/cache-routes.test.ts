import { describe, expect, it } from 'vitest'
import { apiStage } from '../../api-stage.ts'

const CACHE = '/v1/caches/users'

describe('GET /v1/caches', () => {
  it('lists the caches with their settings', async () => {
    const { call, cache } = await apiStage()
    cache.namespace('users', { ttl: '1h', maxEntries: 10, description: 'people' })
    cache.namespace('orders')
    const { json } = await call('GET', '/v1/caches')
    const caches = json['caches'] as { name: string }[]
    expect(caches.find(({ name }) => name === 'users')).toMatchObject({
      description: 'people',
      ttl: '3600000ms',
      maxEntries: 10,
      maxBytes: null,
    })
    expect(caches.map(({ name }) => name)).toContain('orders')
  })
})

describe('GET /v1/caches/{cache}', () => {
  it('describes a cache', async () => {
    const { call, cache } = await apiStage()
    cache.namespace('users', { ttl: 'never', tags: ['t'], priority: 'high', slidingTtl: '5m' })
    expect((await call('GET', CACHE)).json).toMatchObject({
      name: 'users',
      ttl: 'never',
      tags: ['t'],
      priority: 'high',
      slidingTtlMs: 300_000,
      evictionPolicy: 'w-tinylfu',
      priorityWeights: { low: 1, medium: 2, high: 4 },
      storage: 'reference',
    })
  })

  it.each(['', '/stats', '/keys', '/entries/a/_explain'])(
    'answers 404 for an unknown cache at %s, and does not create it',
    async (path) => {
      const { call, cache } = await apiStage()
      const answer = await call('GET', `${CACHE}${path}`)
      expect(answer).toMatchObject({ status: 404, code: 'CACHE_NAMESPACE_UNKNOWN' })
      expect(cache.hasNamespace('users')).toBe(false)
    },
  )

  it('refuses what is no name of a cache', async () => {
    const { call } = await apiStage()
    for (const name of ['-a', 'a%20b', 'a'.repeat(65)]) {
      const answer = await call('GET', `/v1/caches/${name}`)
      expect(answer).toMatchObject({ status: 422, code: 'CACHE_OPTION_INVALID' })
    }
  })
})

describe('GET stats', () => {
  it('counts what happened over HTTP, reads and writes each once', async () => {
    const { call } = await apiStage()
    await call('PUT', `${CACHE}/entries/a`, { body: 'x' })
    await call('GET', `${CACHE}/entries/a`)
    await call('GET', `${CACHE}/entries/a`)
    await call('GET', `${CACHE}/entries/b`)
    expect((await call('GET', `${CACHE}/stats`)).json).toMatchObject({
      hits: 2,
      misses: 1,
      sets: 1,
      entries: 1,
      maxEntries: null,
    })
  })
})

describe('GET /v1/usage', () => {
  it('adds the caches of the tenant up', async () => {
    const { call } = await apiStage()
    await call('PUT', `${CACHE}/entries/a`, { body: 'x' })
    await call('PUT', '/v1/caches/orders/entries/a', { body: 'x' })
    const { json } = await call('GET', '/v1/usage')
    expect(json).toMatchObject({ tenant: 'default', total: { entries: 2, sets: 2 } })
    const caches = json['caches'] as { name: string; entries: number }[]
    expect(caches.filter(({ entries }) => entries === 1).map(({ name }) => name)).toEqual([
      'users',
      'orders',
    ])
  })
})

describe('GET keys', () => {
  it('lists all keys exactly once, page after page along the links', async () => {
    const { call, cache } = await apiStage()
    const keys = Array.from({ length: 25 }, (_, index) => `user:${index}`)
    for (const key of keys) await cache.namespace('users').set(key, 1)
    const seen: string[] = []
    let url = `${CACHE}/keys?limit=10`
    for (let page = 0; page < 10 && url !== ''; page += 1) {
      const { json, headers } = await call('GET', url)
      seen.push(...(json['keys'] as { key: string }[]).map(({ key }) => key))
      const link = /<(.*)>; rel="next"/.exec(headers['link'] ?? '')?.[1]
      expect(link === undefined).toBe(json['cursor'] === null)
      url = link === undefined ? '' : `${CACHE}/keys${link}`
    }
    expect(seen.toSorted()).toEqual(keys.toSorted())
  })

  it('lists what matches a pattern, with what is known of each', async () => {
    const { call, cache } = await apiStage()
    await cache.namespace('users').set('user:1', 1, { ttl: 'never', tags: ['t'] })
    await cache.namespace('users').set('order:1', 1)
    const { json } = await call('GET', `${CACHE}/keys?match=user:*`)
    expect(json).toMatchObject({
      keys: [{ key: 'user:1', state: 'fresh', tags: ['t'], expiresAtMs: null }],
      cursor: null,
    })
  })

  it('keeps pattern and limit in the link to the next page', async () => {
    const { call, cache } = await apiStage()
    for (const key of ['u:1', 'u:2']) await cache.namespace('users').set(key, 1)
    const { headers } = await call('GET', `${CACHE}/keys?limit=1&match=u%3A*`)
    expect(headers['link']).toMatch(/^<\?match=u%3A\*&limit=1&cursor=.+>; rel="next"$/)
  })

  it.each([
    ['limit=0', 'CACHE_REQUEST_INVALID', 422],
    ['limit=1001', 'CACHE_REQUEST_INVALID', 422],
    ['limit=1.5', 'CACHE_REQUEST_INVALID', 422],
    ['limit=ten', 'CACHE_REQUEST_INVALID', 422],
    ['limit=1&limit=2', 'CACHE_REQUEST_INVALID', 422],
    ['prefix=a', 'CACHE_REQUEST_INVALID', 422],
    [`match=${'a*'.repeat(17)}`, 'CACHE_PATTERN_INVALID', 422],
    ['cursor=nonsense', 'CACHE_CURSOR_INVALID', 400],
  ])('%s is refused', async (query, code, status) => {
    const { call, cache } = await apiStage()
    await cache.namespace('users').set('a', 1)
    expect(await call('GET', `${CACHE}/keys?${query}`)).toMatchObject({ status, code })
  })

  it('takes the largest limit', async () => {
    const { call, cache } = await apiStage()
    cache.namespace('users')
    expect((await call('GET', `${CACHE}/keys?limit=1000`)).status).toBe(200)
  })
})

describe('GET _explain', () => {
  it('says what is held', async () => {
    const { call } = await apiStage()
    await call('PUT', `${CACHE}/entries/a`, { body: 'x', headers: { 'cache-tags': 't' } })
    const { json } = await call('GET', `${CACHE}/entries/a/_explain`)
    expect(json).toMatchObject({
      key: 'a',
      state: 'fresh',
      entry: { tags: ['t'] },
      nextRead: 'hit',
    })
  })

  it('says why it is gone', async () => {
    const { call } = await apiStage()
    await call('PUT', `${CACHE}/entries/a`, { body: 'x', headers: { 'cache-tags': 't' } })
    await call('POST', `${CACHE}/_invalidate`, { body: { tag: 't', reason: 'sold' } })
    await call('GET', `${CACHE}/entries/a`)
    const { json } = await call('GET', `${CACHE}/entries/a/_explain`)
    expect(json).toMatchObject({
      state: 'absent',
      entry: null,
      lastRemoval: { cause: 'invalidated' },
    })
    expect(JSON.stringify(json['lastRemoval'])).toContain('sold')
  })
})

import { describe, expect, it } from 'vitest'
import { apiStage } from '../../api-stage.ts'

const CACHES = '/v1/admin/tenants/default/caches'
const USERS = `${CACHES}/users`

describe('PUT of a cache', () => {
  it('defines it: what is stored then has its settings', async () => {
    const { call, cache } = await apiStage()
    const answer = await call('PUT', USERS, {
      body: {
        ttl: '1h',
        tags: ['people'],
        maxEntries: 5,
        maxBytes: '64kb',
        description: 'people',
        jitter: 0,
      },
    })
    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({
      name: 'users',
      ttl: '3600000ms',
      maxEntries: 5,
      maxBytes: 65_536,
    })
    await call('PUT', '/v1/caches/users/entries/a', { body: 'x' })
    expect(await cache.namespace('users').lookup('a')).toMatchObject({
      ttlMs: 3_600_000,
      tags: ['people'],
    })
  })

  it('again with the same settings changes nothing, with others is refused', async () => {
    const { call } = await apiStage()
    await call('PUT', USERS, { body: { ttl: '1h' } })
    expect((await call('PUT', USERS, { body: { ttl: '1h' } })).status).toBe(200)
    const answer = await call('PUT', USERS, { body: { ttl: '2h' } })
    expect(answer).toMatchObject({ status: 409, code: 'CACHE_NAMESPACE_CONFLICT' })
    expect((await call('GET', USERS)).json['ttl']).toBe('3600000ms')
  })

  it('with If-None-Match: * defines only what is not defined yet', async () => {
    const { call } = await apiStage()
    const headers = { 'if-none-match': '*' }
    expect((await call('PUT', USERS, { body: {}, headers })).status).toBe(201)
    const answer = await call('PUT', USERS, { body: {}, headers })
    expect(answer).toMatchObject({ status: 412, code: 'CACHE_PRECONDITION_FAILED' })
  })

  it.each([
    [{ ttl: '-1s' }, 'CACHE_TTL_INVALID'],
    [{ maxBytes: 'many' }, 'CACHE_SIZE_INVALID'],
    [{ maxEntries: 0 }, 'CACHE_REQUEST_INVALID'],
    [{ evictionPolicy: 'random' }, 'CACHE_REQUEST_INVALID'],
    [{ priorityWeights: { low: 0 } }, 'CACHE_REQUEST_INVALID'],
    [{ storage: 'disk' }, 'CACHE_REQUEST_INVALID'],
    [{ jitter: 1 }, 'CACHE_REQUEST_INVALID'],
    [{ staleIfError: 'x' }, 'CACHE_OPTION_INVALID'],
    [{ schema: {} }, 'CACHE_REQUEST_INVALID'],
  ])('%j is refused with 422 and %s, and nothing is defined', async (body, code) => {
    const { call, cache } = await apiStage()
    expect(await call('PUT', USERS, { body })).toMatchObject({ status: 422, code })
    expect(cache.hasNamespace('users')).toBe(false)
  })

  it('needs a body', async () => {
    const { call } = await apiStage()
    expect(await call('PUT', USERS)).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
  })
})

describe('PATCH of a cache', () => {
  it('changes what it names, at once, and leaves the rest', async () => {
    const { call } = await apiStage()
    await call('PUT', USERS, { body: { ttl: '1h', maxEntries: 5 } })
    for (const key of ['a', 'b', 'c'])
      await call('PUT', `/v1/caches/users/entries/${key}`, { body: 'x' })
    const answer = await call('PATCH', USERS, { body: { maxEntries: 1 } })
    expect(answer.json).toMatchObject({ ttl: '3600000ms', maxEntries: 1 })
    expect((await call('GET', `${USERS}/stats`)).json['entries']).toBe(1)
  })

  it('changes policy and weights of a cache that is in use, but never its storage', async () => {
    const { call } = await apiStage()
    await call('PUT', USERS, { body: { storage: 'buffer' } })
    await call('PUT', '/v1/caches/users/entries/a', { body: 'x' })
    const changes = { evictionPolicy: 'sieve', priorityWeights: { high: 8 } }
    const answer = await call('PATCH', USERS, { body: changes })
    expect(answer.json).toMatchObject({
      evictionPolicy: 'sieve',
      priorityWeights: { low: 1, medium: 2, high: 8 },
      storage: 'buffer',
    })
    expect(await call('PATCH', USERS, { body: { storage: 'reference' } })).toMatchObject({
      status: 422,
      code: 'CACHE_OPTION_INVALID',
    })
    expect(await call('GET', '/v1/caches/users/entries/a')).toMatchObject({
      status: 200,
      text: 'x',
    })
  })

  it('under If-Match changes only what is as the client knows it', async () => {
    const { call } = await apiStage()
    const first = String((await call('PUT', USERS, { body: { ttl: '1h' } })).headers['etag'])
    const change = (ttl: string, tag: string) =>
      call('PATCH', USERS, { body: { ttl }, headers: { 'if-match': tag } })
    const second = await change('2h', first)
    expect(second.status).toBe(200)
    expect(second.headers['etag']).not.toBe(first)
    expect(await change('3h', first)).toMatchObject({
      status: 412,
      code: 'CACHE_PRECONDITION_FAILED',
    })
    expect((await change('3h', String(second.headers['etag']))).status).toBe(200)
  })

  it('of an unknown cache defines none', async () => {
    const { call, cache } = await apiStage()
    const answer = await call('PATCH', USERS, { body: { ttl: '1h' } })
    expect(answer).toMatchObject({ status: 404, code: 'CACHE_NAMESPACE_UNKNOWN' })
    expect(cache.hasNamespace('users')).toBe(false)
  })

  it('with a wrong setting changes nothing', async () => {
    const { call } = await apiStage()
    await call('PUT', USERS, { body: { ttl: '1h', maxEntries: 5 } })
    expect((await call('PATCH', USERS, { body: { maxEntries: 9, ttl: 'x' } })).status).toBe(422)
    expect((await call('GET', USERS)).json).toMatchObject({ ttl: '3600000ms', maxEntries: 5 })
  })
})

describe('GET of caches', () => {
  it('lists and describes, and answers 304 to the tag of the description', async () => {
    const { call } = await apiStage()
    await call('PUT', USERS, { body: {} })
    const names = ((await call('GET', CACHES)).json['caches'] as { name: string }[]).map(
      ({ name }) => name,
    )
    expect(names).toContain('users')
    const { headers } = await call('GET', USERS)
    const again = await call('GET', USERS, {
      headers: { 'if-none-match': String(headers['etag']) },
    })
    expect(again).toMatchObject({ status: 304, text: '' })
    await call('PATCH', USERS, { body: { ttl: '9s' } })
    const changed = await call('GET', USERS, {
      headers: { 'if-none-match': String(headers['etag']) },
    })
    expect(changed.status).toBe(200)
  })
})

import { describe, expect, it } from 'vitest'
import { MapRepository } from '../../../fakes/map-repository.ts'
import { apiStage } from '../../api-stage.ts'

const CACHE = '/v1/caches/users'

describe('_mset', () => {
  it('stores each item, and refuses the wrong ones alone, each with the status of its own PUT', async () => {
    const { call } = await apiStage()
    const answer = await call('POST', `${CACHE}/_mset`, {
      body: {
        items: [
          { key: 'a', value: { n: 1 }, ttl: '1h', tags: ['t'] },
          { key: 'b*', value: 1 },
          { key: 'c' },
          { key: 'd', value: 1, ttl: '-5s' },
          { key: 'e', valueBase64: 'AP8=' },
          { key: '', value: 1 },
        ],
      },
    })
    expect(answer.status).toBe(200)
    expect(answer.json['items']).toMatchObject([
      { key: 'a', status: 204 },
      { key: 'b*', status: 422, code: 'CACHE_KEY_INVALID' },
      { key: 'c', status: 422, code: 'CACHE_REQUEST_INVALID' },
      { key: 'd', status: 422, code: 'CACHE_TTL_INVALID' },
      { key: 'e', status: 204 },
      { key: '', status: 422, code: 'CACHE_KEY_INVALID' },
    ])
    expect((await call('GET', `${CACHE}/entries/a`)).text).toBe('{"n":1}')
    expect((await call('GET', `${CACHE}/entries/e`)).bytes).toEqual(Buffer.from([0, 255]))
    expect((await call('GET', `${CACHE}/entries/d`)).status).toBe(404)
  })

  it('holds each value against the limit for one entry', async () => {
    const { call } = await apiStage({ dependencies: { limits: { maxBodyBytes: 4 } } })
    const answer = await call('POST', `${CACHE}/_mset`, {
      body: {
        items: [
          { key: 'a', value: 1234 },
          { key: 'b', value: 12345 },
        ],
      },
    })
    expect(answer.json['items']).toMatchObject([
      { key: 'a', status: 204 },
      { key: 'b', status: 413, code: 'CACHE_BODY_TOO_LARGE' },
    ])
  })

  it('with only wrong items creates no cache', async () => {
    const { call, cache } = await apiStage()
    await call('POST', `${CACHE}/_mset`, { body: { items: [{ key: '*', value: 1 }] } })
    expect(cache.hasNamespace('users')).toBe(false)
  })
})

describe('_mget', () => {
  it('answers each key in the order asked: found, not found, no key', async () => {
    const { call } = await apiStage()
    await call('PUT', `${CACHE}/entries/a`, {
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    })
    const { json, status } = await call('POST', `${CACHE}/_mget`, {
      body: { keys: ['b', 'a', '?', 'a'] },
    })
    expect(status).toBe(200)
    expect(json['items']).toMatchObject([
      { key: 'b', status: 404, code: 'CACHE_ENTRY_NOT_FOUND' },
      {
        key: 'a',
        status: 200,
        entry: { key: 'a', valueBase64: 'eA==', contentType: 'text/plain' },
      },
      { key: '?', status: 422, code: 'CACHE_KEY_INVALID' },
      { key: 'a', status: 200 },
    ])
  })

  it('answers a stale value only on request', async () => {
    const { call, time } = await apiStage()
    const headers = { 'cache-ttl': '1s', 'cache-stale-if-error': '1h' }
    await call('PUT', `${CACHE}/entries/a`, { body: 'x', headers })
    await time.advance(2000)
    const get = async (body: object) =>
      (await call('POST', `${CACHE}/_mget`, { body })).json['items']
    expect(await get({ keys: ['a'] })).toMatchObject([{ status: 404 }])
    expect(await get({ keys: ['a'], stale: 'ok' })).toMatchObject([
      { status: 200, entry: { state: 'stale', ttlMs: 0 } },
    ])
  })

  it('of an unknown cache finds nothing, and creates no cache', async () => {
    const { call, cache } = await apiStage()
    const { json } = await call('POST', `${CACHE}/_mget`, { body: { keys: ['a', '*'] } })
    expect(json['items']).toMatchObject([{ status: 404 }, { status: 422 }])
    expect(cache.hasNamespace('users')).toBe(false)
  })

  it('takes keys that a path could not carry', async () => {
    const { call, cache } = await apiStage()
    const key = 'k'.repeat(512)
    await cache.namespace('users').set(key, 1)
    const { json } = await call('POST', `${CACHE}/_mget`, { body: { keys: [key] } })
    expect(json['items']).toMatchObject([{ status: 200, entry: { value: 1 } }])
  })
})

describe('_mdelete', () => {
  it('removes each key, and says which were there', async () => {
    const { call } = await apiStage()
    await call('PUT', `${CACHE}/entries/a`, { body: 'x' })
    const { json } = await call('POST', `${CACHE}/_mdelete`, { body: { keys: ['a', 'b', '*'] } })
    expect(json['items']).toMatchObject([
      { key: 'a', status: 204, deleted: true },
      { key: 'b', status: 204, deleted: false },
      { key: '*', status: 422, code: 'CACHE_KEY_INVALID' },
    ])
    expect((await call('GET', `${CACHE}/entries/a`)).status).toBe(404)
  })

  it('of an unknown cache removes nothing', async () => {
    const { call, cache } = await apiStage()
    const { json } = await call('POST', `${CACHE}/_mdelete`, { body: { keys: ['a'] } })
    expect(json['items']).toEqual([{ key: 'a', status: 204, deleted: false }])
    expect(cache.hasNamespace('users')).toBe(false)
  })
})

describe('every batch', () => {
  it.each([
    ['_mget', 'keys', (key: string) => key],
    ['_mset', 'items', (key: string) => ({ key, value: 1 })],
    ['_mdelete', 'keys', (key: string) => key],
  ] as const)(
    '%s takes as many items as the limit, not one more, and not none',
    async (route, field, item) => {
      const { call } = await apiStage({ dependencies: { limits: { maxBatchItems: 3 } } })
      const send = (count: number) =>
        call('POST', `${CACHE}/${route}`, {
          body: { [field]: Array.from({ length: count }, (_, index) => item(`k${index}`)) },
        })
      expect((await send(3)).status).toBe(200)
      expect(await send(4)).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
      expect(await send(0)).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    },
  )

  it('works over a backend that is not in this process', async () => {
    const { call } = await apiStage({ cache: { repository: new MapRepository() } })
    await call('POST', `${CACHE}/_mset`, { body: { items: [{ key: 'a', value: 1 }] } })
    const { json } = await call('POST', `${CACHE}/_mget`, { body: { keys: ['a', 'b'] } })
    expect(json['items']).toMatchObject([{ status: 200, entry: { value: 1 } }, { status: 404 }])
  })
})

import { describe, expect, it } from 'vitest'
import { ENVELOPE_TYPE } from '../../../../src/api/models/requests/get-cache-request.ts'
import { MapRepository } from '../../../fakes/map-repository.ts'
import { apiStage } from '../../api-stage.ts'

const PATH = '/v1/caches/users/entries'

describe('GET of an entry', () => {
  it('answers the bytes that were stored, with their content type', async () => {
    const { call } = await apiStage()
    const bytes = Buffer.from([0, 255, 195, 40, 10])
    await call('PUT', `${PATH}/a`, {
      body: bytes,
      headers: { 'content-type': 'image/x-test; a=b' },
    })
    const answer = await call('GET', `${PATH}/a`)
    expect(answer.status).toBe(200)
    expect(answer.bytes).toEqual(bytes)
    expect(answer.headers['content-type']).toBe('image/x-test; a=b')
    expect(answer.headers['content-length']).toBe('5')
  })

  it('adds no charset to a JSON content type that was stored without one', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/a`, {
      body: '{"b": 1}',
      headers: { 'content-type': 'application/json' },
    })
    const answer = await call('GET', `${PATH}/a`)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.text).toBe('{"b": 1}')
  })

  it('answers an empty body that was stored without a content type as bytes', async () => {
    const { call } = await apiStage()
    expect((await call('PUT', `${PATH}/a`)).status).toBe(201)
    const answer = await call('GET', `${PATH}/a`)
    expect(answer.status).toBe(200)
    expect(answer.text).toBe('')
    expect(answer.headers['content-type']).toBe('application/octet-stream')
  })

  it('says how old the entry is, how long it lives, and what its tags are', async () => {
    const { call, time } = await apiStage()
    const headers = { 'cache-ttl': '60s', 'cache-tags': 'org:7, a%2Cb' }
    await call('PUT', `${PATH}/a`, {
      body: 'x',
      headers: { 'content-type': 'text/plain', ...headers },
    })
    await time.advance(12_500)
    const answer = await call('GET', `${PATH}/a`)
    expect(answer.headers).toMatchObject({
      age: '12',
      'cache-ttl': '47s',
      'cache-status': 'platform-cache; hit; ttl=47',
      'cache-tags': 'org:7, a%2Cb',
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'cache-control': 'private, no-cache',
      'content-security-policy': 'sandbox',
      vary: 'accept',
    })
  })

  it('calls a life without end "never", and gives it no TTL in Cache-Status', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/a`, {
      body: 'x',
      headers: { 'content-type': 'text/plain', 'cache-ttl': 'never' },
    })
    const { headers } = await call('GET', `${PATH}/a`)
    expect(headers['cache-ttl']).toBe('never')
    expect(headers['cache-status']).toBe('platform-cache; hit')
    expect(headers).not.toHaveProperty('cache-tags')
  })

  it('answers a key that is not held with 404 and a miss in Cache-Status', async () => {
    const { call, cache } = await apiStage()
    cache.namespace('users')
    const answer = await call('GET', `${PATH}/a`)
    expect(answer).toMatchObject({ status: 404, code: 'CACHE_ENTRY_NOT_FOUND' })
    expect(answer.headers['cache-status']).toBe('platform-cache; fwd=uri-miss')
  })

  it('of an unknown cache is a miss, and does not create the cache', async () => {
    const { call, cache } = await apiStage()
    expect(await call('GET', `${PATH}/a`)).toMatchObject({
      status: 404,
      code: 'CACHE_ENTRY_NOT_FOUND',
    })
    expect(cache.hasNamespace('users')).toBe(false)
  })

  it('of an unknown cache still refuses what is no key', async () => {
    const { call } = await apiStage()
    expect(await call('GET', `${PATH}/%00`)).toMatchObject({
      status: 422,
      code: 'CACHE_KEY_INVALID',
    })
  })

  it('counts as a use: the entry that was read stays when space runs out', async () => {
    const { call } = await apiStage({ cache: { defaults: { maxEntries: 2 } } })
    for (const key of ['a', 'b']) await call('PUT', `${PATH}/${key}`, { body: 'x' })
    await call('GET', `${PATH}/a`)
    await call('PUT', `${PATH}/c`, { body: 'x' })
    expect((await call('GET', `${PATH}/a`)).status).toBe(200)
    expect((await call('GET', `${PATH}/b`)).status).toBe(404)
  })

  it('reads through to a backend that is not in this process', async () => {
    const { call } = await apiStage({ cache: { repository: new MapRepository() } })
    await call('PUT', `${PATH}/a`, { body: 'x', headers: { 'content-type': 'text/plain' } })
    expect(await call('GET', `${PATH}/a`)).toMatchObject({ status: 200, text: 'x' })
    expect((await call('GET', `${PATH}/b`)).status).toBe(404)
  })

  it.each([
    ['text', 'hello', '"hello"'],
    ['null', null, 'null'],
    ['an object', { a: [1] }, '{"a":[1]}'],
  ])('answers a value that the library stored, %s, as JSON', async (_name, value, text) => {
    const { call, cache } = await apiStage()
    await cache.namespace('users').set('a', value)
    const answer = await call('GET', `${PATH}/a`)
    expect(answer).toMatchObject({ status: 200, text })
    expect(answer.headers['content-type']).toBe('application/json')
  })

  it('answers bytes that the library stored as bytes', async () => {
    const { call, cache } = await apiStage()
    await cache.namespace('users').set('a', new Uint8Array([1, 2]))
    const answer = await call('GET', `${PATH}/a`)
    expect(answer.bytes).toEqual(Buffer.from([1, 2]))
    expect(answer.headers['content-type']).toBe('application/octet-stream')
  })

  it('refuses a value of the library that has no JSON, and goes on serving', async () => {
    const { call, cache } = await apiStage()
    await cache.namespace('users').set('a', () => 1)
    expect(await call('GET', `${PATH}/a`)).toMatchObject({
      status: 422,
      code: 'CACHE_VALUE_INVALID',
    })
    expect((await call('GET', `${PATH}/b`)).status).toBe(404)
  })

  it('takes a remembered absence for a miss', async () => {
    const { call, cache } = await apiStage()
    const users = cache.namespace('users', { negativeTtl: '1m' })
    await users.getOrSet('a', () => undefined)
    expect((await call('GET', `${PATH}/a`)).status).toBe(404)
  })
})

describe('GET of a stale entry', () => {
  async function staleStage() {
    const stage = await apiStage()
    await stage.call('PUT', `${PATH}/a`, {
      body: 'x',
      headers: { 'content-type': 'text/plain', 'cache-ttl': '10s', 'cache-stale-if-error': '1h' },
    })
    await stage.time.advance(12_000)
    return stage
  }

  it('is a miss that says why', async () => {
    const { call } = await staleStage()
    const answer = await call('GET', `${PATH}/a`)
    expect(answer).toMatchObject({ status: 404, code: 'CACHE_ENTRY_NOT_FOUND' })
    expect(answer.headers['cache-status']).toBe('platform-cache; fwd=stale')
  })

  it('with ?stale=ok answers the value, and says that it is stale', async () => {
    const { call } = await staleStage()
    const answer = await call('GET', `${PATH}/a?stale=ok`)
    expect(answer).toMatchObject({ status: 200, text: 'x' })
    expect(answer.headers['cache-status']).toBe('platform-cache; hit; ttl=-2; detail=stale')
    expect(answer.headers['cache-ttl']).toBe('0s')
    expect(answer.headers['warning']).toBeUndefined()
  })

  it('with ?stale=ok is a miss once its stale window is over', async () => {
    const { call, time } = await staleStage()
    await time.advance(3_600_000)
    expect((await call('GET', `${PATH}/a?stale=ok`)).status).toBe(404)
  })

  it('refuses any other word for stale', async () => {
    const { call } = await staleStage()
    const answer = await call('GET', `${PATH}/a?stale=yes`)
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
  })
})

describe('a conditional GET', () => {
  it('answers 304 without a body to the tag that the entry has', async () => {
    const { call } = await apiStage()
    const put = await call('PUT', `${PATH}/a`, {
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    })
    const etag = String(put.headers['etag'])
    const answer = await call('GET', `${PATH}/a`, { headers: { 'if-none-match': etag } })
    expect(answer.status).toBe(304)
    expect(answer.text).toBe('')
    expect(answer.headers['etag']).toBe(etag)
    expect(answer.headers['cache-status']).toMatch(/hit/)
  })

  it('answers 200 once the entry was replaced', async () => {
    const { call } = await apiStage()
    const put = await call('PUT', `${PATH}/a`, { body: 'x' })
    await call('PUT', `${PATH}/a`, { body: 'y' })
    const headers = { 'if-none-match': String(put.headers['etag']) }
    expect(await call('GET', `${PATH}/a`, { headers })).toMatchObject({ status: 200, text: 'y' })
  })

  it('gives the same bytes the same strong tag, and others another', async () => {
    const { call } = await apiStage()
    const tags = []
    for (const body of ['x', 'x', 'y'])
      tags.push((await call('PUT', `${PATH}/a`, { body })).headers['etag'])
    expect(tags[0]).toMatch(/^"[\w-]{43}"$/)
    expect(tags[1]).toBe(tags[0])
    expect(tags[2]).not.toBe(tags[0])
  })
})

describe('GET of the envelope', () => {
  const accept = { accept: ENVELOPE_TYPE }

  it('answers the value as JSON with its metadata', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/a`, {
      body: { value: { n: 1 }, ttl: '1h', tags: ['t'], dependsOn: ['d'], priority: 'high' },
      headers: { 'content-type': ENVELOPE_TYPE },
    })
    const answer = await call('GET', `${PATH}/a`, { headers: accept })
    expect(answer.headers['content-type']).toContain(ENVELOPE_TYPE)
    expect(answer.json).toMatchObject({
      key: 'a',
      state: 'fresh',
      value: { n: 1 },
      contentType: 'application/json',
      tags: ['t'],
      dependsOn: ['d'],
      priority: 'high',
      ageMs: 0,
      ttlMs: 3_600_000,
    })
  })

  it('answers other bytes as base64, and malformed JSON too', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/a`, { body: '{no', headers: { 'content-type': 'application/json' } })
    const { json } = await call('GET', `${PATH}/a`, { headers: accept })
    expect(json).not.toHaveProperty('value')
    expect(Buffer.from(String(json['valueBase64']), 'base64').toString()).toBe('{no')
  })

  it('says that an entry never expires by null', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/a`, { body: 'x', headers: { 'cache-ttl': 'never' } })
    const { json } = await call('GET', `${PATH}/a`, { headers: accept })
    expect(json).toMatchObject({ ttlMs: null, expiresAtMs: null })
  })

  it('has a weak tag, the strong one in the body, and answers 304 to either', async () => {
    const { call } = await apiStage()
    const put = await call('PUT', `${PATH}/a`, { body: 'x' })
    const strong = String(put.headers['etag'])
    const answer = await call('GET', `${PATH}/a`, { headers: accept })
    expect(answer.headers['etag']).toBe(`W/${strong}`)
    expect(answer.json['etag']).toBe(strong)
    for (const tag of [strong, `W/${strong}`]) {
      const again = await call('GET', `${PATH}/a`, { headers: { ...accept, 'if-none-match': tag } })
      expect(again.status).toBe(304)
    }
  })
})

describe('HEAD of an entry', () => {
  it('answers what GET does, without the body', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/a`, { body: 'hello', headers: { 'content-type': 'text/plain' } })
    const { headers, status } = await call('HEAD', `${PATH}/a`)
    const get = await call('GET', `${PATH}/a`)
    expect(status).toBe(200)
    expect(headers).toEqual({ ...get.headers, date: headers['date'] })
  })

  it('answers 404 for a miss', async () => {
    const { call } = await apiStage()
    expect((await call('HEAD', `${PATH}/a`)).status).toBe(404)
  })
})

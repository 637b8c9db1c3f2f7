import { describe, expect, it } from 'vitest'
import { ENVELOPE_TYPE } from '../../../../src/api/models/requests/get-cache-request.ts'
import { MapRepository } from '../../../fakes/map-repository.ts'
import { UnreliableRepository } from '../../../fakes/unreliable-repository.ts'
import { apiStage } from '../../api-stage.ts'

const PATH = '/v1/caches/users/entries'
const envelope = { 'content-type': ENVELOPE_TYPE }
const text = { 'content-type': 'text/plain' }

describe('PUT of an entry', () => {
  it('answers 201 when there was none, 204 when it replaces one, with the new tag', async () => {
    const { call } = await apiStage()
    const first = await call('PUT', `${PATH}/a`, { body: 'x' })
    const second = await call('PUT', `${PATH}/a`, { body: 'y' })
    expect([first.status, second.status]).toEqual([201, 204])
    expect(second.headers['etag']).not.toBe(first.headers['etag'])
    expect(second.headers['cache-status']).toBe('platform-cache; stored')
  })

  it('answers 201 again once the entry has expired', async () => {
    const { call, time } = await apiStage()
    await call('PUT', `${PATH}/a`, { body: 'x', headers: { 'cache-ttl': '1s' } })
    await time.advance(1000)
    expect((await call('PUT', `${PATH}/a`, { body: 'x' })).status).toBe(201)
  })

  it('creates the cache with the first write', async () => {
    const { call, cache } = await apiStage()
    expect(cache.hasNamespace('users')).toBe(false)
    await call('PUT', `${PATH}/a`, { body: 'x' })
    expect(cache.hasNamespace('users')).toBe(true)
  })

  it('does not create a cache for a request that is refused', async () => {
    const { call, cache } = await apiStage()
    await call('PUT', `${PATH}/a`, { body: '{', headers: envelope })
    await call('PUT', `${PATH}/%20`, { body: 'x' })
    expect(cache.hasNamespace('users')).toBe(false)
  })

  it('takes TTL, tags, dependencies, priority and stale windows from headers', async () => {
    const { call, cache } = await apiStage()
    const headers = {
      'cache-ttl': '90s',
      'cache-tags': 'one,, two%2Cthree ,',
      'cache-depends-on': 'team:9',
      'cache-priority': 'critical',
      'cache-stale-while-revalidate': '1m',
      'cache-stale-if-error': '2m',
    }
    await call('PUT', `${PATH}/a`, { body: 'x', headers })
    expect(await cache.namespace('users').lookup('a')).toMatchObject({
      ttlMs: 90_000,
      staleMs: 210_000,
      tags: ['one', 'two,three'],
      dependsOn: ['team:9'],
      priority: 'critical',
    })
  })

  it('takes the same from the fields of the envelope', async () => {
    const { call, cache } = await apiStage()
    const body = JSON.stringify({
      value: null,
      ttl: 90_000,
      tags: ['one'],
      dependsOn: ['team:9'],
      priority: 'low',
      staleWhileRevalidate: 60_000,
      staleIfError: '2m',
    })
    expect((await call('PUT', `${PATH}/a`, { body, headers: envelope })).status).toBe(201)
    expect(await cache.namespace('users').lookup('a')).toMatchObject({
      ttlMs: 90_000,
      staleMs: 210_000,
      tags: ['one'],
      dependsOn: ['team:9'],
      priority: 'low',
    })
    expect((await call('GET', `${PATH}/a`)).text).toBe('null')
  })

  it('takes headers beside an envelope for what its fields do not say', async () => {
    const { call, cache } = await apiStage()
    const headers = { ...envelope, 'cache-tags': 't' }
    await call('PUT', `${PATH}/a`, { body: '{"value":1,"ttl":"9s"}', headers })
    const lookup = await cache.namespace('users').lookup('a')
    expect(lookup).toMatchObject({ ttlMs: 9000, tags: ['t'] })
  })

  it('refuses an option that is said twice, as a field and as a header', async () => {
    const { call } = await apiStage()
    const headers = { ...envelope, 'cache-ttl': '5s' }
    const answer = await call('PUT', `${PATH}/a`, { body: '{"value":1,"ttl":"9s"}', headers })
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    expect(answer.json['errors']).toEqual([
      { field: '/ttl', message: 'expected ttl as a field or as a header, got both' },
    ])
  })

  it('stores bytes of an envelope under the content type it names', async () => {
    const { call } = await apiStage()
    const body = JSON.stringify({ valueBase64: 'AP8=', contentType: 'image/png' })
    await call('PUT', `${PATH}/a`, { body, headers: envelope })
    const answer = await call('GET', `${PATH}/a`)
    expect(answer.bytes).toEqual(Buffer.from([0, 255]))
    expect(answer.headers['content-type']).toBe('image/png')
  })

  it('with a TTL of 0 stores nothing, removes what was there, and says so', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/a`, { body: 'x' })
    const answer = await call('PUT', `${PATH}/a`, { body: 'y', headers: { 'cache-ttl': '0' } })
    expect(answer.status).toBe(204)
    expect(answer.headers['cache-status']).toBe('platform-cache; stored=?0')
    expect((await call('GET', `${PATH}/a`)).status).toBe(404)
  })

  it('keeps __proto__ inside a value as data, and pollutes nothing', async () => {
    const { call } = await apiStage()
    const body =
      '{"value":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}'
    expect((await call('PUT', `${PATH}/a`, { body, headers: envelope })).status).toBe(201)
    expect((await call('GET', `${PATH}/a`)).text).toBe(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    )
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('keeps a key with every kind of character apart from others', async () => {
    const { call } = await apiStage()
    const keys = [
      'https://x.y/z#f&g=h',
      'a/b',
      'a%2Fb',
      'jürgen@example.org',
      '名前',
      "it's; a 'key'",
    ]
    for (const key of keys) {
      const url = `${PATH}/${encodeURIComponent(key)}`
      expect((await call('PUT', url, { body: key, headers: text })).status).toBe(201)
    }
    for (const key of keys) {
      expect((await call('GET', `${PATH}/${encodeURIComponent(key)}`)).text).toBe(key)
    }
  })

  it('answers 507, and not a success, when there was no room for the value', async () => {
    const { call } = await apiStage({ cache: { defaults: { maxEntries: 1 } } })
    await call('PUT', `${PATH}/a`, { body: 'x', headers: { 'cache-priority': 'critical' } })
    const answer = await call('PUT', `${PATH}/b`, { body: 'x' })
    expect(answer).toMatchObject({ status: 507, code: 'CACHE_CAPACITY_EXCEEDED' })
    expect((await call('GET', `${PATH}/b`)).status).toBe(404)
    expect((await call('GET', `${PATH}/a`)).status).toBe(200)
  })

  it('answers 503 when the backend did not store it', async () => {
    const repository = new UnreliableRepository()
    repository.behave = () => 'reject'
    const { call } = await apiStage({ cache: { repository } })
    const answer = await call('PUT', `${PATH}/a`, { body: 'x' })
    expect(answer).toMatchObject({ status: 503, code: 'CACHE_REPOSITORY_UNAVAILABLE' })
  })
})

describe('PUT under a condition', () => {
  it('with If-None-Match: * stores only where there is nothing', async () => {
    const { call } = await apiStage()
    const headers = { 'if-none-match': '*' }
    expect((await call('PUT', `${PATH}/a`, { body: 'x', headers })).status).toBe(201)
    const answer = await call('PUT', `${PATH}/a`, { body: 'y', headers })
    expect(answer).toMatchObject({ status: 412, code: 'CACHE_PRECONDITION_FAILED' })
    expect((await call('GET', `${PATH}/a`)).text).toBe('x')
  })

  it('with If-Match stores only over the value that has the tag', async () => {
    const { call } = await apiStage()
    const old = String((await call('PUT', `${PATH}/a`, { body: 'x' })).headers['etag'])
    const put = (body: string, tag: string) =>
      call('PUT', `${PATH}/a`, { body, headers: { 'if-match': tag } })
    const second = await put('y', old)
    expect(second.status).toBe(204)
    const third = await put('z', old)
    expect(third).toMatchObject({ status: 412, code: 'CACHE_PRECONDITION_FAILED' })
    expect(third.headers['etag']).toBe(second.headers['etag'])
    expect((await put('z', `"no", ${String(second.headers['etag'])}`)).status).toBe(204)
    expect((await call('GET', `${PATH}/a`)).text).toBe('z')
  })

  it('with If-Match: * stores only over something', async () => {
    const { call } = await apiStage()
    const headers = { 'if-match': '*' }
    expect((await call('PUT', `${PATH}/a`, { body: 'x', headers })).status).toBe(412)
    await call('PUT', `${PATH}/a`, { body: 'x' })
    expect((await call('PUT', `${PATH}/a`, { body: 'y', headers })).status).toBe(204)
  })

  it('takes a stale value for nothing', async () => {
    const { call, time } = await apiStage()
    const put = await call('PUT', `${PATH}/a`, {
      body: 'x',
      headers: { 'cache-ttl': '1s', 'cache-stale-if-error': '1h' },
    })
    await time.advance(2000)
    const ifMatch = { 'if-match': String(put.headers['etag']) }
    expect((await call('PUT', `${PATH}/a`, { body: 'y', headers: ifMatch })).status).toBe(412)
    const ifNone = { 'if-none-match': '*' }
    expect((await call('PUT', `${PATH}/a`, { body: 'y', headers: ifNone })).status).toBe(201)
  })

  it('lets exactly one of many writers through that ask at the same moment', async () => {
    const { call } = await apiStage()
    const headers = { 'if-none-match': '*' }
    const bodies = Array.from({ length: 20 }, (_, index) => `writer ${index}`)
    const answers = await Promise.all(
      bodies.map((body) => call('PUT', `${PATH}/a`, { body, headers })),
    )
    const won = answers.flatMap(({ status }, index) => (status === 201 ? [bodies[index]] : []))
    expect(won).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19)
    expect((await call('GET', `${PATH}/a`)).text).toBe(won[0])
  })

  it('loses no update when many writers compare and set at the same moment', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/n`, { body: '0', headers: text })
    const increment = async (): Promise<void> => {
      for (;;) {
        const { text: held, headers } = await call('GET', `${PATH}/n`)
        const answer = await call('PUT', `${PATH}/n`, {
          body: String(Number(held) + 1),
          headers: { ...text, 'if-match': String(headers['etag']) },
        })
        if (answer.status === 204) return
      }
    }
    await Promise.all(Array.from({ length: 8 }, increment))
    expect((await call('GET', `${PATH}/n`)).text).toBe('8')
  })

  it('holds over a backend that is not in this process', async () => {
    const { call } = await apiStage({ cache: { repository: new MapRepository() } })
    const headers = { 'if-none-match': '*' }
    expect((await call('PUT', `${PATH}/a`, { body: 'x', headers })).status).toBe(201)
    expect((await call('PUT', `${PATH}/a`, { body: 'y', headers })).status).toBe(412)
  })
})

describe('PUT under a lease', () => {
  it('stores while the lease holds, and answers 409 after', async () => {
    const { call } = await apiStage()
    const lease = await call('POST', `${PATH}/a/_lease`)
    const headers = { 'cache-lease': String(lease.json['token']) }
    expect((await call('PUT', `${PATH}/a`, { body: 'x', headers })).status).toBe(201)
    const answer = await call('PUT', `${PATH}/a`, { body: 'y', headers })
    expect(answer).toMatchObject({ status: 409, code: 'CACHE_LEASE_LOST' })
    expect((await call('GET', `${PATH}/a`)).text).toBe('x')
  })

  it('stores nothing that was computed before an invalidation', async () => {
    const { call } = await apiStage()
    const lease = await call('POST', `${PATH}/a/_lease`)
    await call('POST', '/v1/caches/users/_invalidate', { body: { key: 'a' } })
    const headers = { 'cache-lease': String(lease.json['token']) }
    const answer = await call('PUT', `${PATH}/a`, { body: 'old', headers })
    expect(answer).toMatchObject({ status: 409, code: 'CACHE_LEASE_LOST' })
    expect((await call('GET', `${PATH}/a`)).status).toBe(404)
  })
})

import { describe, expect, it } from 'vitest'
import { ENVELOPE_TYPE } from '../../../../src/api/models/requests/get-cache-request.ts'
import { apiStage } from '../../api-stage.ts'

const CACHE = '/v1/caches/users'
const ENTRY = `${CACHE}/entries/a`

describe('bad input', () => {
  const put = { body: 'x' }

  it.each([
    ['empty', '', 422, 'CACHE_KEY_INVALID'],
    ['of 513 bytes', 'k'.repeat(513), 422, 'CACHE_KEY_INVALID'],
    [
      'of 513 bytes in fewer characters',
      encodeURIComponent('ü'.repeat(257)),
      422,
      'CACHE_KEY_INVALID',
    ],
    ['with a NUL', 'a%00', 422, 'CACHE_KEY_INVALID'],
    ['with a line feed', 'a%0Ab', 422, 'CACHE_KEY_INVALID'],
    ['with DEL', 'a%7Fb', 422, 'CACHE_KEY_INVALID'],
    ['with a space at its end', 'a%20', 422, 'CACHE_KEY_INVALID'],
    ['with a wildcard', 'a*', 422, 'CACHE_KEY_INVALID'],
    ['with an encoded question mark', 'a%3F', 422, 'CACHE_KEY_INVALID'],
    ['of 17 segments', Array.from({ length: 17 }, () => 's').join(':'), 422, 'CACHE_KEY_INVALID'],
    ['with half a percent escape', 'a%', 400, 'CACHE_URL_MALFORMED'],
    ['with a percent escape of no digits', 'a%zz', 400, 'CACHE_URL_MALFORMED'],
    ['with a lone surrogate', 'a%ED%A0%80', 400, 'CACHE_URL_MALFORMED'],
    ['that is not UTF-8', 'a%FF', 400, 'CACHE_URL_MALFORMED'],
    ['of more than the server routes', 'k'.repeat(9000), 414, 'CACHE_PATH_TOO_LONG'],
  ])('a key %s is refused by every method', async (_name, key, status, code) => {
    const { call } = await apiStage()
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const answer = await call(method, `${CACHE}/entries/${key}`, method === 'PUT' ? put : {})
      expect(answer).toMatchObject({ status, code })
    }
    expect((await call('PUT', ENTRY, put)).status).toBe(201)
  })

  it.each([
    ['of 512 bytes', 'k'.repeat(512)],
    ['of 16 segments', Array.from({ length: 16 }, () => 's').join(':')],
  ])('a key %s is taken', async (_name, key) => {
    const { call } = await apiStage()
    expect((await call('PUT', `${CACHE}/entries/${key}`, put)).status).toBe(201)
    expect((await call('GET', `${CACHE}/entries/${key}`)).text).toBe('x')
  })

  it('a lone surrogate in the JSON of a batch is refused for its item', async () => {
    const { call } = await apiStage()
    const { json } = await call('POST', `${CACHE}/_mget`, {
      body: '{"keys":["\\ud800"]}',
      headers: { 'content-type': 'application/json' },
    })
    expect(json['items']).toMatchObject([{ status: 422, code: 'CACHE_KEY_INVALID' }])
  })

  it.each([
    '-5s',
    '-1',
    'NaN',
    'Infinity',
    '60',
    '1.0005s',
    '1e3ms',
    'five minutes',
    '',
    '2020-01-01T00:00:00Z',
    '2030-01-01T00:00:00',
    '101000d',
    '5m, 6m',
  ])('Cache-TTL: %s is refused', async (ttl) => {
    const { call } = await apiStage()
    const answer = await call('PUT', ENTRY, { ...put, headers: { 'cache-ttl': ttl } })
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_TTL_INVALID' })
    expect((await call('GET', ENTRY)).status).toBe(404)
  })

  it.each([
    ['500ms', 500],
    ['1.5s', 1500],
    ['2026-01-01T01:00:00+01:00', undefined],
    ['2026-01-01T00:00:10Z', 10_000],
  ])('Cache-TTL: %s lives %s ms', async (ttl, livesMs) => {
    const { call, time } = await apiStage()
    const answer = await call('PUT', ENTRY, { ...put, headers: { 'cache-ttl': ttl } })
    if (livesMs === undefined) {
      expect(answer).toMatchObject({ status: 422, code: 'CACHE_TTL_INVALID' })
      return
    }
    await time.advance(livesMs - 1)
    expect((await call('GET', ENTRY)).status).toBe(200)
    await time.advance(1)
    expect((await call('GET', ENTRY)).status).toBe(404)
  })

  it.each([
    [{ value: 1, ttl: -1 }, 'CACHE_TTL_INVALID'],
    [{ value: 1, ttl: 0.5 }, 'CACHE_TTL_INVALID'],
    [{ value: 1, ttl: true }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, ttl: null }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, ttl: '60' }, 'CACHE_TTL_INVALID'],
    [{ value: 1, tags: 'a' }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, tags: [1] }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, tags: [''] }, 'CACHE_TAG_INVALID'],
    [{ value: 1, tags: Array.from({ length: 65 }, (_, n) => `t${n}`) }, 'CACHE_TAG_INVALID'],
    [{ value: 1, dependsOn: ['x'.repeat(129)] }, 'CACHE_TAG_INVALID'],
    [{ value: 1, priority: 'urgent' }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, staleIfError: -1 }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, staleIfError: '1x' }, 'CACHE_OPTION_INVALID'],
    [{ value: 1, expires: '5m' }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, valueBase64: 'AA==' }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, contentType: 'text/plain' }, 'CACHE_REQUEST_INVALID'],
    [{ value: 1, contentType: 'application/json\r\nx: y' }, 'CACHE_REQUEST_INVALID'],
    [{ valueBase64: 'AA=' }, 'CACHE_REQUEST_INVALID'],
    [{ valueBase64: '***' }, 'CACHE_REQUEST_INVALID'],
    [{}, 'CACHE_REQUEST_INVALID'],
    [[], 'CACHE_REQUEST_INVALID'],
    ['text', 'CACHE_REQUEST_INVALID'],
  ])('the envelope %j is refused', async (envelope, code) => {
    const { call } = await apiStage()
    const answer = await call('PUT', ENTRY, {
      body: JSON.stringify(envelope),
      headers: { 'content-type': ENVELOPE_TYPE },
    })
    expect(answer).toMatchObject({ status: 422, code })
    expect((await call('GET', ENTRY)).status).toBe(404)
  })

  it('an unknown field is named', async () => {
    const { call } = await apiStage()
    const answer = await call('PUT', ENTRY, {
      body: '{"value":1,"ttl":"5m","tag":"x","__proto__":{"a":1}}',
      headers: { 'content-type': ENVELOPE_TYPE },
    })
    expect(answer.json['errors']).toEqual([
      { field: '/tag', message: 'there is no such field' },
      { field: '/__proto__', message: 'there is no such field' },
    ])
  })

  it.each([
    ['cache-tags', 'a%ZZ', 'CACHE_TAG_INVALID'],
    ['cache-tags', 'x'.repeat(129), 'CACHE_TAG_INVALID'],
    ['cache-depends-on', '%00', 'CACHE_TAG_INVALID'],
    ['cache-priority', 'urgent', 'CACHE_OPTION_INVALID'],
    ['cache-stale-if-error', '60', 'CACHE_OPTION_INVALID'],
    ['cache-stale-while-revalidate', '-1s', 'CACHE_OPTION_INVALID'],
  ])('%s: %s is refused', async (name, value, code) => {
    const { call } = await apiStage()
    const answer = await call('PUT', ENTRY, { ...put, headers: { [name]: value } })
    expect(answer).toMatchObject({ status: 422, code })
  })

  it('a body of the limit is taken, of one byte more refused', async () => {
    const { call } = await apiStage({ dependencies: { limits: { maxBodyBytes: 1000 } } })
    expect((await call('PUT', ENTRY, { body: 'x'.repeat(1000) })).status).toBe(201)
    const answer = await call('PUT', ENTRY, { body: 'x'.repeat(1001) })
    expect(answer).toMatchObject({ status: 413, code: 'CACHE_BODY_TOO_LARGE' })
    expect((await call('GET', ENTRY)).text).toHaveLength(1000)
  })

  it('the body of a command and of a batch have limits of their own', async () => {
    const limits = { maxCommandBytes: 200, maxBatchBytes: 300 }
    const { call } = await apiStage({ dependencies: { limits } })
    const keys = ['k'.repeat(220)]
    expect((await call('POST', `${CACHE}/_mget`, { body: { keys } })).code).toBe(
      'CACHE_BODY_TOO_LARGE',
    )
    const items = [{ key: 'a', value: 'x'.repeat(220) }]
    expect((await call('POST', `${CACHE}/_mset`, { body: { items } })).status).toBe(200)
    const more = [{ key: 'a', value: 'x'.repeat(320) }]
    expect((await call('POST', `${CACHE}/_mset`, { body: { items: more } })).status).toBe(413)
  })

  it.each([
    ['{"keys":', 400, 'CACHE_BODY_MALFORMED'],
    ['', 422, 'CACHE_REQUEST_INVALID'],
    ['{"keys":["a"]} x', 400, 'CACHE_BODY_MALFORMED'],
    ['null', 422, 'CACHE_REQUEST_INVALID'],
    ['"keys"', 422, 'CACHE_REQUEST_INVALID'],
    ['{"keys":["a"],"__proto__":{"x":1}}', 422, 'CACHE_REQUEST_INVALID'],
    ['{"keys":[1]}', 422, 'CACHE_REQUEST_INVALID'],
    ['{"keys":"a"}', 422, 'CACHE_REQUEST_INVALID'],
    ['{}', 422, 'CACHE_REQUEST_INVALID'],
  ])('the JSON body %s is answered with %s', async (body, status, code) => {
    const { call } = await apiStage()
    const headers = { 'content-type': 'application/json' }
    expect(await call('POST', `${CACHE}/_mget`, { body, headers })).toMatchObject({ status, code })
  })

  it('JSON that is not UTF-8 is refused', async () => {
    const { call } = await apiStage()
    const body = Buffer.from('{"keys":["\xff"]}', 'latin1')
    const headers = { 'content-type': 'application/json' }
    const answer = await call('POST', `${CACHE}/_mget`, { body, headers })
    expect(answer).toMatchObject({ status: 400, code: 'CACHE_BODY_MALFORMED' })
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/vnd.x+json',
    'nonsense',
    undefined,
  ])('a command with content type %s is refused with 415', async (type) => {
    const { call } = await apiStage()
    const headers = type === undefined ? {} : { 'content-type': type }
    const answer = await call('POST', `${CACHE}/_mget`, {
      body: Buffer.from('{"keys":["a"]}'),
      headers,
    })
    expect(answer).toMatchObject({ status: 415, code: 'CACHE_MEDIA_TYPE_UNSUPPORTED' })
  })

  it('a body with a content encoding is refused, since its readers would not know', async () => {
    const { call } = await apiStage()
    const headers = { 'content-encoding': 'gzip' }
    const answer = await call('PUT', ENTRY, { ...put, headers })
    expect(answer).toMatchObject({ status: 415, code: 'CACHE_MEDIA_TYPE_UNSUPPORTED' })
    const command = await call('POST', `${CACHE}/_mget`, { body: { keys: ['a'] }, headers })
    expect(command.status).toBe(415)
  })

  it('what is no name of a cache is refused by reads and writes', async () => {
    const { call } = await apiStage()
    for (const name of ['.hidden', '-x', 'a%2Fb', 'a'.repeat(65)]) {
      const url = `/v1/caches/${name}/entries/a`
      expect(await call('GET', url)).toMatchObject({ status: 422, code: 'CACHE_OPTION_INVALID' })
      expect(await call('PUT', url, put)).toMatchObject({
        status: 422,
        code: 'CACHE_OPTION_INVALID',
      })
    }
  })

  it('another method is answered with 405 and the methods that there are', async () => {
    const { call } = await apiStage()
    const cases = [
      ['POST', ENTRY, 'DELETE, GET, HEAD, PUT'],
      ['PATCH', ENTRY, 'DELETE, GET, HEAD, PUT'],
      ['GET', `${CACHE}/_mget`, 'POST'],
      ['DELETE', '/v1/caches', 'GET'],
    ] as const
    for (const [method, url, allow] of cases) {
      const answer = await call(method, url, { body: 'x' })
      expect(answer).toMatchObject({ status: 405, code: 'CACHE_METHOD_NOT_ALLOWED' })
      expect(answer.headers['allow']).toBe(allow)
    }
  })

  it('a failure of the cache itself is answered with its own status', async () => {
    const { call, cache } = await apiStage()
    await call('PUT', ENTRY, put)
    await cache.close()
    expect(await call('PUT', ENTRY, put)).toMatchObject({ status: 503, code: 'CACHE_CLOSED' })
  })
})

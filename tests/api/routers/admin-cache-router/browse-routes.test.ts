import { describe, expect, it } from 'vitest'
import { type ApiStage, apiStage, principalOf } from '../../api-stage.ts'

const CACHE = '/v1/admin/tenants/default/caches/users'

async function filledStage(limits: object = {}): Promise<ApiStage> {
  const stage = await apiStage({ dependencies: { limits } })
  const users = stage.cache.namespace('users')
  for (const key of ['user:1', 'user:1:profile', 'user:2', 'order:1', 'plain', 'user']) {
    await users.set(key, 'x')
  }
  return stage
}

describe('GET tree', () => {
  it('counts what lies below each first segment', async () => {
    const { call } = await filledStage()
    const { json } = await call('GET', `${CACHE}/tree`)
    expect(json).toMatchObject({ path: '', keys: 6, scanned: 6, isComplete: true, omittedNodes: 0 })
    expect(json['nodes']).toMatchObject([
      { segment: 'user', path: 'user:', keys: 4 },
      { segment: 'order', path: 'order:', keys: 1 },
      { segment: 'plain', path: null, keys: 1 },
    ])
  })

  it('goes down along the path of a node', async () => {
    const { call } = await filledStage()
    const { json } = await call('GET', `${CACHE}/tree?path=user:`)
    expect(json['nodes']).toMatchObject([
      { segment: '1', path: 'user:1:', keys: 2 },
      { segment: '2', path: null, keys: 1 },
    ])
  })

  it('adds the sizes of the entries up', async () => {
    const { call } = await filledStage()
    const { json } = await call('GET', `${CACHE}/tree`)
    const listed = (await call('GET', `${CACHE}/entries`)).json['keys'] as { sizeBytes: number }[]
    expect(json['bytes']).toBe(listed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  })

  it('looks at no more entries than the limit, and says that there is more', async () => {
    const { call } = await filledStage({ maxScannedEntries: 3 })
    expect((await call('GET', `${CACHE}/tree`)).json).toMatchObject({
      keys: 3,
      scanned: 3,
      isComplete: false,
    })
  })

  it('counts pages of many keys to the end', async () => {
    const { call, cache } = await apiStage()
    const users = cache.namespace('users')
    for (let n = 0; n < 2500; n += 1) await users.set(`n:${n}`, 1)
    expect((await call('GET', `${CACHE}/tree`)).json).toMatchObject({
      keys: 2500,
      isComplete: true,
    })
  })

  it.each(['user', 'user:*:', '?'])('refuses the path %s', async (path) => {
    const { call } = await filledStage()
    const answer = await call('GET', `${CACHE}/tree?path=${encodeURIComponent(path)}`)
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    expect(answer.json['errors']).toMatchObject([{ field: '?path' }])
  })
})

describe('GET entries', () => {
  it('lists keys with what is known of them, a page at a time, without values', async () => {
    const { call } = await filledStage()
    const { json, headers } = await call('GET', `${CACHE}/entries?match=user:**&limit=2`)
    expect(json['keys']).toHaveLength(2)
    expect(headers['link']).toContain('rel="next"')
    expect(JSON.stringify(json)).not.toContain('value')
  })
})

describe('GET of an entry', () => {
  it('masks the value and its tag, from which a short value could be guessed', async () => {
    const { call } = await apiStage()
    await call('PUT', '/v1/caches/users/entries/a', {
      body: 'secret',
      headers: { 'content-type': 'text/plain', 'cache-tags': 't' },
    })
    const { json, text } = await call('GET', `${CACHE}/entries/a`)
    expect(json).toMatchObject({
      key: 'a',
      isMasked: true,
      valueBytes: 6,
      tags: ['t'],
      contentType: 'text/plain',
    })
    for (const field of ['value', 'valueBase64', 'etag']) expect(json).not.toHaveProperty(field)
    expect(text).not.toContain(Buffer.from('secret').toString('base64'))
  })

  it('with ?reveal=1 answers the value, to whoever may see it', async () => {
    const { call } = await apiStage()
    await call('PUT', '/v1/caches/users/entries/a', {
      body: '{"n":1}',
      headers: { 'content-type': 'application/json' },
    })
    const { json } = await call('GET', `${CACHE}/entries/a?reveal=1`)
    expect(json).toMatchObject({ isMasked: false, value: { n: 1 } })
    expect((await call('GET', `${CACHE}/entries/a?reveal=0`)).json['isMasked']).toBe(true)
  })

  it('with ?reveal=1 refuses an operator without the scope for it', async () => {
    const { call, cache } = await apiStage({ principal: principalOf('admin:read') })
    await cache.namespace('users').set('a', 1)
    const answer = await call('GET', `${CACHE}/entries/a?reveal=1`)
    expect(answer).toMatchObject({ status: 403, code: 'CACHE_FORBIDDEN' })
    expect((await call('GET', `${CACHE}/entries/a`)).status).toBe(200)
  })

  it('shows a stale entry', async () => {
    const { call, cache, time } = await apiStage()
    await cache.namespace('users').set('a', 1, { ttl: '1s', staleIfError: '1h' })
    await time.advance(2000)
    expect((await call('GET', `${CACHE}/entries/a`)).json).toMatchObject({ state: 'stale' })
  })

  it('answers 404 for what is not held', async () => {
    const { call } = await filledStage()
    const answer = await call('GET', `${CACHE}/entries/none`)
    expect(answer).toMatchObject({ status: 404, code: 'CACHE_ENTRY_NOT_FOUND' })
    expect((await call('GET', `${CACHE}/entries/%00`)).code).toBe('CACHE_KEY_INVALID')
  })
})

describe('DELETE of an entry', () => {
  it('removes it', async () => {
    const { call, cache } = await filledStage()
    expect((await call('DELETE', `${CACHE}/entries/user:1`)).status).toBe(204)
    expect(await cache.namespace('users').has('user:1')).toBe(false)
  })
})

describe('GET _explain', () => {
  it('answers what the tenant would get', async () => {
    const { call } = await filledStage()
    const own = await call('GET', '/v1/caches/users/entries/user:1/_explain')
    expect((await call('GET', `${CACHE}/entries/user:1/_explain`)).json).toEqual(own.json)
  })
})

import { describe, expect, it } from 'vitest'
import { SCOPES, type Scope } from '../../../src/api/dependencies/cache-dependencies.ts'
import { apiStage, type Call, principalOf } from '../api-stage.ts'

const TENANT = '/v1/admin/tenants/default'
const CACHE = `${TENANT}/caches/users`

/** Every route of the router with the scope that it asks for. */
const ROUTES: [Parameters<Call>[0], string, Scope, unknown?][] = [
  ['GET', '/v1/admin/overview', 'admin:read'],
  ['GET', '/v1/admin/tenants', 'admin:read'],
  ['GET', TENANT, 'admin:read'],
  ['GET', `${TENANT}/invalidations`, 'admin:read'],
  ['GET', `${TENANT}/caches`, 'admin:read'],
  ['GET', CACHE, 'admin:read'],
  ['PUT', CACHE, 'admin:write', {}],
  ['PATCH', CACHE, 'admin:write', {}],
  ['GET', `${CACHE}/stats`, 'admin:read'],
  ['GET', `${CACHE}/tree`, 'admin:read'],
  ['GET', `${CACHE}/entries`, 'admin:read'],
  ['GET', `${CACHE}/entries/a`, 'admin:read'],
  ['DELETE', `${CACHE}/entries/a`, 'admin:write'],
  ['GET', `${CACHE}/entries/a/_explain`, 'admin:read'],
  ['POST', `${CACHE}/_invalidate`, 'admin:write', { key: 'a' }],
  ['POST', `${CACHE}/_flush`, 'admin:write'],
]

describe('who may use the admin router', () => {
  it.each(ROUTES)(
    '%s %s needs %s, and no other scope will do',
    async (method, url, scope, body) => {
      const others = principalOf(...SCOPES.filter((one) => one !== scope))
      const refused = await (await apiStage({ principal: others })).call(method, url, { body })
      expect(refused).toMatchObject({ status: 403, code: 'CACHE_FORBIDDEN' })
      expect(refused.json['detail']).toContain(scope)
      const only = await apiStage({ principal: principalOf(scope) })
      expect([401, 403]).not.toContain((await only.call(method, url, { body })).status)
    },
  )

  it('answers 401 to nobody', async () => {
    const { call } = await apiStage({ principal: undefined })
    for (const [method, url, , body] of ROUTES) {
      expect((await call(method, url, { body })).status).toBe(401)
    }
  })

  it('lets an operator in whose own tenant is none', async () => {
    const operator = { tenant: 'operators', keyId: 'k', scopes: SCOPES }
    const { call } = await apiStage({ principal: operator })
    expect((await call('GET', '/v1/admin/overview')).status).toBe(200)
    expect((await call('GET', TENANT)).status).toBe(200)
  })

  it('answers 404 for a tenant that is not configured', async () => {
    const { call } = await apiStage()
    for (const path of ['', '/caches', '/invalidations', '/caches/users/tree']) {
      const answer = await call('GET', `/v1/admin/tenants/nobody${path}`)
      expect(answer).toMatchObject({ status: 404, code: 'CACHE_TENANT_UNKNOWN' })
    }
  })

  it('answers 405 for a method that a path does not have', async () => {
    const { call } = await apiStage()
    const answer = await call('DELETE', CACHE)
    expect(answer).toMatchObject({ status: 405, code: 'CACHE_METHOD_NOT_ALLOWED' })
    expect(answer.headers['allow']).toBe('GET, PATCH, PUT')
  })
})

describe('the invalidations of an operator', () => {
  it('reach the tenant that the path names, and say who made them', async () => {
    const { call, cache } = await apiStage()
    const users = cache.namespace('users')
    await users.set('a', 1)
    await call('POST', `${CACHE}/_invalidate`, { body: { prefix: 'a', reason: 'wrong prices' } })
    expect(await users.has('a')).toBe(false)
    await users.set('a', 1)
    await call('POST', `${CACHE}/_flush`)
    expect(await users.has('a')).toBe(false)
    const { json } = await call('GET', `${TENANT}/invalidations`)
    expect(json['invalidations']).toMatchObject([
      {
        cache: 'users',
        scope: 'the whole namespace',
        origin: 'key k_1',
        reason: null,
        soft: false,
      },
      { cache: 'users', scope: 'prefix a', origin: 'key k_1', reason: 'wrong prices' },
    ])
  })
})

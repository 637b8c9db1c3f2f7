import { describe, expect, it } from 'vitest'
import {
  cacheDependencies,
  SCOPES,
  type Scope,
} from '../../../src/api/dependencies/cache-dependencies.ts'
import { tenantCacheRouter } from '../../../src/api/routers/tenant-cache-router.ts'
import { createCache } from '../../../src/module.ts'
import { apiStage, type Call, callerOf, openApp, principalOf } from '../api-stage.ts'

const CACHE = '/v1/caches/users'
const ENTRY = `${CACHE}/entries/a`

/** Every route of the router with the scope that it asks for. */
const ROUTES: [Parameters<Call>[0], string, Scope, unknown?][] = [
  ['GET', '/v1/caches', 'cache:read'],
  ['GET', CACHE, 'cache:read'],
  ['GET', `${CACHE}/stats`, 'usage:read'],
  ['GET', `${CACHE}/keys`, 'cache:scan'],
  ['GET', '/v1/usage', 'usage:read'],
  ['GET', ENTRY, 'cache:read'],
  ['HEAD', ENTRY, 'cache:read'],
  ['PUT', ENTRY, 'cache:write', 'x'],
  ['DELETE', ENTRY, 'cache:invalidate'],
  ['GET', `${ENTRY}/_explain`, 'cache:read'],
  ['POST', `${ENTRY}/_lease`, 'cache:write'],
  ['DELETE', `${ENTRY}/_lease`, 'cache:write'],
  ['POST', `${CACHE}/_mget`, 'cache:read', { keys: ['a'] }],
  ['POST', `${CACHE}/_mset`, 'cache:write', { items: [{ key: 'a', value: 1 }] }],
  ['POST', `${CACHE}/_mdelete`, 'cache:invalidate', { keys: ['a'] }],
  ['POST', `${CACHE}/_invalidate`, 'cache:invalidate', { key: 'a' }],
  ['POST', `${CACHE}/_flush`, 'cache:invalidate'],
]

describe('who may use the tenant router', () => {
  it.each(ROUTES)(
    '%s %s needs %s, and no other scope will do',
    async (method, url, scope, body) => {
      const others = await apiStage({
        principal: principalOf(...SCOPES.filter((one) => one !== scope)),
      })
      expect((await others.call(method, url, { body })).status).toBe(403)
      const only = await apiStage({ principal: principalOf(scope) })
      expect([401, 403]).not.toContain((await only.call(method, url, { body })).status)
    },
  )

  it.each(ROUTES)('%s %s answers 401 to nobody', async (method, url, _scope, body) => {
    const { call } = await apiStage({ principal: undefined })
    const answer = await call(method, url, { body })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    if (method !== 'HEAD') expect(answer.code).toBe('CACHE_UNAUTHENTICATED')
  })

  it('refuses before it reads the body', async () => {
    const { call } = await apiStage({
      principal: undefined,
      dependencies: { limits: { maxBodyBytes: 1 } },
    })
    expect((await call('PUT', ENTRY, { body: 'more than one byte' })).status).toBe(401)
  })

  it('waits for a credential that is looked up elsewhere', async () => {
    const { call } = await apiStage({
      dependencies: { authenticate: async () => principalOf('cache:read') },
    })
    expect((await call('GET', ENTRY)).status).toBe(404)
    expect((await call('PUT', ENTRY, { body: 'x' })).status).toBe(403)
  })

  it('answers 500 when the look-up of the credential fails, and lets nobody in', async () => {
    const failing = [
      () => {
        throw new Error('the key store is away')
      },
      () => Promise.reject(new Error('the key store is away')),
    ]
    for (const authenticate of failing) {
      const { call } = await apiStage({ dependencies: { authenticate } })
      const answer = await call('GET', ENTRY)
      expect(answer).toMatchObject({ status: 500, code: 'CACHE_INTERNAL' })
      expect(answer.text).not.toContain('key store')
    }
  })
})

describe('whose caches they are', () => {
  async function twoTenants(): Promise<{ call: Call }> {
    const caches = new Map([
      ['one', createCache()],
      ['two', createCache()],
    ])
    const dependencies = cacheDependencies({
      cacheFor: (tenant) => caches.get(tenant),
      tenants: () => [...caches.keys()].map((name) => ({ name, description: '' })),
      authenticate: ({ headers }) => ({
        tenant: String(headers.authorization),
        keyId: 'k',
        scopes: SCOPES,
      }),
    })
    const app = openApp()
    await app.register(tenantCacheRouter, { dependencies })
    return { call: callerOf(app) }
  }

  it('comes from the credential: two tenants never see the entries of each other', async () => {
    const { call } = await twoTenants()
    const as = (authorization: string) => ({ headers: { authorization } })
    await call('PUT', ENTRY, { body: 'of one', ...as('one') })
    expect((await call('GET', ENTRY, as('one'))).text).toBe('of one')
    expect((await call('GET', ENTRY, as('two'))).status).toBe(404)
    await call('POST', `${CACHE}/_flush`, as('two'))
    expect((await call('GET', ENTRY, as('one'))).status).toBe(200)
  })

  it('does not come from a header or a parameter', async () => {
    const { call } = await twoTenants()
    await call('PUT', ENTRY, { body: 'of one', headers: { authorization: 'one' } })
    const headers = { authorization: 'two', 'cache-tenant': 'one' }
    expect((await call('GET', ENTRY, { headers })).status).toBe(404)
    const answer = await call('GET', `${ENTRY}?tenant=one`, { headers })
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
  })

  it('is answered with 404 when the credential names a tenant that is gone', async () => {
    const { call } = await twoTenants()
    const answer = await call('GET', ENTRY, { headers: { authorization: 'three' } })
    expect(answer).toMatchObject({ status: 404, code: 'CACHE_TENANT_UNKNOWN' })
  })
})

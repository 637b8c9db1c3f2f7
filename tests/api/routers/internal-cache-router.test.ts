import { describe, expect, it } from 'vitest'
import {
  cacheDependencies,
  type ServiceReadiness,
} from '../../../src/api/dependencies/cache-dependencies.ts'
import { cacheMetrics } from '../../../src/api/dependencies/cache-metrics.ts'
import { cacheSource } from '../../../src/api/dependencies/cache-source.ts'
import { internalCacheRouter } from '../../../src/api/routers/internal-cache-router.ts'
import { createCache, type PlatformCache } from '../../../src/module.ts'
import { apiStage, type Call, callerOf, openApp } from '../api-stage.ts'

const ENTRY = '/v1/caches/users/entries/a'

/** The internal router over two tenants, where no credential is known. */
async function tenantStage(): Promise<{ call: Call; caches: Map<string, PlatformCache> }> {
  const caches = new Map([
    ['default', createCache()],
    ['two', createCache()],
  ])
  const dependencies = cacheDependencies({
    cacheFor: (tenant) => caches.get(tenant),
    tenants: () => [...caches.keys(), 'gone'].map((name) => ({ name, description: '' })),
    authenticate: () => undefined,
  })
  const app = openApp()
  await app.register(internalCacheRouter, { dependencies })
  return { call: callerOf(app), caches }
}

describe('health', () => {
  it.each(['/livez', '/readyz', '/startupz'])('%s passes, without details', async (path) => {
    const { callInternal } = await apiStage({ principal: undefined })
    const answer = await callInternal('GET', path)
    expect(answer).toMatchObject({ status: 200, json: { status: 'pass' } })
    expect(answer.headers['content-type']).toContain('application/health+json')
    expect(answer.json).not.toHaveProperty('checks')
  })

  it('answers HEAD, too, as some load balancers ask', async () => {
    const { callInternal } = await apiStage({ dependencies: { readiness: () => 'draining' } })
    const statuses = ['/livez', '/readyz', '/startupz'].map(
      async (path) => (await callInternal('HEAD', path)).status,
    )
    expect(await Promise.all(statuses)).toEqual([200, 503, 200])
  })

  it.each([
    ['starting', 200, 503, 503],
    ['ready', 200, 200, 200],
    ['draining', 200, 503, 200],
  ] as const)(
    'while %s answers livez %i, readyz %i, startupz %i',
    async (readiness, ...statuses) => {
      const { callInternal } = await apiStage({ dependencies: { readiness: () => readiness } })
      const answers = await Promise.all(
        ['/livez', '/readyz', '/startupz'].map((path) => callInternal('GET', path)),
      )
      expect(answers.map(({ status }) => status)).toEqual(statuses)
    },
  )

  it('says with ?verbose what is wrong, cache by cache', async () => {
    const { call, caches } = await tenantStage()
    await caches.get('two')?.close()
    const answer = await call('GET', '/readyz?verbose')
    expect(answer).toMatchObject({
      status: 503,
      json: {
        status: 'fail',
        checks: {
          service: { status: 'pass', detail: 'ready' },
          'cache:default': { status: 'pass' },
          'cache:two': { status: 'fail' },
        },
      },
    })
  })

  it('refuses another query', async () => {
    const { callInternal } = await apiStage()
    expect((await callInternal('GET', '/readyz?verbose=perhaps')).code).toBe(
      'CACHE_REQUEST_INVALID',
    )
    expect((await callInternal('GET', '/readyz?quiet')).code).toBe('CACHE_REQUEST_INVALID')
  })

  it('follows the service as it changes', async () => {
    let readiness: ServiceReadiness = 'starting'
    const { callInternal } = await apiStage({ dependencies: { readiness: () => readiness } })
    expect((await callInternal('GET', '/readyz')).status).toBe(503)
    readiness = 'ready'
    expect((await callInternal('GET', '/readyz')).status).toBe(200)
  })
})

describe('metrics', () => {
  it('count what the caches did and how long requests took, by route and never by key', async () => {
    const cache = createCache()
    const metrics = cacheMetrics(cacheSource(cache))
    const { callInternal } = await apiStage({
      dependencies: { cache, metrics },
    })
    await callInternal('PUT', ENTRY, { body: 'x' })
    await callInternal('GET', ENTRY)
    await callInternal('GET', '/v1/caches/users/entries/secret-key')
    const answer = await callInternal('GET', '/metrics')
    expect(answer.headers['content-type']).toContain('text/plain; version=0.0.4')
    expect(answer.text).toContain('cache_gets_total{tenant="default",cache="users",result="hit"} 1')
    expect(answer.text).toContain(
      'cache_gets_total{tenant="default",cache="users",result="miss"} 1',
    )
    expect(answer.text).toContain('cache_puts_total{tenant="default",cache="users"} 1')
    const route = 'route="/v1/caches/:cache/entries/:key"'
    expect(answer.text).toContain(
      `http_request_duration_seconds_count{${route},method="GET",status="404"} 1`,
    )
    expect(answer.text).not.toContain('secret-key')
    expect(answer.text).not.toContain('entries/a')
  })

  it('are answered with 404 when they are switched off', async () => {
    const { callInternal } = await apiStage()
    const answer = await callInternal('GET', '/metrics')
    expect(answer).toMatchObject({ status: 404, code: 'CACHE_ROUTE_UNKNOWN' })
  })
})

describe('entries for other services', () => {
  it('need no credential, and belong to the tenant default', async () => {
    const { call, caches } = await tenantStage()
    expect((await call('PUT', ENTRY, { body: 'x' })).status).toBe(201)
    expect(await caches.get('default')?.namespace('users').has('a')).toBe(true)
    expect((await call('GET', ENTRY)).text).toBe('x')
  })

  it.each([
    ['the header Cache-Tenant', ENTRY, { 'cache-tenant': 'two' }],
    ['the parameter tenant', `${ENTRY}?tenant=two`, {}],
    ['the parameter before the header', `${ENTRY}?tenant=two`, { 'cache-tenant': 'default' }],
  ])('belong to the tenant that %s names', async (_name, url, headers) => {
    const { call, caches } = await tenantStage()
    await call('PUT', url, { body: 'x', headers })
    expect(await caches.get('two')?.namespace('users').has('a')).toBe(true)
    expect(caches.get('default')?.hasNamespace('users')).toBe(false)
    expect((await call('GET', url, { headers })).status).toBe(200)
    expect((await call('GET', ENTRY)).status).toBe(404)
  })

  it('are refused for a tenant that is not there, and for two at once', async () => {
    const { call } = await tenantStage()
    expect((await call('GET', `${ENTRY}?tenant=no`)).code).toBe('CACHE_TENANT_UNKNOWN')
    expect((await call('GET', ENTRY, { headers: { 'cache-tenant': 'no' } })).code).toBe(
      'CACHE_TENANT_UNKNOWN',
    )
    const answer = await call('GET', `${ENTRY}?tenant=two&tenant=default`)
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
  })

  it('have batches, leases, invalidation, lists and explain', async () => {
    const { callInternal: call } = await apiStage({ principal: undefined })
    const cache = '/v1/caches/users'
    const lease = await call('POST', `${ENTRY}/_lease`)
    const headers = { 'cache-lease': String(lease.json['token']) }
    expect((await call('PUT', ENTRY, { body: 'x', headers })).status).toBe(201)
    expect((await call('POST', `${cache}/_mget`, { body: { keys: ['a'] } })).status).toBe(200)
    expect((await call('GET', `${cache}/keys`)).status).toBe(200)
    expect((await call('GET', `${ENTRY}/_explain`)).status).toBe(200)
    expect((await call('POST', `${cache}/_invalidate`, { body: { key: 'a' } })).status).toBe(200)
    expect((await call('GET', ENTRY)).status).toBe(404)
  })

  it('stand in the history as invalidated from inside', async () => {
    const { callInternal, cache } = await apiStage()
    await callInternal('POST', '/v1/caches/users/_flush')
    expect((await cache.invalidations(1))[0]?.mark.origin).toBe('key internal')
  })
})

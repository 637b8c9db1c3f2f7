import { describe, expect, it } from 'vitest'
import {
  cacheDependencies,
  TRUSTED_PRINCIPAL,
} from '../../../../src/api/dependencies/cache-dependencies.ts'
import { adminCacheRouter } from '../../../../src/api/routers/admin-cache-router.ts'
import { createCache, type PlatformCache } from '../../../../src/module.ts'
import { apiStage, type Call, callerOf, openApp } from '../../api-stage.ts'

async function tenantStage(): Promise<{ call: Call; one: PlatformCache; two: PlatformCache }> {
  const [one, two] = [createCache(), createCache()]
  const caches = new Map([
    ['one', one],
    ['two', two],
  ])
  const dependencies = cacheDependencies({
    cacheFor: (tenant) => caches.get(tenant),
    tenants: () => [
      { name: 'one', description: 'the first' },
      { name: 'two', description: '' },
      { name: 'gone', description: 'configured, but without a cache' },
    ],
    authenticate: () => TRUSTED_PRINCIPAL,
  })
  const app = openApp()
  await app.register(adminCacheRouter, { dependencies })
  return { call: callerOf(app), one, two }
}

describe('GET /v1/admin/overview', () => {
  it('adds all tenants up', async () => {
    const { call, one, two } = await tenantStage()
    await one.namespace('users').set('a', 1)
    await two.namespace('users').set('a', 1)
    await two.namespace('users').get('a')
    await two.namespace('users').get('b')
    const { json } = await call('GET', '/v1/admin/overview')
    expect(json).toMatchObject({
      status: 'pass',
      readiness: 'ready',
      total: { entries: 2, sets: 2, hits: 1, misses: 1, hitRatio: 0.5 },
      tenants: [
        { name: 'one', description: 'the first', entries: 1 },
        { name: 'two', entries: 1, hitRatio: 0.5 },
      ],
    })
  })

  it('fails while a cache is closed', async () => {
    const { call, two } = await tenantStage()
    await two.close()
    const { json } = await call('GET', '/v1/admin/overview')
    expect(json).toMatchObject({
      status: 'fail',
      tenants: [{ status: 'pass' }, { status: 'fail' }],
    })
  })
})

describe('GET /v1/admin/tenants', () => {
  it('lists the tenants that have a cache', async () => {
    const { call } = await tenantStage()
    const { json } = await call('GET', '/v1/admin/tenants')
    expect(json['tenants']).toMatchObject([{ name: 'one' }, { name: 'two' }])
    expect(json['tenants']).toHaveLength(2)
  })

  it('describes one', async () => {
    const { call } = await tenantStage()
    expect((await call('GET', '/v1/admin/tenants/one')).json).toMatchObject({
      name: 'one',
      description: 'the first',
      status: 'pass',
    })
  })

  it('describes the tenant of a cache without tenants', async () => {
    const { call } = await apiStage()
    expect((await call('GET', '/v1/admin/tenants/default')).json).toMatchObject({ name: 'default' })
  })

  it('describes one that has a cache without being listed', async () => {
    const { cache } = await apiStage()
    const app = openApp()
    const dependencies = cacheDependencies({
      cacheFor: () => cache,
      tenants: () => [],
      authenticate: () => TRUSTED_PRINCIPAL,
    })
    await app.register(adminCacheRouter, { dependencies })
    const { json } = await callerOf(app)('GET', '/v1/admin/tenants/hidden')
    expect(json).toMatchObject({ name: 'hidden', description: '' })
  })
})

describe('GET invalidations', () => {
  it('answers the newest first, at most as many as asked', async () => {
    const { call, cache } = await apiStage()
    for (const tag of ['t1', 't2', 't3']) await cache.namespace('users').invalidate({ tag })
    const { json } = await call('GET', '/v1/admin/tenants/default/invalidations?limit=2')
    expect(json['invalidations']).toMatchObject([{ scope: 'tag t3' }, { scope: 'tag t2' }])
    expect(json['invalidations']).toHaveLength(2)
  })

  it('refuses a limit of none and of too many', async () => {
    const { call } = await apiStage()
    for (const limit of [0, 1001]) {
      const answer = await call('GET', `/v1/admin/tenants/default/invalidations?limit=${limit}`)
      expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    }
  })
})

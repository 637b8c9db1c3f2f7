import { describe, expect, it } from 'vitest'
import { cacheDependencies } from '../../../../src/api/dependencies/cache-dependencies.ts'
import { internalCacheRouter } from '../../../../src/api/routers/internal-cache-router.ts'
import { tenantCacheRouter } from '../../../../src/api/routers/tenant-cache-router.ts'
import { openApp } from '../../api-stage.ts'

/** `GET /v1/caches` and so on: what a router offers under `/v1`. */
async function routesOf(router: typeof tenantCacheRouter): Promise<readonly string[]> {
  const app = openApp()
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    if (url.startsWith('/v1')) routes.push(`${String(method)} ${url}`)
  })
  const dependencies = cacheDependencies({
    cacheFor: () => undefined,
    tenants: () => [],
    authenticate: () => undefined,
  })
  await app.register(router, { dependencies })
  await app.ready()
  await app.close()
  return routes.sort()
}

describe('dataRoutes()', () => {
  it('are the same for tenants and for the services beside us', async () => {
    const routes = await routesOf(tenantCacheRouter)
    expect(routes).toContain('PUT /v1/caches/:cache/entries/:key')
    expect(routes).toContain('POST /v1/caches/:cache/_invalidate')
    expect(await routesOf(internalCacheRouter)).toEqual(routes)
  })
})

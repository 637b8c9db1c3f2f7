import type { FastifyPluginAsync } from 'fastify'
import { tenantAccess } from '../dependencies/caller.ts'
import { bodyMiddleware } from '../middleware/body-middleware.ts'
import { CacheParams } from '../models/requests/get-cache-request.ts'
import { JSON_TYPE } from '../models/stored-body.ts'
import { type CacheRouterOptions, openRouter } from './open-router.ts'
import { batchRoutes } from './tenant-cache-router/batch-routes.ts'
import { cacheRoutes, keyRoutes } from './tenant-cache-router/cache-routes.ts'
import { entryRoutes } from './tenant-cache-router/entry-routes.ts'
import { invalidationRoutes } from './tenant-cache-router/invalidation-routes.ts'
import { leaseRoutes } from './tenant-cache-router/lease-routes.ts'

/**
 * Everything that a tenant's own code does with its caches, under `/v1`. Whose caches they are comes from
 * the credential only.
 */
export const tenantCacheRouter: FastifyPluginAsync<CacheRouterOptions> = async (
  app,
  { dependencies },
) => {
  const router = openRouter(app, dependencies)
  const access = tenantAccess(dependencies)
  // Two scopes, since a scope has one idea of what a body is.
  await app.register((entries) => entryRoutes(entries, access))
  await app.register(async (commands) => {
    bodyMiddleware(commands, { jsonType: JSON_TYPE, others: 'refuse' })
    await cacheRoutes(commands, access)
    await keyRoutes(commands, access)
    await batchRoutes(commands, access)
    await leaseRoutes(commands, access)
    await invalidationRoutes(commands, access, {
      path: '/v1/caches/:cache',
      params: CacheParams,
      tag: 'invalidation',
      idPrefix: '',
      scope: 'cache:invalidate',
    })
  })
  router.close()
}

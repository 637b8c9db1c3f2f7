import type { FastifyPluginAsync } from 'fastify'
import { operatorAccess } from '../dependencies/caller.ts'
import { bodyMiddleware } from '../middleware/body-middleware.ts'
import { TenantCacheParams } from '../models/requests/browse-request.ts'
import { JSON_TYPE } from '../models/stored-body.ts'
import { browseRoutes } from './admin-cache-router/browse-routes.ts'
import { namespaceRoutes } from './admin-cache-router/namespace-routes.ts'
import { overviewRoutes } from './admin-cache-router/overview-routes.ts'
import { type CacheRouterOptions, openRouter } from './open-router.ts'
import { invalidationRoutes } from './tenant-cache-router/invalidation-routes.ts'

/** What operators do, under `/v1/admin`. The path names the tenant; the credential needs an `admin:` scope. */
export const adminCacheRouter: FastifyPluginAsync<CacheRouterOptions> = async (
  app,
  { dependencies },
) => {
  const router = openRouter(app, dependencies)
  const access = operatorAccess(dependencies)
  bodyMiddleware(app, { jsonType: JSON_TYPE, others: 'refuse' })
  await overviewRoutes(app, access, dependencies)
  await namespaceRoutes(app, access)
  await browseRoutes(app, access)
  await invalidationRoutes(app, access, {
    path: '/v1/admin/tenants/:tenant/caches/:cache',
    params: TenantCacheParams,
    tag: 'admin',
    idPrefix: 'admin_',
    scope: 'admin:write',
  })
  router.close()
}

import type { FastifyPluginAsync } from 'fastify'
import { tenantAccess } from '../dependencies/caller.ts'
import { type CacheRouterOptions, openRouter } from './open-router.ts'
import { dataRoutes } from './tenant-cache-router/data-routes.ts'

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
  await app.register(dataRoutes, { access })
  router.close()
}

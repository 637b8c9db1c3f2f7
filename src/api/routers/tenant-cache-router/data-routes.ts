import type { FastifyPluginAsync } from 'fastify'
import type { Access } from '../../dependencies/caller.ts'
import { bodyMiddleware } from '../../middleware/body-middleware.ts'
import { CacheParams } from '../../models/requests/get-cache-request.ts'
import { JSON_TYPE } from '../../models/stored-body.ts'
import { batchRoutes } from './batch-routes.ts'
import { cacheRoutes, keyRoutes } from './cache-routes.ts'
import { entryRoutes } from './entry-routes.ts'
import { invalidationRoutes } from './invalidation-routes.ts'
import { leaseRoutes } from './lease-routes.ts'

/**
 * All that is done with the caches of one tenant, under `/v1`; whose they are, `access` says. In two
 * scopes, since a scope has one idea of what a body is.
 */
export const dataRoutes: FastifyPluginAsync<{ readonly access: Access }> = async (
  app,
  { access },
) => {
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
}

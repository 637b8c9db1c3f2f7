import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { CacheDependencies } from '../api/dependencies/cache-dependencies.ts'
import { openApi } from '../api/open-api.ts'
import { adminCacheRouter } from '../api/routers/admin-cache-router.ts'
import { tenantCacheRouter } from '../api/routers/tenant-cache-router.ts'

/** Where the page for people lies. */
const DOCS_PATH = '/docs'

/**
 * The page needs nothing from elsewhere, and nobody may frame it. The plugin's own policy also has
 * browsers ask for the scripts by HTTPS, which this listener doesn't speak.
 */
const DOCS_POLICY =
  "default-src 'self'; base-uri 'self'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; style-src 'self' 'unsafe-inline'"

/** What tenants and operators use, and the description of it for programs and for people. */
export async function publicRoutes(
  app: FastifyInstance,
  dependencies: CacheDependencies,
  version: string,
): Promise<void> {
  await app.register(swagger, openApi(version))
  await app.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    staticCSP: DOCS_POLICY,
    theme: { title: 'Platform Cache' },
  })
  const undocumented = { schema: { hide: true } }
  app.get('/openapi.json', undocumented, () => app.swagger())
  // Whoever opens the address in a browser wants to see something.
  app.get('/', undocumented, (_request, reply) => reply.redirect(`${DOCS_PATH}/`))
  await app.register(tenantCacheRouter, { dependencies })
  await app.register(adminCacheRouter, { dependencies })
}

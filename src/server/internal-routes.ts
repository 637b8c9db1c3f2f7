import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import type { CacheDependencies } from '../api/dependencies/cache-dependencies.ts'
import { HttpProblem } from '../api/models/responses/problem-response.ts'
import { internalCacheRouter } from '../api/routers/internal-cache-router.ts'

/**
 * What the orchestrator and other services use.
 *
 * It asks nobody who they are. So, where the network reaches it, as probes and Prometheus need, it
 * only tells how the service is, and the entries stay out of reach.
 *
 * @param isExposed others than this machine reach the listener
 */
export async function internalRoutes(
  app: FastifyInstance,
  dependencies: CacheDependencies,
  isExposed: boolean,
): Promise<void> {
  if (isExposed) app.addHook('onRequest', healthOnly)
  await app.register(internalCacheRouter, { dependencies })
}

const HEALTH_PATHS: ReadonlySet<string | undefined> = new Set([
  '/livez',
  '/readyz',
  '/startupz',
  '/metrics',
])

const healthOnly: onRequestHookHandler = (request, _reply, done) => {
  // The route, not the URL: what the router made of it is what would run.
  if (HEALTH_PATHS.has(request.routeOptions.url)) return done()
  done(
    new HttpProblem(
      'CACHE_FORBIDDEN',
      'Cannot admit the request: beyond this machine the internal listener has only health and metrics; use the public one',
    ),
  )
}

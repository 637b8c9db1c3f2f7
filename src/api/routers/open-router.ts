import type { FastifyInstance } from 'fastify'
import { MAX_KEY_BYTES } from '../../core/value-objects/cache-key.ts'
import type { CacheDependencies } from '../dependencies/cache-dependencies.ts'
import { prepareCallers } from '../dependencies/caller.ts'
import { cacheMetricsMiddleware } from '../middleware/cache-metrics-middleware.ts'
import { methodMiddleware } from '../middleware/method-middleware.ts'
import { problemMiddleware } from '../middleware/problem-middleware.ts'
import { validationMiddleware } from '../middleware/validation-middleware.ts'
import { problemSchema } from './operation.ts'

/** What every router takes. */
export interface CacheRouterOptions {
  readonly dependencies: CacheDependencies
}

/**
 * Gives a router what its routes have in common, and takes nothing from its host for granted. Call
 * `close` once all routes are there.
 */
export function openRouter(
  app: FastifyInstance,
  dependencies: CacheDependencies,
): { close(): void } {
  warnOfShortParameters(app)
  app.addSchema(problemSchema)
  prepareCallers(app)
  problemMiddleware(app)
  validationMiddleware(app)
  if (dependencies.metrics !== undefined) cacheMetricsMiddleware(app, dependencies.metrics)
  return methodMiddleware(app)
}

/** Fastify answers 414 to longer parameters, 100 characters by default, and only the host can change that. */
function warnOfShortParameters(app: FastifyInstance): void {
  const { routerOptions, maxParamLength } = app.initialConfig
  const longest = routerOptions?.maxParamLength ?? maxParamLength ?? 0
  if (longest >= MAX_KEY_BYTES) return
  app.log.warn(
    { maxParamLength: longest, needed: MAX_KEY_BYTES },
    'keys longer than maxParamLength get 414 in paths: create the Fastify app with { routerOptions: { maxParamLength: 2048 } }, or use the POST forms',
  )
}

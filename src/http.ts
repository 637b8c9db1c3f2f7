/**
 * The HTTP API as parts for an app of one's own: `platform-cache/http`. Needs `fastify`, `typebox` and
 * `prom-client` installed.
 */
export {
  type ApiLimits,
  type CacheDependencies,
  type CacheDependenciesOptions,
  cacheDependencies,
  DEFAULT_API_LIMITS,
  type Principal,
  type RequestCredentials,
  SCOPES,
  type Scope,
  type ServiceReadiness,
  TRUSTED_PRINCIPAL,
} from './api/dependencies/cache-dependencies.ts'
export {
  type CacheMetrics,
  type CacheMetricsOptions,
  cacheMetrics,
} from './api/dependencies/cache-metrics.ts'
export {
  type CacheSource,
  DEFAULT_TENANT,
  type TenantInfo,
} from './api/dependencies/cache-source.ts'
export { problemNotFound, sendProblem } from './api/middleware/problem-middleware.ts'
export { ENVELOPE_TYPE } from './api/models/requests/get-cache-request.ts'
export {
  type HttpErrorCode,
  HttpProblem,
  PROBLEMS,
  type ProblemCode,
  type ProblemKind,
  ProblemResponse,
} from './api/models/responses/problem-response.ts'
export { type StoredBody, storedBody } from './api/models/stored-body.ts'
export { type OpenApiOptions, openApi } from './api/open-api.ts'
export { adminCacheRouter } from './api/routers/admin-cache-router.ts'
export { internalCacheRouter } from './api/routers/internal-cache-router.ts'
export type { CacheRouterOptions } from './api/routers/open-router.ts'
export { tenantCacheRouter } from './api/routers/tenant-cache-router.ts'
export {
  type CacheRouter,
  FASTIFY_OPTIONS,
  type NodeHandler,
  toNodeHandler,
} from './api/to-node-handler.ts'

import type { IncomingHttpHeaders } from 'node:http'
import type { CacheManager } from '../../application/services/cache-manager.ts'
import type { CacheMetrics } from './cache-metrics.ts'
import { type CacheSource, cacheSource, DEFAULT_TENANT } from './cache-source.ts'

/** What a credential may do. The routers check one of these on every route. */
export const SCOPES = [
  'cache:read',
  'cache:write',
  'cache:invalidate',
  'cache:scan',
  'usage:read',
  'admin:read',
  'admin:write',
  'admin:reveal',
] as const

/** One permission of a credential. */
export type Scope = (typeof SCOPES)[number]

/** Who makes a request, as its credential says. */
export interface Principal {
  /** The only place where the tenant of a request comes from. */
  readonly tenant: string
  /** Names the credential in the history of invalidations; never the secret itself. */
  readonly keyId: string
  readonly scopes: readonly Scope[]
}

/** What of a request tells who makes it. A Fastify request is one. */
export interface RequestCredentials {
  readonly headers: IncomingHttpHeaders
  /** The client's address. */
  readonly ip: string
}

/** Whether the service wants traffic: `draining` once it is about to stop. */
export type ServiceReadiness = 'starting' | 'ready' | 'draining'

/** The sizes that the routers accept. */
export interface ApiLimits {
  /** Largest body of one entry, in bytes. */
  readonly maxBodyBytes: number
  /** Largest body of a batch, in bytes. */
  readonly maxBatchBytes: number
  /** Largest body of any other request, in bytes. */
  readonly maxCommandBytes: number
  /** Most items of one batch. */
  readonly maxBatchItems: number
  /** Most items on a page of a list. */
  readonly maxPageItems: number
  /** Most entries that one request may look at to count or find others. */
  readonly maxScannedEntries: number
}

/** The limits when nothing is said: 8 MiB an entry, 32 MiB and 1000 items a batch, 1000 items a page. */
export const DEFAULT_API_LIMITS: ApiLimits = Object.freeze({
  maxBodyBytes: 8 * 1024 * 1024,
  maxBatchBytes: 32 * 1024 * 1024,
  maxCommandBytes: 1024 * 1024,
  maxBatchItems: 1000,
  maxPageItems: 1000,
  maxScannedEntries: 100_000,
})

/** Everything the routers work with. */
export interface CacheDependencies extends CacheSource {
  /** Who makes the request; `undefined` if it has no credential, or one that isn't known. Runs before the body is read. */
  authenticate(request: RequestCredentials): Principal | undefined | Promise<Principal | undefined>
  readonly limits: ApiLimits
  readiness(): ServiceReadiness
  /** Counts requests and answers `/metrics`; `undefined`: neither. */
  readonly metrics: CacheMetrics | undefined
}

/** What may be said of the dependencies; only where the caches are and who may come in has no default. */
export type CacheDependenciesOptions = (
  | CacheSource
  /** One cache, as that of the tenant `default`. */
  | { readonly cache: CacheManager }
) &
  Pick<CacheDependencies, 'authenticate'> & {
    readonly limits?: Partial<ApiLimits>
    readonly readiness?: () => ServiceReadiness
    readonly metrics?: CacheMetrics
  }

/** Decides every dependency: what `options` says, else the default. */
export function cacheDependencies(options: CacheDependenciesOptions): CacheDependencies {
  const source = 'cache' in options ? cacheSource(options.cache) : options
  return {
    cacheFor: (tenant) => source.cacheFor(tenant),
    tenants: () => source.tenants(),
    authenticate: (request) => options.authenticate(request),
    limits: { ...DEFAULT_API_LIMITS, ...options.limits },
    readiness: () => options.readiness?.() ?? 'ready',
    metrics: options.metrics,
  }
}

/**
 * A principal for whoever comes: the tenant `default` with every scope. For services that only
 * listen where every caller is trusted, and for tests.
 */
export const TRUSTED_PRINCIPAL: Principal = Object.freeze({
  tenant: DEFAULT_TENANT,
  keyId: 'trusted',
  scopes: SCOPES,
})

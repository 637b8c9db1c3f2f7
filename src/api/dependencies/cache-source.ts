import type { CacheManager } from '../../application/services/cache-manager.ts'

/** A tenant as operators see it. */
export interface TenantInfo {
  readonly name: string
  readonly description: string
}

/** Where the caches of all tenants are. */
export interface CacheSource {
  /** The cache of a tenant; `undefined` if there is no such tenant. */
  cacheFor(tenant: string): CacheManager | undefined
  tenants(): readonly TenantInfo[]
}

/** The tenant of a cache that has no tenants. */
export const DEFAULT_TENANT = 'default'

/** One cache as that of the tenant `default`. */
export function cacheSource(cache: CacheManager): CacheSource {
  const tenants: readonly TenantInfo[] = [{ name: DEFAULT_TENANT, description: '' }]
  return {
    cacheFor: (tenant) => (tenant === DEFAULT_TENANT ? cache : undefined),
    tenants: () => tenants,
  }
}

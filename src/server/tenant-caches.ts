import {
  type CacheSource,
  DEFAULT_TENANT,
  type TenantInfo,
} from '../api/dependencies/cache-source.ts'
import type { CacheManager } from '../application/services/cache-manager.ts'
import { createCache } from '../module.ts'
import { hasCredentials } from './settings/check-listeners.ts'
import type { ServerSettings } from './settings/server-settings.ts'
import { DEFAULT_TENANT_SETTINGS, type TenantSettings } from './settings/tenant-settings.ts'

/** Takes what the caches have to report. */
type Logger = NonNullable<NonNullable<Parameters<typeof createCache>[0]>['logger']>

/** One cache per tenant, so that tenants share neither keys nor space nor numbers. */
export class TenantCaches implements CacheSource {
  readonly #caches: ReadonlyMap<string, CacheManager>
  readonly #tenants: readonly TenantInfo[]

  constructor(settings: ServerSettings, logger: Logger) {
    const tenants = tenantsOf(settings)
    this.#caches = new Map(
      [...tenants].map(([name, tenant]) => [name, openCache(name, tenant, settings, logger)]),
    )
    this.#tenants = [...tenants].map(([name, { description }]) => ({ name, description }))
  }

  cacheFor(tenant: string): CacheManager | undefined {
    return this.#caches.get(tenant)
  }

  tenants(): readonly TenantInfo[] {
    return this.#tenants
  }

  async close(): Promise<void> {
    await Promise.all([...this.#caches.values()].map((cache) => cache.close()))
  }
}

/** Where nobody says who they are, everybody is `default`; so it is there, whether configured or not. */
function tenantsOf(settings: ServerSettings): ReadonlyMap<string, TenantSettings> {
  const { tenants } = settings
  if (tenants.has(DEFAULT_TENANT) || (hasCredentials(settings) && tenants.size > 0)) return tenants
  return new Map([[DEFAULT_TENANT, DEFAULT_TENANT_SETTINGS], ...tenants])
}

function openCache(
  name: string,
  tenant: TenantSettings,
  { memory, defaults, namespaces }: ServerSettings,
  logger: Logger,
): CacheManager {
  const maxEntries = tenant.maxEntries ?? memory.maxEntries
  const cache = createCache({
    name,
    memory: {
      maxBytes: tenant.maxBytes ?? memory.maxBytes,
      evictionPolicy: tenant.evictionPolicy ?? memory.evictionPolicy,
      storage: memory.storage,
      ...(maxEntries === undefined ? {} : { maxEntries }),
    },
    defaults,
    logger,
  })
  // Not `namespace()`: operators may change these later, and `default` is open already.
  for (const [each, options] of namespaces) cache.configureNamespace(each, options)
  return cache
}

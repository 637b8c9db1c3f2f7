import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
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
    makeFolder(settings.memory.snapshotDir, logger)
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

  /** Resolves once all that was saved is back, also the caches that nobody has configured. Rejects with CACHE_CLOSED if they close before. */
  async ready(): Promise<void> {
    await Promise.all([...this.#caches.values()].map(restored))
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
      ...snapshotOf(memory.snapshotDir, name),
      ...(maxEntries === undefined ? {} : { maxEntries }),
    },
    defaults,
    logger,
  })
  // Not `namespace()`: operators may change these later, and `default` is open already.
  for (const [each, options] of namespaces) cache.configureNamespace(each, options)
  return cache
}

/** Opens what tenants had stored in under names of their own, so that nobody has to ask first. */
async function restored(cache: CacheManager): Promise<void> {
  await cache.ready()
  for (const name of cache.waitingNamespaces()) cache.namespace(name)
  await cache.ready()
}

/** A service that can't save works all the same; its caches say so when it ends. */
function makeFolder(folder: string | undefined, logger: Logger): void {
  if (folder === undefined) return
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    logger.warn({ err: error }, 'the folder for snapshots can not be made')
  }
}

function snapshotOf(folder: string | undefined, tenant: string): { readonly snapshot?: string } {
  return folder === undefined ? {} : { snapshot: join(folder, snapshotName(tenant)) }
}

/**
 * A file per tenant. Capitals are escaped, since there are disks on which `Acme` and `acme` are one
 * file, and the prefix keeps names such as `con` from meaning a device.
 */
function snapshotName(tenant: string): string {
  return `tenant-${tenant.replace(/[A-Z]/g, (letter) => `^${letter.toLowerCase()}`)}.snapshot`
}

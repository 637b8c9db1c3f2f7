import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import {
  type CacheDependencies,
  cacheDependencies,
  DEFAULT_API_LIMITS,
  type ServiceReadiness,
  TRUSTED_PRINCIPAL,
} from '../api/dependencies/cache-dependencies.ts'
import { cacheMetrics } from '../api/dependencies/cache-metrics.ts'
import { CacheError } from '../core/exceptions/cache-error.ts'
import { ApiKeyRing } from './api-key-ring.ts'
import { internalRoutes } from './internal-routes.ts'
import { isLoopback, listenUrl } from './listen-host.ts'
import { drainListener, listener } from './listener.ts'
import { packageVersion } from './package-version.ts'
import { publicRoutes } from './public-routes.ts'
import { type LogOutput, serverLog } from './server-log.ts'
import { checkListeners, hasCredentials } from './settings/check-listeners.ts'
import { SCALAR_SETTINGS, type ServerSettings } from './settings/server-settings.ts'
import { flagName } from './settings/setting.ts'
import { SettingFaults } from './settings/setting-faults.ts'
import { TenantCaches } from './tenant-caches.ts'

/** A service that listens. */
export interface RunningServer {
  readonly publicUrl: string
  readonly internalUrl: string
  /**
   * Drains: `readyz` says no from now on, and after the drain delay nothing new is accepted, what runs may
   * end until the drain timeout, and the caches close. Resolves when all is done; false if a request had
   * to be cut off. Idempotent.
   */
  close(): Promise<boolean>
}

/** The two listeners, what they share, and whether they want traffic. */
interface Parts {
  readonly settings: ServerSettings
  readonly publicApp: FastifyInstance
  readonly internalApp: FastifyInstance
  readonly caches: TenantCaches
  readonly log: FastifyBaseLogger
  readiness: ServiceReadiness
}

/**
 * Starts the service: both listeners, and one cache per tenant.
 *
 * @param output where the log goes
 * @throws SettingsInvalid if it would stand open; CacheError CACHE_OPTION_INVALID if it can't listen
 */
export async function startServer(
  settings: ServerSettings,
  output: LogOutput,
): Promise<RunningServer> {
  const faults = new SettingFaults({ source: 'default', label: 'settings' })
  checkListeners(settings, () => faults)
  faults.throwIfAny()
  const version = packageVersion()
  const parts = makeParts(settings, output)
  const { publicApp, internalApp, log } = parts
  try {
    const dependencies = dependenciesOf(parts)
    await publicRoutes(publicApp, dependencies, version)
    await internalRoutes(internalApp, dependencies, !isLoopback(settings.internalHost))
    // The probes first: while the public listener starts they can say so.
    const internalUrl = await listen(internalApp, settings, 'internal')
    const publicUrl = await listen(publicApp, settings, 'public')
    becomeReady(parts)
    announce(log, version, { publicUrl, internalUrl })
    if (!hasCredentials(settings)) {
      log.info(
        'No API keys are configured: this machine only, everybody is the tenant "default". To change that: platform-cache config create-key',
      )
    }
    return { publicUrl, internalUrl, close: closeOnce(parts) }
  } catch (error) {
    await Promise.all([publicApp.close(), internalApp.close(), parts.caches.close()])
    throw error
  }
}

function makeParts(settings: ServerSettings, output: LogOutput): Parts {
  const publicApp = listener({
    log: serverLog(settings, output),
    isGuarded: !hasCredentials(settings),
  })
  // The listeners themselves log less than the service does; see there.
  const log = publicApp.log.child({}, { level: settings.logLevel })
  const internalApp = listener({
    log: publicApp.log,
    isGuarded: isLoopback(settings.internalHost),
  })
  const caches = new TenantCaches(settings, log)
  return { settings, publicApp, internalApp, caches, log, readiness: 'starting' }
}

function dependenciesOf(parts: Parts): CacheDependencies {
  const { settings, caches } = parts
  const ring = new ApiKeyRing(settings, Date.now)
  const isTrusted = !hasCredentials(settings)
  const { maxBodyBytes } = settings
  return cacheDependencies({
    cacheFor: (tenant) => caches.cacheFor(tenant),
    tenants: () => caches.tenants(),
    authenticate: isTrusted ? () => TRUSTED_PRINCIPAL : (request) => ring.authenticate(request),
    limits: {
      maxBodyBytes,
      // A batch of one has to hold what a PUT can.
      maxBatchBytes: Math.max(DEFAULT_API_LIMITS.maxBatchBytes, 2 * maxBodyBytes),
    },
    readiness: () => parts.readiness,
    metrics: cacheMetrics(caches, { processMetrics: true }),
  })
}

async function listen(
  app: FastifyInstance,
  settings: ServerSettings,
  which: 'public' | 'internal',
): Promise<string> {
  const [host, port] =
    which === 'public'
      ? [settings.host, settings.port]
      : [settings.internalHost, settings.internalPort]
  try {
    await app.listen({ host, port })
  } catch (cause) {
    throw listenFailure(`${listenUrl(host, port)}: ${whyNot(cause, which)}`, cause)
  }
  const address = app.server.address() as AddressInfo // It listens on TCP, so it has one.
  return listenUrl(host, address.port)
}

function listenFailure(what: string, cause: unknown): CacheError {
  return new CacheError('CACHE_OPTION_INVALID', `Cannot listen on ${what}`, { cause })
}

function whyNot(cause: unknown, which: 'public' | 'internal'): string {
  const { host, port, internalHost, internalPort } = SCALAR_SETTINGS
  const hostFlag = flagName((which === 'public' ? host : internalHost).name)
  const portFlag = flagName((which === 'public' ? port : internalPort).name)
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `the port is in use; choose another with ${portFlag}`
    case 'EACCES':
      return `this user may not use the port; choose one from 1024 with ${portFlag}`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine has no such address; choose another with ${hostFlag}`
    default:
      return String(cause)
  }
}

/** With snapshots `readyz` says no until they are restored. Who asks all the same is answered, as by a cold cache. */
function becomeReady(parts: Parts): void {
  if (parts.settings.memory.snapshotDir === undefined) {
    parts.readiness = 'ready'
    return
  }
  parts.caches.ready().then(
    () => {
      if (parts.readiness === 'starting') parts.readiness = 'ready'
    },
    () => undefined, // It is closing already.
  )
}

function announce(
  log: FastifyBaseLogger,
  version: string,
  { publicUrl, internalUrl }: Pick<RunningServer, 'publicUrl' | 'internalUrl'>,
): void {
  log.info(
    `Platform Cache ${version} listens on ${publicUrl} (API, description at ${publicUrl}/docs) and ${internalUrl} (health, metrics)`,
  )
}

function closeOnce(parts: Parts): () => Promise<boolean> {
  let closing: Promise<boolean> | undefined
  return () => {
    closing ??= close(parts)
    return closing
  }
}

async function close(parts: Parts): Promise<boolean> {
  const { settings, publicApp, internalApp, caches, log } = parts
  const { drainDelayMs, drainTimeoutMs } = settings
  parts.readiness = 'draining'
  log.info('Draining: no new requests, and those that run may end')
  if (drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, drainDelayMs))
  const isPublicClean = await drainListener(publicApp, drainTimeoutMs)
  // Only now, so that the probes were answered all the while.
  const isInternalClean = await drainListener(internalApp, drainTimeoutMs)
  await caches.close()
  const isClean = isPublicClean && isInternalClean
  if (isClean) log.info('Stopped')
  else log.warn('Stopped, and cut off the requests that had not ended within the drain timeout')
  return isClean
}

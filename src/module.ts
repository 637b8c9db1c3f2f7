/** The composition root: options in, a cache out. The only file that knows everybody. */
import { cacheExpiredHandler } from './application/handlers/cache-expired-handler.ts'
import { cacheHitHandler } from './application/handlers/cache-hit-handler.ts'
import { cacheMissHandler } from './application/handlers/cache-miss-handler.ts'
import type { Lookup } from './application/queries/get-cache-entry.ts'
import { CacheManager } from './application/services/cache-manager.ts'
import { InvalidationService } from './application/services/invalidation-service.ts'
import type { LoadFactory } from './application/services/loads/load-factory-context.ts'
import type { LoadOptions, NamespaceCache } from './application/services/namespace-cache.ts'
import type {
  CachePorts,
  HandlerPorts,
  LookupHandlers,
} from './application/services/namespace-ports.ts'
import type { Flight } from './application/services/single-flight.ts'
import {
  SnapshotKeeper,
  type SnapshotKeeperPorts,
} from './application/services/snapshots/snapshot-keeper.ts'
import { type CacheOptions, type CacheSettings, resolveCacheOptions } from './cache-options.ts'
import type { CacheRepository } from './core/protocols/cache-repository.ts'
import type { DistributionService } from './core/protocols/distribution-service.ts'
import type { EntryOptions } from './core/value-objects/entry-policy.ts'
import { resolveRedisOptions } from './core/value-objects/resolve-redis-options.ts'
import { MemoryDistributor } from './infrastructure/distributors/memory-distributor.ts'
import { PatternInvalidator } from './infrastructure/invalidators/pattern-invalidator.ts'
import { TimeInvalidator } from './infrastructure/invalidators/time-invalidator.ts'
import { MemoryCacheRepository } from './infrastructure/repositories/memory-cache-repository.ts'
import { AsyncLoadContext } from './infrastructure/runtime/async-load-context.ts'
import { StructuredCloneSerializer } from './infrastructure/serializers/structured-clone-serializer.ts'
import { FileSnapshotStore } from './infrastructure/snapshots/file-snapshot-store.ts'
import { dependenciesOf } from './module/dependencies-of.ts'
import { nodeOf, type PatternMatchers } from './module/node-of.ts'
import { redisServers } from './module/redis-servers.ts'
import { Reporters } from './module/reporters.ts'
import type { SharedServers, SharedServersParts } from './module/shared-servers.ts'
import { sharingOf } from './module/sharing-of.ts'
import { sweepService } from './module/sweep-service.ts'
import { systemParts } from './module/system-parts.ts'

const DEFAULT_NAMESPACE = 'default'

/** The methods of the namespace `default` that a cache has itself. */
type DefaultMethod =
  | 'getOrSet'
  | 'get'
  | 'peek'
  | 'lookup'
  | 'set'
  | 'delete'
  | 'has'
  | 'touch'
  | 'getMany'
  | 'setMany'
  | 'deleteMany'
  | 'invalidate'
  | 'previewInvalidation'
  | 'flush'
  | 'warm'
  | 'keys'
  | 'listKeys'
  | 'explain'

const OF_DEFAULT: readonly DefaultMethod[] = [
  'getOrSet',
  'get',
  'peek',
  'lookup',
  'set',
  'delete',
  'has',
  'touch',
  'getMany',
  'setMany',
  'deleteMany',
  'invalidate',
  'previewInvalidation',
  'flush',
  'warm',
  'keys',
  'listKeys',
  'explain',
]

/** The methods of the namespace `default`, whose values are of whatever type each call says. */
export interface DefaultNamespace
  extends Omit<
    Pick<NamespaceCache, DefaultMethod>,
    'getOrSet' | 'get' | 'peek' | 'lookup' | 'set'
  > {
  getOrSet<V>(key: string, factory: LoadFactory<V>, options?: LoadOptions<V>): Promise<V>
  get<V = unknown>(key: string): Promise<V | undefined>
  peek<V = unknown>(key: string): V | undefined
  lookup<V = unknown>(key: string): Promise<Lookup<V>>
  set<V>(key: string, value: V, options?: EntryOptions<V>): Promise<boolean>
}

/** A cache: its namespaces, and the methods of the one called `default`. */
export type PlatformCache = CacheManager & DefaultNamespace

/**
 * Makes a cache. Answers at once and starts nothing else; without options it holds up to 256 MiB in
 * memory, and entries live five minutes.
 *
 * @throws CacheError CACHE_OPTION_INVALID for an unknown or wrong option, or two that contradict each other
 */
export function createCache(options: CacheOptions = {}): PlatformCache {
  const settings = resolveCacheOptions(options)
  const { redis } = settings
  if (redis === undefined) return cacheOf(settings, () => undefined)
  const redisSettings = resolveRedisOptions(redis)
  return cacheOf(settings, (parts) => redisServers(redisSettings, parts))
}

/** As `createCache`, with what lies on shared servers behind memory. */
export function createSharedCache(options: CacheOptions, servers: SharedServers): PlatformCache {
  return cacheOf(resolveCacheOptions(options), () => servers)
}

/** Opens what the cache shares; `undefined`: it shares nothing. */
type OpenServers = (parts: SharedServersParts) => SharedServers | undefined

function cacheOf(settings: CacheSettings, openServers: OpenServers): PlatformCache {
  const manager = new CacheManager(compose(settings, openServers))
  const namespace = manager.namespace(DEFAULT_NAMESPACE)
  manager.start()
  for (const method of OF_DEFAULT) {
    Object.defineProperty(manager, method, {
      value: namespace[method].bind(namespace),
      enumerable: true,
    })
  }
  return manager as PlatformCache // The loop above has just made it one.
}

function compose(
  settings: CacheSettings,
  openServers: OpenServers,
): ConstructorParameters<typeof CacheManager>[0] {
  const { name } = settings
  const { clock, random, scheduler, logger, dispatcher } = systemParts(settings)
  const distributor = settings.distributor ?? new MemoryDistributor(random)
  const node = `${name}-${random.token().slice(0, 8)}`
  const matchers = (): PatternMatchers => invalidation
  const reporters = new Reporters({ clock, dispatcher, logger })
  const report = reporters.ofLog(name)
  const servers = openServers({ clock, scheduler, random, report, node, cache: name })
  const sharedNode =
    servers === undefined
      ? undefined
      : nodeOf(servers, { clock, scheduler, random, matchers, report })
  const log = sharedNode ?? distributor.open(name)
  const invalidation: InvalidationService = new InvalidationService({
    node,
    log,
    clock,
    events: dispatcher,
    regex: new PatternInvalidator(),
    onLost: () => snapshots.noteLoss(),
  })
  const onAdded = (): void => snapshots.noteDependency()
  const noting = { scheduler, invalidation, report, onAdded }
  const dependencies = dependenciesOf(servers, sharedNode, noting)
  const isSharedLog = servers !== undefined || settings.distributor !== undefined
  const snapshots: SnapshotKeeper = snapshotKeeper(settings, isSharedLog, {
    log,
    invalidation,
    dependencies,
    clock,
    scheduler,
  })
  const sweeping = { name, clock, scheduler, random, dispatcher, report, invalidation }
  const repository =
    settings.repository ?? new MemoryCacheRepository({ clock, random, ...settings.memory })
  const cache: CachePorts = {
    node,
    clock,
    scheduler,
    random,
    events: dispatcher,
    repository,
    repositoryTimeoutMs: settings.repositoryTimeoutMs,
    invalidation,
    sharing: servers && sharedNode && sharingOf(servers, sharedNode, sweeping),
    loadContext: new AsyncLoadContext<Flight>(),
    handlers: handlersOf,
    degraded: (namespace, statistics) => reporters.of(namespace, statistics),
  }
  const { evictionPolicy, storage } = settings.memory
  return {
    name,
    cache,
    defaults: { evictionPolicy, storage, ...settings.defaults },
    dispatcher,
    dependencies,
    sweeps: sweepService(new TimeInvalidator({ scheduler, clock }), cache.sharing?.sweeper),
    snapshots,
    release: async () => {
      await log.close()
      await servers?.close()
      await released(settings, distributor, repository)
    },
    connect: () => sharedNode?.start(),
  }
}

function handlersOf(ports: HandlerPorts): LookupHandlers {
  return {
    onHit: cacheHitHandler(ports),
    onMiss: cacheMissHandler(ports),
    onRemoved: cacheExpiredHandler(ports),
  }
}

function snapshotKeeper(
  settings: CacheSettings,
  isSharedLog: boolean,
  parts: Pick<SnapshotKeeperPorts, 'log' | 'invalidation' | 'dependencies' | 'clock' | 'scheduler'>,
): SnapshotKeeper {
  return new SnapshotKeeper({
    ...parts,
    cacheName: settings.name,
    path: settings.memory.snapshot,
    isSharedLog,
    store: new FileSnapshotStore(new StructuredCloneSerializer()),
  })
}

/** What is the user's own is the user's to close. */
async function released(
  settings: CacheSettings,
  distributor: DistributionService,
  repository: CacheRepository,
): Promise<void> {
  if (settings.distributor === undefined) await distributor.close()
  if (settings.repository === undefined) await repository.close?.()
}

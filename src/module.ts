/** The composition root: options in, a cache out. The only file that knows everybody. */
import { cacheExpiredHandler } from './application/handlers/cache-expired-handler.ts'
import { cacheHitHandler } from './application/handlers/cache-hit-handler.ts'
import { cacheMissHandler } from './application/handlers/cache-miss-handler.ts'
import type { Lookup } from './application/queries/get-cache-entry.ts'
import { CacheManager, type SweepService } from './application/services/cache-manager.ts'
import type { CacheStatistics } from './application/services/cache-statistics.ts'
import { DependencyDirectory } from './application/services/dependency-directory.ts'
import { EventDispatcher } from './application/services/event-dispatcher.ts'
import { InvalidationService } from './application/services/invalidation-service.ts'
import type { LoadFactory } from './application/services/loads/load-factory-context.ts'
import type { LoadOptions, NamespaceCache } from './application/services/namespace-cache.ts'
import type {
  CachePorts,
  DegradedReporter,
  NamespacePorts,
} from './application/services/namespace-ports.ts'
import type { Flight } from './application/services/single-flight.ts'
import {
  SnapshotKeeper,
  type SnapshotKeeperPorts,
} from './application/services/snapshots/snapshot-keeper.ts'
import { RemoteSweeper } from './application/services/stores/remote-sweeper.ts'
import {
  type CacheLogger,
  type CacheOptions,
  type CacheSettings,
  resolveCacheOptions,
} from './cache-options.ts'
import type { CacheRepository } from './core/protocols/cache-repository.ts'
import type { DistributionService } from './core/protocols/distribution-service.ts'
import type { EntryOptions } from './core/value-objects/entry-policy.ts'
import { MemoryDistributor } from './infrastructure/distributors/memory-distributor.ts'
import { DependencyInvalidator } from './infrastructure/invalidators/dependency-invalidator.ts'
import { PatternInvalidator } from './infrastructure/invalidators/pattern-invalidator.ts'
import { TimeInvalidator } from './infrastructure/invalidators/time-invalidator.ts'
import { MemoryCacheRepository } from './infrastructure/repositories/memory-cache-repository.ts'
import { AsyncLoadContext } from './infrastructure/runtime/async-load-context.ts'
import { SystemClock } from './infrastructure/runtime/system-clock.ts'
import { SystemRandom } from './infrastructure/runtime/system-random.ts'
import { SystemScheduler } from './infrastructure/runtime/system-scheduler.ts'
import { StructuredCloneSerializer } from './infrastructure/serializers/structured-clone-serializer.ts'
import { FileSnapshotStore } from './infrastructure/snapshots/file-snapshot-store.ts'

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
  const manager = new CacheManager(compose(settings))
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

function compose(settings: CacheSettings): ConstructorParameters<typeof CacheManager>[0] {
  const { name } = settings
  const logger = settings.logger === undefined ? undefined : guarded(settings.logger)
  const clock = settings.clock ?? new SystemClock()
  const random = settings.random ?? new SystemRandom()
  const scheduler =
    settings.scheduler ??
    new SystemScheduler((error) => logger?.error({ err: error }, 'a timer of the cache failed'))
  const dispatcher = new EventDispatcher((event, error) =>
    logger?.error({ err: error, event: event.type }, 'a listener of the cache failed'),
  )
  const distributor = settings.distributor ?? new MemoryDistributor(random)
  const log = distributor.open(name)
  const node = `${name}-${random.token().slice(0, 8)}`
  const invalidation = new InvalidationService({
    node,
    log,
    clock,
    events: dispatcher,
    regex: new PatternInvalidator(),
    onLost: () => snapshots.noteLoss(),
  })
  const dependencies = new DependencyDirectory(new DependencyInvalidator(), () =>
    snapshots.noteDependency(),
  )
  const parts = { log, invalidation, dependencies, clock, scheduler }
  const snapshots: SnapshotKeeper = snapshotKeeper(settings, parts)
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
    loadContext: new AsyncLoadContext<Flight>(),
    handlers: (ports) => ({
      onHit: cacheHitHandler(ports),
      onMiss: cacheMissHandler(ports),
      onRemoved: cacheExpiredHandler(ports),
    }),
    degraded: (namespace, statistics) =>
      degradedReporter({ namespace, statistics, clock, dispatcher, logger }),
  }
  return {
    name,
    cache,
    defaults: {
      evictionPolicy: settings.memory.evictionPolicy,
      storage: settings.memory.storage,
      ...settings.defaults,
    },
    dispatcher,
    dependencies,
    sweeps: sweepService(new TimeInvalidator({ scheduler, clock })),
    snapshots,
    release: async () => {
      await log.close()
      await released(settings, distributor, repository)
    },
  }
}

function snapshotKeeper(
  settings: CacheSettings,
  parts: Pick<SnapshotKeeperPorts, 'log' | 'invalidation' | 'dependencies' | 'clock' | 'scheduler'>,
): SnapshotKeeper {
  return new SnapshotKeeper({
    ...parts,
    cacheName: settings.name,
    path: settings.memory.snapshot,
    isSharedLog: settings.distributor !== undefined,
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

/** A logger that fails must not fail what it logs. There is nobody left to tell. */
function guarded(logger: CacheLogger): CacheLogger {
  const safely =
    (level: 'warn' | 'error') =>
    (details: object, message: string): void => {
      try {
        logger[level](details, message)
      } catch {
        // Nobody is left to be told.
      }
    }
  return { warn: safely('warn'), error: safely('error') }
}

function degradedReporter(with_: {
  readonly namespace: string
  readonly statistics: CacheStatistics
  readonly clock: CachePorts['clock']
  readonly dispatcher: EventDispatcher
  readonly logger: CacheLogger | undefined
}): DegradedReporter {
  const { namespace, statistics, clock, dispatcher, logger } = with_
  return (part, did, error, key) => {
    statistics.degraded += 1
    logger?.warn({ err: error, namespace, part, did }, 'the cache did less than it was asked')
    if (!dispatcher.hears('degraded')) return
    dispatcher.emit({ type: 'degraded', namespace, key, part, did, error, atMs: clock.nowMs() })
  }
}

/** Memory is swept by the timer of the cache, a backend page by page. */
function sweepService(timer: TimeInvalidator): SweepService {
  const sweepers = new Map<NamespacePorts, RemoteSweeper>()
  return {
    opened: (ports) => {
      if (ports.memory === undefined) sweepers.set(ports, new RemoteSweeper(ports))
      else timer.add(ports.memory)
    },
    request: (ports, round) => {
      if (ports.memory === undefined) {
        sweepers.get(ports)?.request(round)
        return
      }
      timer.requestRound(ports.memory, round)
    },
    close: () => {
      timer.close()
      for (const sweeper of sweepers.values()) sweeper.close()
    },
  }
}

import {
  DEFAULT_NAMESPACE,
  type NamespaceOptions,
  parseNamespaceName,
  resolveNamespace,
} from './core/entities/cache-namespace.ts'
import { CacheError } from './core/exceptions/cache-error.ts'
import { describeValue } from './core/exceptions/describe-value.ts'
import type { CacheRepository } from './core/protocols/cache-repository.ts'
import type { Clock } from './core/protocols/clock.ts'
import type { DistributionService } from './core/protocols/distribution-service.ts'
import type { Random } from './core/protocols/random.ts'
import type { RedisOptions } from './core/protocols/redis-options.ts'
import type { Scheduler } from './core/protocols/scheduler.ts'
import type { SizeBytes } from './core/value-objects/cache-size.ts'
import { type Duration, type DurationMs, parseDuration } from './core/value-objects/duration.ts'
import { type EvictionPolicy, parseEvictionPolicy } from './core/value-objects/eviction-policy.ts'
import {
  DEFAULT_MEMORY_LIMITS,
  type MemoryLimitOptions,
  parseMemoryLimits,
} from './core/value-objects/memory-limit-options.ts'
import { type MemoryStorage, parseMemoryStorage } from './core/value-objects/memory-storage.ts'

/** Limits of what memory holds, over all namespaces. */
export interface MemoryOptions extends MemoryLimitOptions {
  /** What leaves first when a namespace says nothing: `w-tinylfu` if not said. */
  readonly evictionPolicy?: EvictionPolicy
  /** How values are kept when a namespace says nothing: `reference` if not said. */
  readonly storage?: MemoryStorage
  /**
   * A file that is restored right after the start and saved by `close()`, so that a restart starts warm;
   * none if not said. The cache serves meanwhile, and `ready()` resolves when all is restored.
   */
  readonly snapshot?: string
}

/** Takes what the cache has to report; pino fits as it is. */
export interface CacheLogger {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** What may be said of a cache. */
export interface CacheOptions {
  /** Names the cache in all that it shares; `cache` if not said. */
  readonly name?: string
  readonly memory?: MemoryOptions
  /**
   * Redis or Valkey behind memory: entries, leases and invalidations are shared by all processes whose caches
   * have this name. Needs `@redis/client`, or a client of yours.
   */
  readonly redis?: RedisOptions
  /** A backend of your own in place of memory. */
  readonly repository?: CacheRepository
  /** How long a call of `repository` may take before it counts as a fault; 250 ms if not said. */
  readonly repositoryTimeout?: Duration
  /** Shares invalidations with other caches of the same name; within this cache if not said. */
  readonly distributor?: DistributionService
  /** What every namespace begins with. */
  readonly defaults?: NamespaceOptions
  readonly clock?: Clock
  readonly scheduler?: Scheduler
  readonly random?: Random
  readonly logger?: CacheLogger
}

/** The same with every field decided. */
export interface CacheSettings {
  readonly name: string
  readonly memory: {
    readonly maxEntries: number | undefined
    readonly maxBytes: SizeBytes
    readonly evictionPolicy: EvictionPolicy
    readonly storage: MemoryStorage
    readonly snapshot: string | undefined
  }
  readonly redis: RedisOptions | undefined
  readonly repository: CacheRepository | undefined
  readonly repositoryTimeoutMs: DurationMs
  readonly distributor: DistributionService | undefined
  readonly defaults: NamespaceOptions
  readonly clock: Clock | undefined
  readonly scheduler: Scheduler | undefined
  readonly random: Random | undefined
  readonly logger: CacheLogger | undefined
}

/** What a cache is when nothing is said of it. */
export const DEFAULT_CACHE_SETTINGS: CacheSettings = Object.freeze({
  name: 'cache',
  memory: Object.freeze({
    ...DEFAULT_MEMORY_LIMITS,
    evictionPolicy: 'w-tinylfu',
    storage: 'reference',
    snapshot: undefined,
  }),
  redis: undefined,
  repository: undefined,
  repositoryTimeoutMs: parseDuration('250ms', 'repositoryTimeout'),
  distributor: undefined,
  defaults: Object.freeze({}),
  clock: undefined,
  scheduler: undefined,
  random: undefined,
  logger: undefined,
})

/** @throws CacheError CACHE_OPTION_INVALID and others; see `createCache` */
export function resolveCacheOptions(options: CacheOptions): CacheSettings {
  rejectUnknown('cache', options, DEFAULT_NAMES)
  if (options.memory !== undefined && options.repository !== undefined) {
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      'Cannot use memory with repository: a repository of your own stands in place of memory',
    )
  }
  if (options.repositoryTimeout !== undefined && options.repository === undefined) {
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      'Cannot use repositoryTimeout without repository: memory answers at once',
    )
  }
  rejectBesideRedis(options)
  const base = DEFAULT_CACHE_SETTINGS
  const settings: CacheSettings = {
    name: options.name === undefined ? base.name : parseNamespaceName(options.name),
    memory: options.memory === undefined ? base.memory : memoryOf(options.memory),
    redis: options.redis,
    repository: having(options.repository, ['open'], 'repository'),
    repositoryTimeoutMs: timeoutOf(options.repositoryTimeout),
    distributor: having(options.distributor, ['open', 'close'], 'distributor'),
    defaults: options.defaults === undefined ? base.defaults : options.defaults,
    clock: having(options.clock, ['nowMs', 'monotonicMs'], 'clock'),
    scheduler: having(options.scheduler, ['after', 'deadline', 'every', 'soon'], 'scheduler'),
    random: having(options.random, ['next', 'token'], 'random'),
    logger: having(options.logger, ['warn', 'error'], 'logger'),
  }
  // Wrong defaults fail here, not when the first namespace opens.
  const nowMs = settings.clock?.nowMs() ?? Date.now()
  resolveNamespace({ name: settings.name, ...DEFAULT_NAMESPACE }, settings.defaults, nowMs)
  return settings
}

const DEFAULT_NAMES: readonly string[] = [
  'name',
  'memory',
  'redis',
  'repository',
  'repositoryTimeout',
  'distributor',
  'defaults',
  'clock',
  'scheduler',
  'random',
  'logger',
]
const MEMORY_NAMES: readonly string[] = [
  'maxEntries',
  'maxBytes',
  'evictionPolicy',
  'storage',
  'snapshot',
]

function rejectBesideRedis({ redis, repository, distributor, memory }: CacheOptions): void {
  if (redis === undefined) return
  const refuse = (option: string, why: string): never => {
    throw new CacheError('CACHE_OPTION_INVALID', `Cannot use ${option} with redis: ${why}`)
  }
  if (repository !== undefined) refuse('repository', 'a backend of your own stands in its place')
  if (distributor !== undefined) refuse('distributor', 'the invalidation log lies in Redis')
  if (memory?.snapshot !== undefined)
    refuse('memory.snapshot', 'what it holds outlives the process')
}

function memoryOf(options: MemoryOptions): CacheSettings['memory'] {
  rejectUnknown('memory', options, MEMORY_NAMES)
  const base = DEFAULT_CACHE_SETTINGS.memory
  return {
    ...parseMemoryLimits(options),
    evictionPolicy:
      options.evictionPolicy === undefined
        ? base.evictionPolicy
        : parseEvictionPolicy(options.evictionPolicy),
    storage: options.storage === undefined ? base.storage : parseMemoryStorage(options.storage),
    snapshot: pathOf(options.snapshot),
  }
}

function pathOf(option: string | undefined): string | undefined {
  if (option === undefined) return DEFAULT_CACHE_SETTINGS.memory.snapshot
  if (typeof option === 'string' && option !== '') return option
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use snapshot: expected the path of a file, got ${describeValue(option)}`,
  )
}

function timeoutOf(option: Duration | undefined): DurationMs {
  if (option === undefined) return DEFAULT_CACHE_SETTINGS.repositoryTimeoutMs
  const timeoutMs = parseDuration(option, 'repositoryTimeout')
  if (timeoutMs > 0) return timeoutMs
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    'Cannot use repositoryTimeout: expected at least one millisecond, got 0',
  )
}

function rejectUnknown(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      `Cannot use the ${what} options: expected an object, got ${String(options)}`,
    )
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      `Cannot use the ${what} option ${name.slice(0, 100)}: expected one of ${known.join(', ')}`,
    )
  }
}

function having<T extends object>(
  value: T | undefined,
  methods: readonly string[],
  option: string,
): T | undefined {
  if (value === undefined) return undefined
  const isFitting =
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof Reflect.get(value, method) === 'function')
  if (isFitting) return value
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use ${option}: expected an object with ${methods.join('(), ')}()`,
  )
}

/** The public surface of `platform-cache`. Nothing inside imports this file. */
export type {
  InvalidationOptions,
  InvalidationTarget,
} from './application/commands/invalidate-pattern.ts'
export type { LeaseAnswer, LeaseOptions } from './application/commands/lease-cache-entry.ts'
export type { SavedSnapshot } from './application/commands/save-snapshot.ts'
export type { WarmItem, WarmOptions, WarmReport } from './application/commands/warm-cache.ts'
export type {
  ExplainedEntry,
  ExplainedRemoval,
  Explanation,
} from './application/queries/explain-cache-key.ts'
export type { Lookup } from './application/queries/get-cache-entry.ts'
export type { CacheStats } from './application/queries/get-cache-stats.ts'
export type { KeyListing, KeyListOptions, KeyPage } from './application/queries/list-cache-keys.ts'
export type { InvalidationPreview } from './application/queries/preview-invalidation.ts'
export type { HotKey } from './application/services/access-patterns.ts'
export type { CacheHealth, CacheManager } from './application/services/cache-manager.ts'
export type { DependencyDirectory } from './application/services/dependency-directory.ts'
export type { CacheEventListener } from './application/services/event-dispatcher.ts'
export type {
  LoadFactory,
  LoadFactoryContext,
} from './application/services/loads/load-factory-context.ts'
export type {
  LoadOptions,
  NamespaceCache,
  SetItem,
} from './application/services/namespace-cache.ts'
export type { SettledItem } from './application/services/settle-each.ts'
export type { RestoredSnapshot } from './application/services/snapshots/snapshot-keeper.ts'
export type { CacheLogger, CacheOptions, MemoryOptions } from './cache-options.ts'
export type { CacheEntry, Freshness } from './core/entities/cache-entry.ts'
export type {
  CacheNamespace,
  Isolation,
  NamespaceOptions,
} from './core/entities/cache-namespace.ts'
export type { InvalidationMark, InvalidationScope } from './core/entities/invalidation-mark.ts'
export type { CacheDegraded, DegradedPart } from './core/events/cache-degraded.ts'
export type { CacheEvent, CacheEventOf, CacheEventType } from './core/events/cache-event.ts'
export type { CacheEvicted } from './core/events/cache-evicted.ts'
export type { CacheExpired } from './core/events/cache-expired.ts'
export type { CacheHit, CacheTier } from './core/events/cache-hit.ts'
export type { CacheInvalidated } from './core/events/cache-invalidated.ts'
export type { CacheLoaded } from './core/events/cache-loaded.ts'
export type { CacheMiss } from './core/events/cache-miss.ts'
export type { CacheStored } from './core/events/cache-stored.ts'
export type { CacheSwept } from './core/events/cache-swept.ts'
export { CacheCapacityExceeded } from './core/exceptions/cache-capacity-exceeded.ts'
export { CacheError, type CacheErrorCode, isCacheError } from './core/exceptions/cache-error.ts'
export { CacheKeyInvalid } from './core/exceptions/cache-key-invalid.ts'
export { CacheTimeout } from './core/exceptions/cache-timeout.ts'
export type { AuditRecord, AuditSink } from './core/protocols/audit-sink.ts'
export type {
  CacheRepository,
  EntryPage,
  EntryStore,
  EntryValidity,
  MemoryStore,
  MemoryStorePorts,
  RemovalCause,
  StoreUsage,
  Validity,
} from './core/protocols/cache-repository.ts'
export type { CacheSerializer } from './core/protocols/cache-serializer.ts'
export type { Clock } from './core/protocols/clock.ts'
export type { DependencyNeighbours } from './core/protocols/dependency-graph.ts'
export type { DistributionService } from './core/protocols/distribution-service.ts'
export type { InvalidationLog, LogPage, PositionedMark } from './core/protocols/invalidation-log.ts'
export type { InvalidationResult } from './core/protocols/invalidation-service.ts'
export type { DataKey, KeyProvider } from './core/protocols/key-provider.ts'
export type { Random } from './core/protocols/random.ts'
export type { CancelTask, Scheduler } from './core/protocols/scheduler.ts'
export type { CacheKey } from './core/value-objects/cache-key.ts'
export type { CachePriority } from './core/value-objects/cache-priority.ts'
export type { CacheTag, DependencyName } from './core/value-objects/cache-tag.ts'
export type { CacheTtl, TtlInput } from './core/value-objects/cache-ttl.ts'
export type { Duration } from './core/value-objects/duration.ts'
export type { EntryOptions, EntryPolicy, TtlOption } from './core/value-objects/entry-policy.ts'
export type { EvictionPolicy } from './core/value-objects/eviction-policy.ts'
export type { LogPosition } from './core/value-objects/log-position.ts'
export type { StandardSchema } from './core/value-objects/standard-schema.ts'
export { MemoryDistributor } from './infrastructure/distributors/memory-distributor.ts'
export { SystemRandom } from './infrastructure/runtime/system-random.ts'
export { createCache, type DefaultNamespace, type PlatformCache } from './module.ts'

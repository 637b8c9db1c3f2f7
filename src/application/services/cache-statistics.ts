import type { RemovalCause, RemovedEntry } from '../../core/protocols/cache-repository.ts'

/** Counters of one namespace since it opened. Plain numbers, written in place on every operation. */
export interface CacheStatistics {
  hits: number
  staleHits: number
  misses: number
  sets: number
  deletes: number
  loads: number
  loadFailures: number
  loadTimeouts: number
  /** Sum of the factories' run times in milliseconds. */
  loadMs: number
  /** Lookups that joined a running load instead of starting one. */
  coalesced: number
  refreshes: number
  expired: number
  evicted: number
  /** Of these, for the namespace's own limit in entries or bytes, for the limits of all together, and for limits that were lowered. */
  evictedForEntries: number
  evictedForBytes: number
  evictedForShared: number
  evictedForResize: number
  /** What the evicted counted in bytes. */
  evictedBytes: number
  refused: number
  /** Marks applied. */
  invalidations: number
  /** Entries that marks removed. */
  invalidated: number
  degraded: number
}

/** All counters at zero. */
export function cacheStatistics(): CacheStatistics {
  return {
    hits: 0,
    staleHits: 0,
    misses: 0,
    sets: 0,
    deletes: 0,
    loads: 0,
    loadFailures: 0,
    loadTimeouts: 0,
    loadMs: 0,
    coalesced: 0,
    refreshes: 0,
    expired: 0,
    evicted: 0,
    evictedForEntries: 0,
    evictedForBytes: 0,
    evictedForShared: 0,
    evictedForResize: 0,
    evictedBytes: 0,
    refused: 0,
    invalidations: 0,
    invalidated: 0,
    degraded: 0,
  }
}

const EVICTED_FOR = {
  entries: 'evictedForEntries',
  bytes: 'evictedForBytes',
  shared: 'evictedForShared',
  resize: 'evictedForResize',
} as const

/** Counts an entry that left the store under its cause. */
export function countRemoval(
  statistics: CacheStatistics,
  { sizeBytes }: Pick<RemovedEntry, 'sizeBytes'>,
  cause: RemovalCause,
): void {
  switch (cause.kind) {
    case 'expired':
      statistics.expired += 1
      return
    case 'evicted':
      statistics.evicted += 1
      statistics.evictedBytes += sizeBytes
      statistics[EVICTED_FOR[cause.limit]] += 1
      return
    case 'refused':
      statistics.refused += 1
      return
    case 'invalidated':
      statistics.invalidated += 1
      return
    case 'replaced':
    case 'deleted':
      return
  }
}

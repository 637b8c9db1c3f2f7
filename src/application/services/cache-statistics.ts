import type { RemovalCause } from '../../core/protocols/cache-repository.ts'

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
    refused: 0,
    invalidations: 0,
    invalidated: 0,
    degraded: 0,
  }
}

/** Counts an entry that left the store under its cause. */
export function countRemoval(statistics: CacheStatistics, cause: RemovalCause): void {
  switch (cause.kind) {
    case 'expired':
      statistics.expired += 1
      return
    case 'evicted':
      statistics.evicted += 1
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

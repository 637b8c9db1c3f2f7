import type { HitRatioEstimates } from '../../core/protocols/cache-repository.ts'
import type { HotKey } from '../services/access-patterns.ts'
import type { CacheStatistics } from '../services/cache-statistics.ts'
import { cacheStatistics } from '../services/cache-statistics.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'

const HOT_KEYS = 10

/** Counters since the start, and what is held now. */
export interface CacheStats extends Readonly<CacheStatistics> {
  /** Hits, stale ones included, per lookup; 0 before the first. */
  readonly hitRatio: number
  readonly entries: number
  readonly bytes: number
  /** The namespace's own limits; `undefined` where only the cache's count. */
  readonly maxEntries: number | undefined
  readonly maxBytes: number | undefined
  /** What more or less memory would bring; `undefined` where nobody knows: behind a backend, after few lookups, for several namespaces together. */
  readonly estimatedHitRatio: HitRatioEstimates | undefined
  readonly activeLoads: number
  readonly queuedLoads: number
  /** The keys asked for most, estimated from a sample. */
  readonly hotKeys: readonly HotKey[]
}

/** What a namespace has done and holds. Never rejects: a backend that doesn't answer counts as empty. */
export async function getCacheStats(ports: NamespacePorts): Promise<CacheStats> {
  const memory = ports.memory ?? ports.shared?.near.memory
  const usage = memory?.usage() ?? (await ports.remote?.usage())
  const { statistics } = ports
  return {
    ...statistics,
    hitRatio: hitRatioOf(statistics),
    entries: usage?.entries ?? 0,
    bytes: usage?.bytes ?? 0,
    maxEntries: ports.settings.maxEntries,
    maxBytes: ports.settings.maxBytes,
    estimatedHitRatio: memory?.estimates(),
    activeLoads: ports.flights.size,
    queuedLoads: ports.limiter.queued,
    hotKeys: ports.patterns.hottest(HOT_KEYS),
  }
}

/** Several namespaces taken together; limits are left out, and hot keys aren't mixed. */
export function sumCacheStats(parts: readonly CacheStats[]): CacheStats {
  const sum: Sums = { ...cacheStatistics(), entries: 0, bytes: 0, activeLoads: 0, queuedLoads: 0 }
  for (const part of parts) addInto(sum, part)
  return {
    ...sum,
    hitRatio: hitRatioOf(sum),
    maxEntries: undefined,
    maxBytes: undefined,
    estimatedHitRatio: undefined,
    hotKeys: [],
  }
}

type Sums = CacheStatistics & Record<'entries' | 'bytes' | 'activeLoads' | 'queuedLoads', number>

function addInto(sum: Sums, part: Readonly<Sums>): void {
  for (const name of Object.keys(sum)) {
    if (isCounter(sum, name)) sum[name] += part[name]
  }
}

function isCounter(sum: Sums, name: string): name is keyof Sums {
  return name in sum
}

function hitRatioOf(counters: Pick<CacheStatistics, 'hits' | 'staleHits' | 'misses'>): number {
  const hits = counters.hits + counters.staleHits
  const lookups = hits + counters.misses
  return lookups === 0 ? 0 : hits / lookups
}

import { type CacheEntry, freshnessAt } from '../../core/entities/cache-entry.ts'
import type { CacheTier } from '../../core/events/cache-hit.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { CachePriority } from '../../core/value-objects/cache-priority.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { extendLife } from '../services/stores/extend-life.ts'
import { findEntry } from '../services/stores/find-entry.ts'
import { presented } from '../services/stores/store-entry.ts'

/** A value with what is known of it. On a miss every field but `state` is neutral. */
export interface Lookup<V = unknown> {
  readonly state: 'fresh' | 'stale' | 'miss'
  readonly value: V | undefined
  readonly tier: CacheTier | undefined
  readonly ageMs: number
  /** Until it is stale; 0 when stale, `Infinity` for never. */
  readonly ttlMs: number
  /** Until it is gone for stale answers, too. */
  readonly staleMs: number
  readonly tags: readonly string[]
  readonly dependsOn: readonly string[]
  readonly priority: CachePriority
  readonly sizeBytes: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly accessCount: number
}

/** What a lookup of nothing answers. */
const MISS: Lookup<never> = Object.freeze({
  state: 'miss',
  value: undefined,
  tier: undefined,
  ageMs: 0,
  ttlMs: 0,
  staleMs: 0,
  tags: Object.freeze([]),
  dependsOn: Object.freeze([]),
  priority: 'medium',
  sizeBytes: 0,
  createdAtMs: 0,
  expiresAtMs: 0,
  accessCount: 0,
})

/**
 * The fresh entry of a key; `undefined` is a miss. Counts as a use, and makes a sliding entry live on.
 * Never rejects.
 */
export async function getCacheEntry(
  ports: NamespacePorts,
  key: CacheKey,
): Promise<CacheEntry | undefined> {
  const readSeq = ports.invalidation.head().seq
  const entry = await findEntry(ports, key)
  if (entry === undefined || freshnessAt(entry, ports.clock.nowMs()) !== 'fresh') {
    ports.onMiss(key)
    return undefined
  }
  ports.onHit(key, tierOf(ports), false)
  extendLife(ports, entry, readSeq)
  return entry
}

/**
 * A value, fresh or stale, with what is known of it. Counts as a hit or a miss; a fresh one counts as a
 * use, and lives on if it slides, as with `get`. Answers at once from memory. Never rejects.
 */
export function lookUpCacheEntry(ports: NamespacePorts, key: CacheKey): Lookup | Promise<Lookup> {
  const readSeq = ports.invalidation.head().seq
  if (ports.memory !== undefined) return countedLookup(ports, key, ports.memory.get(key), readSeq)
  return findEntry(ports, key).then((entry) => countedLookup(ports, key, entry, readSeq))
}

function countedLookup(
  ports: NamespacePorts,
  key: CacheKey,
  entry: CacheEntry | undefined,
  readSeq: number,
): Lookup {
  if (entry === undefined) {
    ports.onMiss(key)
    return MISS
  }
  const lookup = lookupOf(ports, entry)
  ports.onHit(key, tierOf(ports), lookup.state === 'stale')
  if (lookup.state === 'fresh') extendLife(ports, entry, readSeq)
  return lookup
}

/** What is known of an entry now. */
export function lookupOf(
  ports: Pick<NamespacePorts, 'clock' | 'memory' | 'settings'>,
  entry: CacheEntry,
): Lookup {
  const nowMs = ports.clock.nowMs()
  const isFresh = freshnessAt(entry, nowMs) === 'fresh'
  return {
    state: isFresh ? 'fresh' : 'stale',
    value: presented(ports, entry.value),
    tier: tierOf(ports),
    ageMs: Math.max(0, nowMs - entry.createdAtMs),
    ttlMs: isFresh ? entry.expiresAtMs - nowMs : 0,
    staleMs: Math.max(0, entry.staleUntilMs - nowMs),
    tags: entry.tags,
    dependsOn: entry.dependsOn,
    priority: entry.priority,
    sizeBytes: entry.sizeBytes,
    createdAtMs: entry.createdAtMs,
    expiresAtMs: entry.expiresAtMs,
    accessCount: entry.accessCount,
  }
}

function tierOf(ports: Pick<NamespacePorts, 'memory'>): CacheTier {
  return ports.memory === undefined ? 'repository' : 'memory'
}

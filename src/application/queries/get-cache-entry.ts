import { type CacheEntry, freshnessAt } from '../../core/entities/cache-entry.ts'
import type { CacheTier } from '../../core/events/cache-hit.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { CachePriority } from '../../core/value-objects/cache-priority.ts'
import type { LocatedEntry } from '../services/coherence/shared-tiers.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { extendLife } from '../services/stores/extend-life.ts'
import { locateEntries, locateEntry } from '../services/stores/find-entry.ts'
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
  return freshEntry(ports, key, await locateEntry(ports, key), readSeq)
}

/** As `getCacheEntry` for each of them. */
export async function getCacheEntries(
  ports: NamespacePorts,
  keys: readonly CacheKey[],
): Promise<readonly (CacheEntry | undefined)[]> {
  const readSeq = ports.invalidation.head().seq
  const found = await locateEntries(ports, keys)
  return keys.map((key, at) => freshEntry(ports, key, found[at], readSeq))
}

function freshEntry(
  ports: NamespacePorts,
  key: CacheKey,
  found: LocatedEntry | undefined,
  readSeq: number,
): CacheEntry | undefined {
  if (found === undefined || freshnessAt(found.entry, ports.clock.nowMs()) !== 'fresh') {
    ports.onMiss(key)
    return undefined
  }
  ports.onHit(key, found.tier, false)
  extendLife(ports, found.entry, readSeq)
  return found.entry
}

/**
 * A value, fresh or stale, with what is known of it. Counts as a hit or a miss; a fresh one counts as a
 * use, and lives on if it slides, as with `get`. Answers at once from memory. Never rejects.
 */
export function lookUpCacheEntry(ports: NamespacePorts, key: CacheKey): Lookup | Promise<Lookup> {
  const readSeq = ports.invalidation.head().seq
  if (ports.memory === undefined) {
    return locateEntry(ports, key).then((found) => countedLookup(ports, key, found, readSeq))
  }
  const entry = ports.memory.get(key)
  const found = entry === undefined ? undefined : ({ entry, tier: 'memory' } as const)
  return countedLookup(ports, key, found, readSeq)
}

function countedLookup(
  ports: NamespacePorts,
  key: CacheKey,
  found: LocatedEntry | undefined,
  readSeq: number,
): Lookup {
  if (found === undefined) {
    ports.onMiss(key)
    return MISS
  }
  const lookup = lookupOf(ports, found)
  ports.onHit(key, found.tier, lookup.state === 'stale')
  if (lookup.state === 'fresh') extendLife(ports, found.entry, readSeq)
  return lookup
}

/** What is known of an entry now. */
export function lookupOf(
  ports: Pick<NamespacePorts, 'clock' | 'settings'>,
  { entry, tier }: LocatedEntry,
): Lookup {
  const nowMs = ports.clock.nowMs()
  const isFresh = freshnessAt(entry, nowMs) === 'fresh'
  return {
    state: isFresh ? 'fresh' : 'stale',
    value: presented(ports, entry.value),
    tier,
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

import type { CacheKey } from '../value-objects/cache-key.ts'
import type { CachePriority } from '../value-objects/cache-priority.ts'
import type { SizeBytes } from '../value-objects/cache-size.ts'
import type { CacheTag, DependencyName } from '../value-objects/cache-tag.ts'
import { type CacheTtl, expiresAtMs, slidingExpiresAtMs } from '../value-objects/cache-ttl.ts'
import type { DurationMs } from '../value-objects/duration.ts'
import type { LogPosition } from '../value-objects/log-position.ts'

/** A cached value with its life and its memberships. One shape, all fields always there. */
export interface CacheEntry<V = unknown> {
  readonly key: CacheKey
  /** `undefined` only for a remembered absence (`negativeTtl`). */
  readonly value: V
  readonly namespace: string
  readonly ttl: CacheTtl
  readonly priority: CachePriority
  readonly createdAtMs: number
  readonly accessedAtMs: number
  readonly accessCount: number
  readonly sizeBytes: SizeBytes
  readonly tags: readonly CacheTag[]
  readonly dependsOn: readonly DependencyName[]
  /** Where the invalidation log stood when the computation of the value began, not when it was stored. */
  readonly birth: LogPosition
  /** Fresh before this instant; `Infinity` for `'never'`. */
  readonly expiresAtMs: number
  /** May be kept for stale answers before this instant; never earlier than `expiresAtMs`. */
  readonly staleUntilMs: number
  /** Each read makes it live this long again, up to `ttl` from its creation; `undefined`: reads change nothing. */
  readonly slidingTtlMs: DurationMs | undefined
  /** A soft invalidation reached it: it may only be served under `staleIfError`. */
  readonly isSoftInvalidated: boolean
}

/** What a new entry is made of; the rest of its fields follow. */
export interface CacheEntryInput<V> {
  readonly key: CacheKey
  readonly value: V
  readonly namespace: string
  readonly ttl: CacheTtl
  readonly priority: CachePriority
  readonly createdAtMs: number
  readonly sizeBytes: SizeBytes
  readonly tags: readonly CacheTag[]
  readonly dependsOn: readonly DependencyName[]
  readonly birth: LogPosition
  readonly expiresAtMs: number
  readonly staleUntilMs: number
  readonly slidingTtlMs: DurationMs | undefined
}

/** Makes the record of a value that is about to be stored: never read, not invalidated. */
export function cacheEntry<V>(input: CacheEntryInput<V>): CacheEntry<V> {
  return {
    key: input.key,
    value: input.value,
    namespace: input.namespace,
    ttl: input.ttl,
    priority: input.priority,
    createdAtMs: input.createdAtMs,
    accessedAtMs: input.createdAtMs,
    accessCount: 0,
    sizeBytes: input.sizeBytes,
    tags: input.tags,
    dependsOn: input.dependsOn,
    birth: input.birth,
    expiresAtMs: input.expiresAtMs,
    staleUntilMs: input.staleUntilMs,
    slidingTtlMs: input.slidingTtlMs,
    isSoftInvalidated: false,
  }
}

/** `fresh`: serve it. `stale`: only under a stale window. `dead`: as if it weren't there. */
export type Freshness = 'fresh' | 'stale' | 'dead'

/** How an entry stands at an instant. At `expiresAtMs` itself it is stale, at `staleUntilMs` dead. */
export function freshnessAt(entry: CacheEntry, nowMs: number): Freshness {
  if (nowMs < entry.expiresAtMs && !entry.isSoftInvalidated) return 'fresh'
  return nowMs < entry.staleUntilMs ? 'stale' : 'dead'
}

/** True if `staleWhileRevalidate` of this length covers the entry now. A soft-invalidated entry is never covered. */
export function isWithinRevalidation(entry: CacheEntry, windowMs: number, nowMs: number): boolean {
  return (
    !entry.isSoftInvalidated && nowMs < entry.expiresAtMs + windowMs && nowMs < entry.staleUntilMs
  )
}

/** True if `staleIfError` of this length covers the entry now, also after a soft invalidation. No window, no cover. */
export function isWithinErrorWindow(entry: CacheEntry, windowMs: number, nowMs: number): boolean {
  return windowMs > 0 && nowMs < entry.expiresAtMs + windowMs && nowMs < entry.staleUntilMs
}

/**
 * The life of a sliding entry after a read at `nowMs`; `undefined` if it doesn't move. Its stale
 * window moves along. Never beyond `ttl` from the creation.
 */
export function slidLife(
  entry: Pick<CacheEntry, 'ttl' | 'slidingTtlMs' | 'createdAtMs' | 'expiresAtMs' | 'staleUntilMs'>,
  nowMs: number,
): { expiresAtMs: number; staleUntilMs: number } | undefined {
  if (entry.slidingTtlMs === undefined) return undefined
  const until = Math.max(
    entry.expiresAtMs, // A read never shortens a life, such as one that `touch` gave.
    slidingExpiresAtMs({
      nowMs,
      slidingMs: entry.slidingTtlMs,
      capAtMs: expiresAtMs(entry.ttl, entry.createdAtMs),
    }),
  )
  // Nothing can be added to for ever, as after touch() with 'never'.
  if (until === Number.POSITIVE_INFINITY) return undefined
  return { expiresAtMs: until, staleUntilMs: until + (entry.staleUntilMs - entry.expiresAtMs) }
}

/** True for a record that has the shape of an entry, and this key if one is given; what a foreign backend hands out may be anything. */
export function isCacheEntry(value: unknown, key?: CacheKey): value is CacheEntry {
  if (typeof value !== 'object' || value === null) return false
  const entry: Partial<Record<keyof CacheEntry, unknown>> = value
  return (
    typeof entry.key === 'string' &&
    (key === undefined || entry.key === key) &&
    'value' in entry &&
    [entry.expiresAtMs, entry.staleUntilMs, entry.createdAtMs, entry.sizeBytes].every(isNumber) &&
    (entry.slidingTtlMs === undefined || isNumber(entry.slidingTtlMs)) &&
    [entry.tags, entry.dependsOn].every(isTexts) &&
    hasFields(entry.ttl, { kind: 'string' }) &&
    hasFields(entry.birth, { generation: 'string', seq: 'number' })
  )
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value)
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}

function hasFields(value: unknown, types: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(types).every(([name, type]) => typeof Reflect.get(value, name) === type)
}

import { type CacheEntry, freshnessAt } from '../../core/entities/cache-entry.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import type { EntryPage } from '../../core/protocols/cache-repository.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { CachePriority } from '../../core/value-objects/cache-priority.ts'
import {
  type InvalidationPattern,
  parseInvalidationPattern,
} from '../../core/value-objects/invalidation-pattern.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { servable } from '../services/stores/servable.ts'

/** What a listing says of a key; never its value. */
export interface KeyListing {
  readonly key: CacheKey
  readonly state: 'fresh' | 'stale'
  readonly sizeBytes: number
  readonly priority: CachePriority
  readonly tags: readonly string[]
  readonly dependsOn: readonly string[]
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly staleUntilMs: number
  readonly accessedAtMs: number
  readonly accessCount: number
}

/** One page. It may hold fewer than asked, even none, and still have a cursor: a call looks at a bounded number of entries. */
export interface KeyPage {
  readonly entries: readonly KeyListing[]
  /** How many entries were looked at. */
  readonly scanned: number
  /** Hand it back for the next page; `undefined` on the last one. */
  readonly cursor: string | undefined
}

/** What to list. */
export interface KeyQuery {
  readonly pattern: InvalidationPattern | undefined
  readonly limit: number
  readonly cursor: string | undefined
}

/** What a caller may say of a listing. */
export interface KeyListOptions {
  /** A pattern with wildcards; all keys if not said. */
  readonly match?: string
  /** Most keys: of a page, 1 to 10 000, 1000 if not said; of an iteration, all if not said. */
  readonly limit?: number
  readonly cursor?: string
}

const DEFAULT_LIMIT = 1000
const MAX_LIMIT = 10_000

/** @throws CacheError CACHE_PATTERN_INVALID, CACHE_OPTION_INVALID */
export function parseKeyQuery(options: KeyListOptions): KeyQuery {
  return {
    pattern: options.match === undefined ? undefined : parseInvalidationPattern(options.match),
    limit: parseLimit(options.limit ?? DEFAULT_LIMIT, MAX_LIMIT),
    cursor: options.cursor,
  }
}

/** The keys that match, page after page, at most `limit` of them. */
export function allCacheKeys(
  ports: NamespacePorts,
  options: Omit<KeyListOptions, 'cursor'>,
): AsyncIterable<string> {
  const most = parseLimit(options.limit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const { limit: _, ...rest } = options
  return pages(ports, { ...parseKeyQuery(rest), limit: Math.min(most, DEFAULT_LIMIT) }, most)
}

async function* pages(
  ports: NamespacePorts,
  first: KeyQuery,
  most: number,
): AsyncGenerator<string> {
  let query = first
  let given = 0
  for (;;) {
    const page = await listCacheKeys(ports, query)
    for (const { key } of page.entries) {
      yield key
      given += 1
      if (given >= most) return
    }
    if (page.cursor === undefined) return
    query = { ...query, cursor: page.cursor }
  }
}

function parseLimit(limit: number, max: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= max) return limit
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot list keys: expected a limit of 1 to ${max}, got ${String(limit)}`,
  )
}

/** Most entries that one call looks at. */
export const MAX_SCANNED = 10_000
const PAGE = 500

/**
 * The keys that match and may be served, fresh or stale, a page at a time.
 *
 * @throws CacheError CACHE_CURSOR_INVALID; what a backend throws
 */
export async function listCacheKeys(ports: NamespacePorts, query: KeyQuery): Promise<KeyPage> {
  const entries: KeyListing[] = []
  let scanned = 0
  let cursor = query.cursor
  do {
    const page = await pageOf(ports, Math.min(PAGE, query.limit - entries.length), cursor)
    scanned += page.entries.length
    cursor = page.cursor
    for (const entry of page.entries) {
      if (query.pattern !== undefined && !query.pattern.matches(entry.key)) continue
      const live = servable(ports, entry)
      if (live !== undefined) entries.push(listingOf(live, ports.clock.nowMs()))
    }
  } while (cursor !== undefined && entries.length < query.limit && scanned < MAX_SCANNED)
  return { entries, scanned, cursor }
}

function pageOf(
  ports: NamespacePorts,
  limit: number,
  cursor: string | undefined,
): EntryPage | Promise<EntryPage> {
  if (ports.memory !== undefined) return ports.memory.list(limit, cursor)
  return (
    (ports.remote ?? ports.shared?.store)?.list(limit, cursor) ?? { entries: [], cursor: undefined }
  )
}

function listingOf(entry: CacheEntry, nowMs: number): KeyListing {
  return {
    key: entry.key,
    state: freshnessAt(entry, nowMs) === 'fresh' ? 'fresh' : 'stale',
    sizeBytes: entry.sizeBytes,
    priority: entry.priority,
    tags: entry.tags,
    dependsOn: entry.dependsOn,
    createdAtMs: entry.createdAtMs,
    expiresAtMs: entry.expiresAtMs,
    staleUntilMs: entry.staleUntilMs,
    accessedAtMs: entry.accessedAtMs,
    accessCount: entry.accessCount,
  }
}

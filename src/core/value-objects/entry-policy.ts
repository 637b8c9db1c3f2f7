import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'
import { type CachePriority, parseCachePriority } from './cache-priority.ts'
import {
  type CacheTag,
  type DependencyName,
  parseCacheTags,
  parseDependencyNames,
} from './cache-tag.ts'
import { type CacheTtl, parseCacheTtl, type TtlInput } from './cache-ttl.ts'
import { type Duration, type DurationMs, parseDuration } from './duration.ts'

/** How long a value lives: a TTL, or a function of the value that answers one. */
export type TtlOption<V> = TtlInput | ((value: V) => TtlInput)

/** What may be said of an entry, per namespace and per call. */
export interface EntryOptions<V = unknown> {
  /** Life of a value: a duration, `'never'`, `0` (stored nowhere), an instant, or a function of the value. */
  readonly ttl?: TtlOption<V>
  /** Names under which the entry can be invalidated together with others. */
  readonly tags?: readonly string[]
  /** What the value was made from: invalidating one of these, or what they depend on, invalidates the entry. */
  readonly dependsOn?: readonly string[]
  /** Who stays when space runs out. */
  readonly priority?: CachePriority
  /** After the TTL: answer the old value at once for this long, and refresh behind it (RFC 5861). */
  readonly staleWhileRevalidate?: Duration
  /** After the TTL: answer the old value for this long if the factory fails or is late (RFC 5861). */
  readonly staleIfError?: Duration
  /** Refresh behind a hit once this share of the TTL has passed; above 0, below 1. */
  readonly refreshAhead?: number
  /** Shortens each TTL by a random share of up to this much, so that entries stored together don't expire together; from 0 to below 1. */
  readonly jitter?: number
  /** With a stale value at hand: wait this long for the factory, then answer the stale one; the factory goes on. */
  readonly softTimeout?: Duration
  /** Longest run of a factory: then its signal aborts, waiters get the stale value or an error, and its late result is dropped. */
  readonly hardTimeout?: Duration
  /** Remember `null` and `undefined` results for this long, instead of `ttl` for `null` and not at all for `undefined`. */
  readonly negativeTtl?: Duration
  /** After a failure, answer the same error (or the stale value) for this long without a new attempt; doubles with each failure in a row, up to 16 times. */
  readonly errorTtl?: Duration
  /** The entry also expires when it wasn't read for this long; `ttl` stays the limit from its creation. */
  readonly slidingTtl?: Duration
  /** Reject when the cache can't do what was asked, instead of going on without it. */
  readonly strict?: boolean
}

/** The same with every field decided. */
export interface EntryPolicy<V = unknown> {
  readonly ttl: CacheTtl | ((value: V) => TtlInput)
  readonly tags: readonly CacheTag[]
  readonly dependsOn: readonly DependencyName[]
  readonly priority: CachePriority
  readonly staleWhileRevalidateMs: DurationMs
  readonly staleIfErrorMs: DurationMs
  readonly refreshAhead: number | undefined
  readonly jitter: number
  readonly softTimeoutMs: DurationMs | undefined
  readonly hardTimeoutMs: DurationMs
  readonly negativeTtlMs: DurationMs | undefined
  readonly errorTtlMs: DurationMs | undefined
  readonly slidingTtlMs: DurationMs | undefined
  readonly strict: boolean
}

/** What an entry is when nothing is said of it. Five minutes, and no factory holds its key for over 30 s. */
export const DEFAULT_ENTRY_POLICY: EntryPolicy & { readonly ttl: CacheTtl } = Object.freeze({
  ttl: Object.freeze({ kind: 'span', ms: parseDuration('5m', 'ttl') }),
  tags: Object.freeze([]),
  dependsOn: Object.freeze([]),
  priority: 'medium',
  staleWhileRevalidateMs: parseDuration(0, 'staleWhileRevalidate'),
  staleIfErrorMs: parseDuration(0, 'staleIfError'),
  refreshAhead: undefined,
  jitter: 0.1,
  softTimeoutMs: undefined,
  hardTimeoutMs: parseDuration('30s', 'hardTimeout'),
  negativeTtlMs: undefined,
  errorTtlMs: undefined,
  slidingTtlMs: undefined,
  strict: false,
})

const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  'ttl',
  'tags',
  'dependsOn',
  'priority',
  'staleWhileRevalidate',
  'staleIfError',
  'refreshAhead',
  'jitter',
  'softTimeout',
  'hardTimeout',
  'negativeTtl',
  'errorTtl',
  'slidingTtl',
  'strict',
])

/** True if `name` is an option of an entry. */
export function isEntryOption(name: string): boolean {
  return KNOWN_OPTIONS.has(name)
}

/**
 * Refuses a name that is no option of an entry, so that a slip of the pen doesn't pass for a default.
 *
 * @param others further names that the call takes
 * @throws CacheError CACHE_OPTION_INVALID
 */
export function rejectUnknownOptions(options: object, others: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (KNOWN_OPTIONS.has(name) || others.includes(name)) continue
    const known = [...KNOWN_OPTIONS, ...others].join(', ')
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      `Cannot use the option ${describeValue(name)}: expected one of ${known}`,
    )
  }
}

/**
 * Decides every field: what `options` says, else `base`. Answers `base` itself when there is nothing to
 * override, so that the common call allocates nothing. Tags and dependencies add to those of `base`.
 *
 * @throws CacheError CACHE_OPTION_INVALID, CACHE_TTL_INVALID or CACHE_TAG_INVALID
 */
export function resolveEntryPolicy<V>(
  base: EntryPolicy<V>,
  options: EntryOptions<V> | undefined,
  nowMs: number,
): EntryPolicy<V> {
  if (options === undefined) return base
  const policy: EntryPolicy<V> = {
    ttl: pickTtl(options.ttl, base.ttl, nowMs),
    tags: merged(base.tags, options.tags, (names) => parseCacheTags(names, 'tags')),
    dependsOn: merged(base.dependsOn, options.dependsOn, (names) =>
      parseDependencyNames(names, 'dependsOn'),
    ),
    priority: options.priority === undefined ? base.priority : parseCachePriority(options.priority),
    staleWhileRevalidateMs: span(
      options.staleWhileRevalidate,
      base.staleWhileRevalidateMs,
      'staleWhileRevalidate',
    ),
    staleIfErrorMs: span(options.staleIfError, base.staleIfErrorMs, 'staleIfError'),
    refreshAhead: ratio(options.refreshAhead, base.refreshAhead, 'refreshAhead'),
    jitter: ratio(options.jitter, base.jitter, 'jitter'),
    softTimeoutMs: span(options.softTimeout, base.softTimeoutMs, 'softTimeout'),
    hardTimeoutMs: positiveSpan(options.hardTimeout, base.hardTimeoutMs, 'hardTimeout'),
    negativeTtlMs: span(options.negativeTtl, base.negativeTtlMs, 'negativeTtl'),
    errorTtlMs: span(options.errorTtl, base.errorTtlMs, 'errorTtl'),
    slidingTtlMs: positiveSpan(options.slidingTtl, base.slidingTtlMs, 'slidingTtl'),
    strict: flag(options.strict, base.strict, 'strict'),
  }
  rejectContradictions(policy, options)
  return policy
}

function pickTtl<V>(
  option: TtlOption<V> | undefined,
  base: EntryPolicy<V>['ttl'],
  nowMs: number,
): EntryPolicy<V>['ttl'] {
  if (option === undefined) return base
  return typeof option === 'function' ? option : parseCacheTtl(option, nowMs)
}

function merged<T extends string>(
  base: readonly T[],
  option: readonly string[] | undefined,
  parse: (names: readonly string[]) => readonly T[],
): readonly T[] {
  if (option === undefined) return base
  const own = parse(option)
  if (base.length === 0) return own
  // Parsed together, since the limit is one of the entry, whoever named its tags.
  return own.length === 0 ? base : parse([...base, ...own])
}

function span<D extends DurationMs | undefined>(
  option: Duration | undefined,
  base: D,
  name: string,
): DurationMs | D {
  return option === undefined ? base : parseDuration(option, name)
}

function positiveSpan<D extends DurationMs | undefined>(
  option: Duration | undefined,
  base: D,
  name: string,
): DurationMs | D {
  const ms = span(option, base, name)
  if (ms === 0) {
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      `Cannot use ${name}: expected at least one millisecond, got ${String(option)}`,
    )
  }
  return ms
}

function ratio<R extends number | undefined>(
  option: number | undefined,
  base: R,
  name: 'jitter' | 'refreshAhead',
): number | R {
  if (option === undefined) return base
  const isInside =
    typeof option === 'number' && option < 1 && (name === 'jitter' ? option >= 0 : option > 0)
  if (isInside) return option
  const rule = name === 'jitter' ? 'a number from 0 to below 1' : 'a number above 0 and below 1'
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use ${name}: expected ${rule}, got ${String(option)}`,
  )
}

function flag(option: boolean | undefined, base: boolean, name: string): boolean {
  if (option === undefined) return base
  if (typeof option === 'boolean') return option
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use ${name}: expected true or false, got ${String(option)}`,
  )
}

/** Only what these options say themselves can contradict: what they inherit then just doesn't apply. */
function rejectContradictions<V>(policy: EntryPolicy<V>, options: EntryOptions<V>): void {
  const { softTimeoutMs, hardTimeoutMs, ttl } = policy
  if (
    options.softTimeout !== undefined &&
    softTimeoutMs !== undefined &&
    softTimeoutMs > hardTimeoutMs
  ) {
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      `Cannot use softTimeout with hardTimeout: expected softTimeout of at most ${hardTimeoutMs} ms, got ${softTimeoutMs}`,
    )
  }
  if (options.refreshAhead !== undefined && typeof ttl !== 'function' && ttl.kind === 'never') {
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      "Cannot use refreshAhead with ttl: 'never' has no share that could pass",
    )
  }
}

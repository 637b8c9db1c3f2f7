import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'
import { type Duration, type DurationMs, MAX_DURATION_MS, parseDuration } from './duration.ts'
import { parseIsoInstant } from './parse-iso-instant.ts'

/** A point in time as an object; every `Date` is one. */
export interface InstantLike {
  /** Milliseconds since the Unix epoch. */
  getTime(): number
}

/**
 * How long a value lives, as users write it: a duration, `'never'`, `0` (stored nowhere), a `Date`, or
 * an ISO 8601 date-time with an offset.
 */
export type TtlInput = Duration | 'never' | InstantLike | string

/**
 * How long a value lives.
 *
 * `never`: until it is invalidated, deleted or evicted. `instant`: it isn't stored at all. `span`: from
 * the moment it is stored. `until`: to an instant, in milliseconds since the Unix epoch.
 */
export type CacheTtl =
  | { readonly kind: 'never' }
  | { readonly kind: 'instant' }
  | { readonly kind: 'span'; readonly ms: DurationMs }
  | { readonly kind: 'until'; readonly atMs: number }

/** What moves the end of an entry's life: nothing, each read (`sliding`), or how often the value changes (`adaptive`). */
export type TtlExtension = 'none' | 'sliding' | 'adaptive'

const NEVER: CacheTtl = Object.freeze({ kind: 'never' })
const INSTANT: CacheTtl = Object.freeze({ kind: 'instant' })

/**
 * The TTL of what a user wrote, at this moment.
 *
 * A date-time without an offset is refused: it means another instant on each machine. So is an instant
 * that isn't after `nowMs`, or is more than `MAX_DURATION_MS` after it.
 *
 * @throws CacheError CACHE_TTL_INVALID
 */
export function parseCacheTtl(input: unknown, nowMs: number): CacheTtl {
  if (input === 'never') return NEVER
  if (typeof input === 'string' && looksLikeDate(input)) return until(input, isoAtMs(input), nowMs)
  if (isInstantLike(input)) return until(input, input.getTime(), nowMs)
  if (typeof input !== 'number' && typeof input !== 'string') {
    throw ttlError("a duration such as '5m', 'never', a Date or an ISO 8601 date-time", input)
  }
  const ms = parseDuration(input, 'ttl', 'CACHE_TTL_INVALID')
  return ms === 0 ? INSTANT : { kind: 'span', ms }
}

/**
 * When a value stored at `nowMs` stops being fresh, in milliseconds since the Unix epoch.
 *
 * `Infinity` for `never`: it is the end of time, and every instant is earlier, so nobody who compares
 * needs a second case for it.
 */
export function expiresAtMs(ttl: CacheTtl, nowMs: number): number {
  switch (ttl.kind) {
    case 'never':
      return Number.POSITIVE_INFINITY
    case 'instant':
      return nowMs
    case 'span':
      return nowMs + ttl.ms
    case 'until':
      return ttl.atMs
  }
}

/**
 * A span shortened by a random share, so that entries stored together don't expire together. Whole
 * milliseconds, never longer than `ms`, and at least 1 if `ms` is.
 *
 * @param ms whole milliseconds, or `Infinity`, which stays
 * @param ratio the largest share to take away, 0 to below 1
 * @param random 0 to below 1
 */
export function jittered(ms: number, ratio: number, random: number): number {
  return ms === Number.POSITIVE_INFINITY ? ms : Math.ceil(ms - ms * ratio * random)
}

/** What `slidingExpiresAtMs` goes by. */
export interface SlidingLife {
  readonly nowMs: number
  /** How long an entry lives after a read. */
  readonly slidingMs: number
  /** Past this instant no read extends the life; `Infinity` if there is no such limit. */
  readonly capAtMs: number
}

/** The end of a sliding life after a read at `nowMs`: `slidingMs` later, but no later than the cap. */
export function slidingExpiresAtMs(life: SlidingLife): number {
  return Math.min(life.nowMs + life.slidingMs, life.capAtMs)
}

/** What `adaptiveTtlMs` goes by. */
export interface ObservedChange {
  /** The TTL that was in force, in milliseconds. */
  readonly ttlMs: number
  /** True if the value was found changed: by a refresh, or by an invalidation while it was fresh. */
  readonly hasChanged: boolean
  /** Shortest TTL, and the step by which it grows; whole milliseconds, at least 1. */
  readonly minMs: number
  readonly maxMs: number
}

/**
 * The next TTL of a value, by its observed rate of change: half after a change, `minMs` more after a
 * refresh that brought the same value, within `minMs` and `maxMs`.
 *
 * Additive increase and multiplicative decrease, since a TTL too long serves wrong data while one too
 * short only costs a load: it backs off fast and creeps back. Source: notes/http-ops-security.md,
 * section 6; Chiu and Jain, "Analysis of the Increase and Decrease Algorithms", 1989.
 */
export function adaptiveTtlMs(observed: ObservedChange): number {
  const { ttlMs, hasChanged, minMs, maxMs } = observed
  const nextMs = hasChanged ? Math.floor(ttlMs / 2) : ttlMs + minMs
  return Math.min(Math.max(nextMs, minMs), maxMs)
}

/** True for text that can only be meant as a date, so that it gets a date's error message. */
function looksLikeDate(text: string): boolean {
  return /^\d+-/.test(text)
}

function isInstantLike(input: unknown): input is InstantLike {
  if (typeof input !== 'object' || input === null || !('getTime' in input)) return false
  return typeof input.getTime === 'function'
}

function isoAtMs(text: string): number {
  const read = parseIsoInstant(text)
  if (read.kind === 'instant') return read.atMs
  throw ttlError(read.expected, text)
}

function until(input: unknown, atMs: number, nowMs: number): CacheTtl {
  if (!Number.isInteger(atMs)) throw ttlError('a valid instant', input)
  if (atMs <= nowMs) throw ttlError('an instant in the future', input)
  if (atMs - nowMs > MAX_DURATION_MS) throw ttlError('an instant within 100 years', input)
  return { kind: 'until', atMs }
}

function ttlError(expected: string, input: unknown): CacheError {
  const got = isInstantLike(input) ? `the instant ${input.getTime()}` : describeValue(input)
  return new CacheError('CACHE_TTL_INVALID', `Cannot use ttl: expected ${expected}, got ${got}`)
}

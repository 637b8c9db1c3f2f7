import { CacheError, type CacheErrorCode } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'

declare const unit: unique symbol

/** A span of time as users write it: whole milliseconds, or `'500ms' | '30s' | '5m' | '1h' | '7d'`. */
export type Duration =
  | number
  | `${number}ms`
  | `${number}s`
  | `${number}m`
  | `${number}h`
  | `${number}d`

/** A span of time in whole milliseconds. Zero means "immediately"; there is no "forever". */
export type DurationMs = number & { readonly [unit]: 'ms' }

/**
 * Longest span: 100 years of 365.25 days, in milliseconds. Longer ones are mistakes in the unit;
 * who means forever says `'never'`.
 */
export const MAX_DURATION_MS: DurationMs = 3_155_760_000_000 as DurationMs

type Unit = readonly [name: string, ms: number]

const MILLISECOND: Unit = ['ms', 1]

/** Largest first. */
const UNITS: readonly Unit[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  MILLISECOND,
]

/** Longest text that can be a duration; keeps the exact arithmetic below on short numbers. */
const MAX_TEXT_LENGTH = 32

/**
 * The span in whole milliseconds, 0 to `MAX_DURATION_MS`.
 *
 * A text is a decimal number and a unit without a space: `ms`, `s`, `m`, `h` or `d`. Fractions are
 * fine as long as they come out at whole milliseconds (`'1.5s'`).
 *
 * @param option how the caller's option is called, for the message
 * @param code what a wrong value throws
 * @throws CacheError CACHE_OPTION_INVALID, or `code`
 */
export function parseDuration(
  value: unknown,
  option: string,
  code: CacheErrorCode = 'CACHE_OPTION_INVALID',
): DurationMs {
  const ms = typeof value === 'string' ? textToMs(value) : value
  if (typeof ms === 'number' && Number.isInteger(ms) && ms >= 0 && ms <= MAX_DURATION_MS) {
    // Turns -0 into 0.
    return (ms + 0) as DurationMs
  }
  throw new CacheError(
    code,
    `Cannot use ${option}: expected whole milliseconds from 0 to ${MAX_DURATION_MS}, or a text with one of the units ms, s, m, h, d such as '5m', got ${describeValue(value)}`,
  )
}

/**
 * The span as short text in at most two units, rounded to the smaller one (`5m`, `1h30m`); below
 * 100 ms in tenths (`12.3ms`).
 *
 * @param ms any span, also a measured one with fractions, or `Infinity` (`forever`)
 */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms === Number.POSITIVE_INFINITY) return 'forever'
  if (ms < 100) return `${Math.round(ms * 10) / 10}ms`
  const smallerMs = UNITS[largestUnit(ms) + 1]?.[1] ?? 1
  // Rounding may carry into the next larger unit: 59m59.6s is 1h.
  const roundedMs = Math.round(ms / smallerMs) * smallerMs
  const at = largestUnit(roundedMs)
  const [name, unitMs] = UNITS[at] ?? MILLISECOND
  const [restName, restMs] = UNITS[at + 1] ?? MILLISECOND
  const rest = (roundedMs % unitMs) / restMs
  return `${Math.floor(roundedMs / unitMs)}${name}${rest === 0 ? '' : `${rest}${restName}`}`
}

/** Where in `UNITS` the largest unit stands that fits into the span. */
function largestUnit(ms: number): number {
  return UNITS.findIndex(([, unitMs]) => unitMs <= ms)
}

/** NaN for what isn't a duration, and for fractions of a millisecond. */
function textToMs(text: string): number {
  const match = text.length <= MAX_TEXT_LENGTH ? /^(\d+)(?:\.(\d+))?(ms|[smhd])$/.exec(text) : null
  const [, whole = '', fraction = '', name] = match ?? []
  const unitMs = UNITS.find(([unitName]) => unitName === name)?.[1] ?? Number.NaN
  if (fraction === '') return Number(whole) * unitMs
  // 1.001 * 1000 isn't 1001 in floating point, so the decimal point is moved in integers.
  const scaled = BigInt(whole + fraction) * BigInt(unitMs)
  const divisor = 10n ** BigInt(fraction.length)
  return scaled % divisor === 0n ? Number(scaled / divisor) : Number.NaN
}

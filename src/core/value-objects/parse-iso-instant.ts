/** Fields of an ISO 8601 date-time in the extended format, offset included or not. */
const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?$/

/** Longest text that the grammar above allows; longer ones need no look. */
const MAX_TEXT_LENGTH = 40

const MS_PER_DAY = 86_400_000
const MS_PER_MINUTE = 60_000
const MONTH_DAYS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** An instant, or why there is none, as the rest of `expected …`. */
export type IsoInstant =
  | { readonly kind: 'instant'; readonly atMs: number }
  | { readonly kind: 'fault'; readonly expected: string }

/**
 * Reads an ISO 8601 date-time with an offset, such as `2026-03-29T01:59:59+01:00`, into milliseconds
 * since the Unix epoch. Source of the grammar: RFC 3339, section 5.6, with the seconds optional.
 *
 * Stricter than the platform's parser, which rolls February 30 over into March and takes a text
 * without an offset for the machine's local time. Digits below the millisecond are cut, so the answer
 * is never later than what was written.
 */
export function parseIsoInstant(text: string): IsoInstant {
  const match = text.length <= MAX_TEXT_LENGTH ? DATE_TIME.exec(text) : null
  if (match === null) return fault('an ISO 8601 date-time such as 2026-03-29T02:00:00Z')
  const [, year, month, day, hour, minute, second = '0', fraction = '', offset] = match
  if (offset === undefined) {
    return fault(
      'an offset such as Z or +02:00 at its end, since a local time alone names two instants or none when clocks change',
    )
  }
  const days = civilDays(Number(year), Number(month), Number(day))
  if (days === undefined) return fault('a day that exists')
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return fault('a time from 00:00:00 to 23:59:59')
  }
  const offsetMinutes = toOffsetMinutes(offset)
  if (offsetMinutes === undefined) return fault('an offset from -23:59 to +23:59')
  const minutes = Number(hour) * 60 + Number(minute) - offsetMinutes
  const ms = Number(second) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  return { kind: 'instant', atMs: days * MS_PER_DAY + minutes * MS_PER_MINUTE + ms }
}

function fault(expected: string): IsoInstant {
  return { kind: 'fault', expected }
}

function toOffsetMinutes(offset: string): number | undefined {
  if (offset === 'Z') return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(4))
  if (hours > 23 || minutes > 59) return undefined
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/**
 * Days from 1970-01-01 to a day of the proleptic Gregorian calendar; `undefined` for one that doesn't
 * exist. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`,
 * which begins its years in March so that the leap day comes last.
 */
function civilDays(year: number, month: number, day: number): number | undefined {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const monthDays = month === 2 && isLeapYear ? 29 : (MONTH_DAYS[month - 1] ?? 0)
  if (day < 1 || day > monthDays) return undefined
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

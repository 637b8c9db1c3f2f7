import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import { parseSize, type SizeBytes } from '../../core/value-objects/cache-size.ts'
import { type DurationMs, parseDuration } from '../../core/value-objects/duration.ts'

/** A setting of the service as people know it: how it is called, what it may be, and what it is if nobody says. */
export interface SettingInfo {
  /** Its path in the config file, such as `memory.maxBytes`. Its flag and its variable follow from it. */
  readonly name: string
  /** What it is, in a few words. */
  readonly what: string
  /** What it may be, in a few words. */
  readonly accepts: string
  /** As a user would write it; `undefined`: nothing. */
  readonly initial: unknown
}

/** A setting with its rule. */
export interface Setting<T> extends SettingInfo {
  /** @throws CacheError */
  readonly parse: (value: unknown) => T
}

/** What flags and variables begin with. */
export const ENVIRONMENT_PREFIX = 'PLATFORM_CACHE_'

/** `memory.maxBytes` → `--memory-max-bytes`. */
export function flagName(setting: string): string {
  return `--${words(setting).join('-')}`
}

/** `memory.maxBytes` → `PLATFORM_CACHE_MEMORY_MAX_BYTES`. */
export function environmentName(setting: string): string {
  return `${ENVIRONMENT_PREFIX}${words(setting).join('_').toUpperCase()}`
}

function words(setting: string): string[] {
  return setting
    .replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)
    .replaceAll('.', '-')
    .split('-')
}

/** Flags and variables are text; digits alone mean the number, as they would in the file. */
export function readText(text: string): unknown {
  return /^\d{1,15}$/.test(text) ? Number(text) : text
}

/** A value of which a set of texts is allowed. */
export function oneOf<const T extends string>(allowed: readonly T[]): (value: unknown) => T {
  return (value) => {
    const found = allowed.find((each) => each === value)
    if (found !== undefined) return found
    throw wrong(`one of ${allowed.join(', ')}`, value)
  }
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (value: unknown) => number {
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value
    }
    throw wrong(`a whole number from ${min} to ${max}`, value)
  }
}

/** A size up to `max`, both as users write sizes. */
export function sizeUpTo(max: string): (value: unknown) => SizeBytes {
  const maxBytes = parseSize(max, 'max')
  return (value) => {
    const bytes = parseSize(value, 'a size')
    if (bytes <= maxBytes) return bytes
    throw wrong(`at most ${max}`, value)
  }
}

/** A duration up to `max`, both as users write durations. */
export function durationUpTo(max: string): (value: unknown) => DurationMs {
  const maxMs = parseDuration(max, 'max')
  return (value) => {
    const ms = parseDuration(value, 'a duration')
    if (ms <= maxMs) return ms
    throw wrong(`at most ${max}`, value)
  }
}

/** The error of a value that isn't what its setting expects; the setting is named by whoever collects it. */
export function wrong(expected: string, value: unknown): CacheError {
  return new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use the setting: expected ${expected}, got ${describeValue(value)}`,
  )
}

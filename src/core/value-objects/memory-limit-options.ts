import { CacheError } from '../exceptions/cache-error.ts'
import { parseSize, type SizeBytes } from './cache-size.ts'

/** What memory may hold, as users write it: `{ maxBytes: '512mb' }`. */
export interface MemoryLimitOptions {
  /** Most entries; no limit if not said. */
  readonly maxEntries?: number
  /** Most bytes, such as `'256mb'`; 256 MiB if not said. */
  readonly maxBytes?: number | string
}

/** The same, decided. */
export interface MemoryLimitSettings {
  readonly maxEntries: number | undefined
  readonly maxBytes: SizeBytes
}

/** What memory may hold when nothing is said of it. */
export const DEFAULT_MEMORY_LIMITS: MemoryLimitSettings = Object.freeze({
  maxEntries: undefined,
  maxBytes: parseSize('256mb', 'maxBytes'),
})

/** @throws CacheError CACHE_OPTION_INVALID, CACHE_SIZE_INVALID */
export function parseMemoryLimits(options: MemoryLimitOptions): MemoryLimitSettings {
  const base = DEFAULT_MEMORY_LIMITS
  return {
    maxEntries:
      options.maxEntries === undefined ? base.maxEntries : wholeNumber(options.maxEntries),
    maxBytes:
      options.maxBytes === undefined ? base.maxBytes : parseSize(options.maxBytes, 'maxBytes'),
  }
}

function wholeNumber(value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use maxEntries: expected a whole number of at least 1, got ${String(value)}`,
  )
}

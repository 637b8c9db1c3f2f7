import { CacheError } from '../../core/exceptions/cache-error.ts'
import { type CacheKey, parseCacheKey } from '../../core/value-objects/cache-key.ts'

/** Most keys of one batch. */
export const MAX_BATCH_KEYS = 10_000

/**
 * The parsed keys of a batch, in order, each once.
 *
 * @throws CacheError CACHE_KEY_INVALID for the first key that breaks the rules; CACHE_OPTION_INVALID for more than 10 000
 */
export function cacheKeyValidator(keys: Iterable<unknown>): readonly CacheKey[] {
  const parsed = new Set<CacheKey>()
  for (const key of keys) {
    parsed.add(parseCacheKey(key))
    if (parsed.size > MAX_BATCH_KEYS) {
      throw new CacheError(
        'CACHE_OPTION_INVALID',
        `Cannot take this batch: expected at most ${MAX_BATCH_KEYS} keys`,
      )
    }
  }
  return [...parsed]
}

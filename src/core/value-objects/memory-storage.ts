import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'

/** The forms in which memory keeps values. */
export const MEMORY_STORAGES = ['reference', 'buffer'] as const

/**
 * How memory keeps values. `reference`: the objects themselves, at an estimated size; the fastest.
 * `buffer`: their bytes, outside the heap, at their exact size; each reader gets a copy, nobody can change
 * what is held, and the garbage collector has nothing to walk, however many entries there are.
 */
export type MemoryStorage = (typeof MEMORY_STORAGES)[number]

/** @throws CacheError CACHE_OPTION_INVALID */
export function parseMemoryStorage(value: unknown): MemoryStorage {
  const storage = MEMORY_STORAGES.find((known) => known === value)
  if (storage !== undefined) return storage
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use storage: expected one of ${MEMORY_STORAGES.join(', ')}, got ${describeValue(value)}`,
  )
}

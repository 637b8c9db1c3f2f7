import { CacheError, isCacheError } from '../../core/exceptions/cache-error.ts'
import { errorText } from '../../core/exceptions/error-text.ts'
import { MAX_BATCH_KEYS } from '../validators/cache-key-validator.ts'

/** What became of one item of a batch. */
export type SettledItem =
  | { readonly key: string; readonly ok: true; readonly result: boolean }
  | { readonly key: string; readonly ok: false; readonly error: CacheError }

/**
 * Does each item by itself, so that one that fails leaves the others alone; answers in the order given.
 *
 * @throws CacheError CACHE_OPTION_INVALID for more than 10 000 items, before any is done
 */
export async function settleEach<T extends { readonly key: string }>(
  items: Iterable<T>,
  act: (item: T) => Promise<boolean>,
): Promise<readonly SettledItem[]> {
  const all = [...items]
  if (all.length > MAX_BATCH_KEYS) {
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      `Cannot take this batch: expected at most ${MAX_BATCH_KEYS} items, got ${all.length}`,
    )
  }
  return Promise.all(all.map((item) => settle(item, act)))
}

async function settle<T extends { readonly key: string }>(
  item: T,
  act: (item: T) => Promise<boolean>,
): Promise<SettledItem> {
  try {
    return { key: item.key, ok: true, result: await act(item) }
  } catch (error) {
    return { key: item.key, ok: false, error: asCacheError(error) }
  }
}

function asCacheError(error: unknown): CacheError {
  if (isCacheError(error)) return error
  return new CacheError('CACHE_VALUE_INVALID', `Cannot store: ${errorText(error)}`, {
    cause: error,
  })
}

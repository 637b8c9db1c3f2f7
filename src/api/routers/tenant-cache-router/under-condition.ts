import type { NamespaceCache } from '../../../application/services/namespace-cache.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import { assertPrecondition, type Precondition } from '../../models/requests/precondition.ts'
import { foundEntry } from '../../models/responses/cache-response.ts'

/**
 * Writes if the condition holds for the entry as it is.
 *
 * In memory the look and the write lie in the same turn of the event loop, so nothing comes between
 * them. With a backend elsewhere there is a gap of one round trip, in which another writer can come
 * first.
 *
 * @throws HttpProblem CACHE_PRECONDITION_FAILED
 */
export async function underCondition(
  cache: NamespaceCache,
  key: CacheKey,
  condition: Precondition | undefined,
  write: () => Promise<boolean>,
): Promise<boolean> {
  if (condition !== undefined) {
    const lookup = cache.peekLookup(key) ?? (await cache.lookup(key))
    const found = foundEntry(lookup, false)
    assertPrecondition(condition, found?.stored.etag)
  }
  return write()
}

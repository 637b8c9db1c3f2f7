import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { findEntry } from '../services/stores/find-entry.ts'

/**
 * Removes one entry and fences the loads of its key. True if there was something to remove: an entry
 * that could still be served, fresh or stale.
 */
export async function deleteCacheEntry(ports: NamespacePorts, key: CacheKey): Promise<boolean> {
  const found = ports.memory === undefined ? await findEntry(ports, key) : ports.memory.get(key)
  ports.statistics.deletes += 1
  await ports.invalidation.invalidate({
    namespace: ports.name,
    scope: { kind: 'key', key },
    soft: false,
    act: 'delete',
    reason: undefined,
    origin: undefined,
  })
  return found !== undefined
}

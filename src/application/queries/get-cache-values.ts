import type { MemoryStore } from '../../core/protocols/cache-repository.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { presented } from '../services/stores/store-entry.ts'
import { getCacheEntries } from './get-cache-entry.ts'

/**
 * The fresh values of those keys that have one, in their order: at once what `direct` hands out, and the
 * others by one question. Never rejects.
 */
export async function getCacheValues(
  ports: NamespacePorts,
  keys: readonly CacheKey[],
  direct: Pick<MemoryStore, 'read'> | undefined,
): Promise<Map<CacheKey, unknown>> {
  const values = new Map<CacheKey, unknown>()
  const missing: CacheKey[] = []
  for (const key of keys) {
    const value = direct?.read(key)
    if (value === undefined) missing.push(key)
    else ports.onHit(key, 'memory', false)
    values.set(key, value) // Who is missing keeps its place in the order.
  }
  if (missing.length === 0) return values
  const entries = await getCacheEntries(ports, missing)
  for (const [at, key] of missing.entries()) {
    const entry = entries[at]
    const value = entry === undefined ? undefined : presented(ports, entry.value)
    if (value === undefined) values.delete(key)
    else values.set(key, value)
  }
  return values
}

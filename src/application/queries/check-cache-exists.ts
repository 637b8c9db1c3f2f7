import { freshnessAt } from '../../core/entities/cache-entry.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import { type EntryReaderPorts, findEntry } from '../services/stores/find-entry.ts'

/** True if the key has a fresh value, or a remembered absence. Counts as nothing. Never rejects. */
export async function checkCacheExists(ports: EntryReaderPorts, key: CacheKey): Promise<boolean> {
  const entry = await findEntry(ports, key)
  return entry !== undefined && freshnessAt(entry, ports.clock.nowMs()) === 'fresh'
}

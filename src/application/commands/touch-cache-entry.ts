import { freshnessAt } from '../../core/entities/cache-entry.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { EntryPolicy } from '../../core/value-objects/entry-policy.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { findEntry } from '../services/stores/find-entry.ts'
import { ttlValidator } from '../validators/ttl-validator.ts'

/**
 * Gives a fresh entry a new life under the policy's TTL, counted from now; its value and birth stay.
 * False if there is no fresh entry, or if a mark came while a backend was asked.
 */
export async function touchCacheEntry(
  ports: NamespacePorts,
  key: CacheKey,
  policy: EntryPolicy,
): Promise<boolean> {
  const readSeq = ports.invalidation.head().seq
  const entry = await findEntry(ports, key)
  const nowMs = ports.clock.nowMs()
  if (entry === undefined || freshnessAt(entry, nowMs) !== 'fresh') return false
  const life = ttlValidator({ ...policy, jitter: 0 }, entry.value, nowMs, 0)
  if (life === undefined) return false
  const staleUntilMs = life.expiresAtMs + (entry.staleUntilMs - entry.expiresAtMs)
  if (ports.memory !== undefined) {
    ports.memory.touch(key, { expiresAtMs: life.expiresAtMs, staleUntilMs })
    return true
  }
  if (ports.shared !== undefined) {
    ports.shared.near.memory.touch(key, { expiresAtMs: life.expiresAtMs, staleUntilMs })
    ports.shared.store.prolong({
      ...entry,
      ttl: life.ttl,
      expiresAtMs: life.expiresAtMs,
      staleUntilMs,
    })
    return true
  }
  if (ports.invalidation.head().seq !== readSeq || ports.remote === undefined) return false
  const renewed = { ...entry, ttl: life.ttl, expiresAtMs: life.expiresAtMs, staleUntilMs }
  return (await ports.remote.set(renewed)) === 'done'
}

import { type CacheEntry, slidLife } from '../../../core/entities/cache-entry.ts'
import type { NamespacePorts } from '../namespace-ports.ts'

/** A backend's entry is only written again when this share of its sliding life has passed: a read shouldn't cost a write. */
const REWRITE_AFTER = 1 / 8

/**
 * Makes a sliding entry live on after a read, and counts the use. A memory store moves the end in place;
 * in a backend the entry is written again, with its birth, unless a mark came since it was read
 * (`readSeq`): an old value must not follow a newer one.
 */
export function extendLife(
  ports: Pick<NamespacePorts, 'memory' | 'remote' | 'shared' | 'clock' | 'invalidation'>,
  entry: CacheEntry,
  readSeq: number,
): void {
  const life = slidLife(entry, ports.clock.nowMs())
  if (ports.memory !== undefined) {
    ports.memory.touch(entry.key, life)
    return
  }
  ports.shared?.near.memory.touch(entry.key, life)
  if (life === undefined || entry.slidingTtlMs === undefined) return
  if (ports.invalidation.head().seq !== readSeq) return
  if (life.expiresAtMs - entry.expiresAtMs < entry.slidingTtlMs * REWRITE_AFTER) return
  if (ports.shared !== undefined) {
    ports.shared.store.prolong({ ...entry, ...life })
    return
  }
  // Not awaited: the reader has its value, and a lost extension only means an earlier miss.
  void ports.remote?.set({ ...entry, ...life })
}

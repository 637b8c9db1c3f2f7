import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { NamespacePorts } from '../namespace-ports.ts'

/**
 * Removes the older value of a key whose newer one is stored nowhere (TTL of zero, or an absence): it
 * would be stale. Answers at once where nothing has to be waited for; never rejects.
 *
 * @param position where the log stood when the newer value was made
 */
export function dropOlder(
  ports: Pick<NamespacePorts, 'memory' | 'remote' | 'decisions' | 'clock'>,
  key: CacheKey,
  position: LogPosition,
): Promise<unknown> | undefined {
  const why = 'its TTL is zero or it is undefined'
  ports.decisions.note(key, { kind: 'not-stored', why }, ports.clock.nowMs())
  if (ports.memory === undefined) return ports.remote?.delete(key, position)
  ports.memory.delete(key, { kind: 'replaced' })
  return undefined
}

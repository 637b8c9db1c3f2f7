import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { NamespacePorts } from '../namespace-ports.ts'

/**
 * Removes the older value of a key whose newer one is stored nowhere: it would be stale. Answers at once
 * where nothing has to be waited for; never rejects.
 *
 * @param dropped `position`: where the log stood when the newer value was made; `why` it isn't stored, for `explain`
 */
export function dropOlder(
  ports: Pick<
    NamespacePorts,
    'memory' | 'remote' | 'shared' | 'name' | 'invalidation' | 'decisions' | 'clock'
  >,
  key: CacheKey,
  dropped: { readonly position: LogPosition; readonly why: string },
): Promise<unknown> | undefined {
  ports.decisions.note(key, { kind: 'not-stored', why: dropped.why }, ports.clock.nowMs())
  if (ports.shared !== undefined) return markedOlder(ports, key, dropped.why)
  if (ports.memory === undefined) return ports.remote?.delete(key, dropped.position)
  ports.memory.delete(key, { kind: 'replaced' })
  return undefined
}

/** Nobody but the log can remove what other nodes hold. */
async function markedOlder(
  { invalidation, name }: Pick<NamespacePorts, 'invalidation' | 'name'>,
  key: CacheKey,
  reason: string,
): Promise<void> {
  const scope = { kind: 'key', key } as const
  const rest = { soft: false, act: 'invalidate', origin: undefined, reason } as const
  await invalidation.invalidate({ namespace: name, scope, ...rest }).catch(() => undefined)
}

/** Why a value with nothing to live for is not stored. */
export const NO_LIFE = 'its TTL is zero or it is undefined'

import type { InvalidationMark } from '../../src/core/entities/invalidation-mark.ts'
import type { PendingMark } from '../../src/core/protocols/shared-log.ts'
import { NAMESPACE } from './world.ts'

/** A mark of a simulated node, on its way. */
export function newMark(
  id: string,
  mark: Pick<InvalidationMark, 'scope' | 'act' | 'origin'>,
  { isAwaited, isSoft }: { readonly isAwaited: boolean; readonly isSoft: boolean },
): PendingMark {
  const rest = { namespace: NAMESPACE, soft: isSoft, reason: undefined, atMs: 0 }
  return { id, isAwaited, mark: { ...mark, ...rest } }
}

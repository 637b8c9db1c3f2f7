import type { PendingMark } from '../../src/core/protocols/shared-log.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import type { NodeLink } from './node-link.ts'
import type { RedisCommand, SimulatedValue } from './redis-command.ts'

/** What a set is to store. */
export interface SetValue {
  readonly key: CacheKey
  readonly version: number
  readonly calledAtMs: number
  /** Where the log stood when the value was known to be the newest. */
  readonly since: LogPosition
}

/** What comes of it. */
export interface AppendOutcome {
  readonly onFailed: () => void
  readonly onAppended: (position: LogPosition) => void
  readonly onStored: (set: SetValue, value: SimulatedValue) => void
}

const nothing = (): void => undefined

/**
 * A mark where the log and the values lie apart: first where the value lies, then in the log. A set takes the
 * lease first, and stores under it in the end, if no other mark came between.
 */
export function appendInCluster(
  links: { readonly log: NodeLink; readonly values: NodeLink },
  { pending, set }: { readonly pending: PendingMark; readonly set: SetValue | undefined },
  outcome: AppendOutcome,
): void {
  const append = (): void =>
    links.log.send(
      { type: 'append', pending },
      (reply) => {
        if (reply.type !== 'position' || reply.position === undefined) {
          outcome.onFailed()
          return
        }
        outcome.onAppended(reply.position)
        if (set !== undefined) storeSet(links.values, pending.id, set, reply.position)
      },
      nothing,
    )
  const { scope } = pending.mark
  if (scope.kind === 'key') {
    const token = set === undefined ? undefined : pending.id
    const drop = {
      type: 'drop',
      key: scope.key,
      token,
      leaseMs: 2000,
      isSoft: pending.mark.soft,
    } as const
    links.values.send(drop, append, outcome.onFailed)
  } else append()

  function storeSet(values: NodeLink, token: string, stored: SetValue, birth: LogPosition): void {
    const { key, version, since } = stored
    const isNext = since.generation === birth.generation && since.seq + 1 === birth.seq
    const value = { version, birth }
    const command: RedisCommand = isNext
      ? { type: 'store', key, token, value }
      : { type: 'renew', key, token, leaseMs: 0 }
    values.send(
      command,
      (reply) => {
        if (isNext && reply.type === 'done' && reply.isDone) outcome.onStored(stored, value)
      },
      nothing,
    )
  }
}

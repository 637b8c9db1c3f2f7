import type { InvalidationScope } from '../core/entities/invalidation-mark.ts'
import type { LogAnswer, SharedLog } from '../core/protocols/shared-log.ts'

/**
 * A log whose answers come once the expressions in them are compiled: the engine is loaded when the first one comes,
 * and a mark whose expression isn't compiled reaches the whole namespace. So does one that can't be.
 */
export function preparedLog(
  log: SharedLog,
  compile: (scope: InvalidationScope) => Promise<unknown>,
): SharedLog {
  return {
    listen: (listener) => log.listen(listener),
    found: (founding) => log.found(founding),
    append: (pending) => log.append(pending),
    haveAllApplied: (position, leaseMs) => log.haveAllApplied(position, leaseMs),
    read: async (read) => {
      const answer = await log.read(read)
      const expressions = expressionsIn(answer)
      if (expressions.length > 0) await Promise.allSettled(expressions.map(compile))
      return answer
    },
  }
}

function expressionsIn({ records, scopes }: LogAnswer): readonly InvalidationScope[] {
  const found: InvalidationScope[] = []
  for (const { mark } of [...records, ...scopes]) {
    if (mark?.scope.kind === 'regex') found.push(mark.scope)
  }
  return found
}

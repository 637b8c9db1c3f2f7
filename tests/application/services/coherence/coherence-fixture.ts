import type {
  InvalidationMark,
  InvalidationScope,
} from '../../../../src/core/entities/invalidation-mark.ts'
import type {
  LogAnswer,
  LogRecord,
  PendingMark,
} from '../../../../src/core/protocols/shared-log.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'

/** A hard mark over a key of the namespace `users`, or over what `scope` says. */
export function markOf(
  key: string,
  {
    scope = { kind: 'key', key: key as CacheKey },
    soft = false,
    namespace = 'users',
  }: {
    readonly scope?: InvalidationScope
    readonly soft?: boolean
    readonly namespace?: string
  } = {},
): InvalidationMark {
  return { namespace, scope, soft, act: 'invalidate', origin: 'node', reason: undefined, atMs: 0 }
}

export function pendingOf(
  id: string,
  mark: InvalidationMark = markOf(id),
  isAwaited = false,
): PendingMark {
  return { id, mark, isAwaited }
}

/** The record at `seq`, whose id is `m{seq}` unless another is said. */
export function recordAt(seq: number, id = `m${seq}`, isAwaited = false): LogRecord {
  return { id, seq, mark: markOf(`k${seq}`), isAwaited }
}

/** What a log of generation `g` answers that ends with these records. */
export function answerOf(
  records: readonly LogRecord[],
  change: Partial<LogAnswer> = {},
): LogAnswer {
  const last = records.at(-1)
  return {
    generation: 'g',
    ancestors: [],
    tail: { seq: last?.seq ?? 0, id: last?.id ?? '' },
    records,
    scopes: [],
    floorSeq: 0,
    isKnownServer: true,
    absentNodes: 0,
    ...change,
  }
}

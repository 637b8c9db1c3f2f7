import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'

/**
 * A place in the invalidation log: `{ generation: 'k3J9…', seq: 42 }`.
 *
 * `seq` counts up by one from 0, the place before the first mark. The generation is a random nonce,
 * new whenever the log was lost and began again.
 */
export interface LogPosition {
  readonly generation: string
  readonly seq: number
}

/**
 * True if `a` comes later in the log than `b`. Positions of two generations have no order: neither is
 * after the other, so who decides what is valid compares the generations first.
 */
export function isAfter(a: LogPosition, b: LogPosition): boolean {
  return a.seq > b.seq && a.generation === b.generation
}

/** The position as text, `generation-seq`. */
export function formatLogPosition(position: LogPosition): string {
  return `${position.generation}-${position.seq}`
}

/**
 * The position of a text that `formatLogPosition` made. The generation itself may contain `-`.
 *
 * @throws CacheError CACHE_CURSOR_INVALID
 */
export function parseLogPosition(value: unknown): LogPosition {
  const match = typeof value === 'string' ? /^([\w-]{1,64})-(0|[1-9]\d{0,15})$/.exec(value) : null
  const [, generation, seqText] = match ?? []
  const seq = Number(seqText)
  if (generation !== undefined && Number.isSafeInteger(seq)) return { generation, seq }
  throw new CacheError(
    'CACHE_CURSOR_INVALID',
    `Cannot use log position: expected generation-seq, got ${describeValue(value)}`,
  )
}

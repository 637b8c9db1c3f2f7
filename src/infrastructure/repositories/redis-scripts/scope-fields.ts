/**
 * The table of scope marks, from which a node that starts learns what was invalidated before: a hash with a
 * field per scope, whose value is the seq of its newest mark and who made it.
 *
 * Hard and soft marks have fields of their own, since a soft mark takes nothing back of a hard one. A
 * dependency has one field for each name of its closure: a later mark of the same dependency may have a
 * smaller closure, and the others stay invalid. A soft mark of a key is in the table, too: a hard one
 * deletes the value, a soft one doesn't.
 */
import type { InvalidationMark } from '../../../core/entities/invalidation-mark.ts'
import { errorText } from '../../../core/exceptions/error-text.ts'
import type { RedisReply } from '../../../core/protocols/redis-transport.ts'
import type { ReadFault } from './log-record.ts'
import { decodeRecord, scopeContent } from './log-record.ts'
import { wordText } from './words-of.ts'

/** In place of all others when there were too many: whatever was born before its seq is invalid. */
export const FLOOR_FIELD = ''

/** A mark of the table. */
export interface ScopeMark {
  readonly seq: number
  readonly mark: InvalidationMark
}

/** Under which fields a mark stands in the table; none for a hard mark of a key. */
export function scopeFields({ namespace, scope, soft }: InvalidationMark): readonly string[] {
  const softText = soft ? 1 : 0
  if (scope.kind === 'key' && !soft) return []
  if (scope.kind !== 'dependency') {
    return [JSON.stringify([namespace, scope.kind, scopeContent(scope), softText])]
  }
  // It reaches every namespace, so it doesn't matter from which it was said.
  const names = new Set([scope.dependency, ...scope.closure])
  return [...names].map((name) => JSON.stringify(['', scope.kind, [name, name], softText]))
}

/** What stands behind the seq in a value of the table. */
export function scopeMeta({ act, origin, atMs, reason }: InvalidationMark): string {
  return JSON.stringify([act, origin, atMs, reason ?? null])
}

/** What a value of the table says of the seq; `undefined` if nothing. */
export function scopeSeq(value: string): number | undefined {
  const seq = Number(/^\d{1,16}(?= |$)/.exec(value)?.[0])
  return Number.isSafeInteger(seq) ? seq : undefined
}

/** The mark of a field of the table, or why it is none. Never throws. */
export function scopeMark(field: string, value: string): ScopeMark | ReadFault {
  const seq = scopeSeq(value)
  if (seq === undefined) return { fault: 'it has no seq' }
  try {
    const [namespace, kind, what, soft]: unknown[] = JSON.parse(field)
    const [act, origin, atMs, reason]: unknown[] = JSON.parse(value.slice(value.indexOf(' ') + 1))
    // The parts of a record, so that one place says what is a mark.
    const read = decodeRecord(
      JSON.stringify([1, '', 0, namespace, kind, what, act, soft, origin, atMs, reason]),
    )
    if ('retires' in read) return { fault: 'it is no mark' }
    return 'fault' in read ? read : { seq, mark: read.mark }
  } catch (error) {
    return { fault: errorText(error) }
  }
}

/** What the table says, of its fields and values, one after the other. */
export function scopeTable(words: readonly RedisReply[]): {
  readonly scopes: readonly (ScopeMark | ReadFault)[]
  /** Whatever was born before is invalid; 0: nothing is for that. */
  readonly floorSeq: number
} {
  const scopes: (ScopeMark | ReadFault)[] = []
  let floorSeq = 0
  for (let index = 0; index + 1 < words.length; index += 2) {
    const field = wordText(words[index])
    const value = wordText(words[index + 1])
    if (field === FLOOR_FIELD) floorSeq = scopeSeq(value) ?? Number.MAX_SAFE_INTEGER
    else scopes.push(scopeMark(field, value))
  }
  return { scopes, floorSeq }
}

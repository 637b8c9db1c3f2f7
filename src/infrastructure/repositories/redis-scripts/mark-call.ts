import type {
  RedisReply,
  RedisScript,
  RedisScriptCall,
} from '../../../core/protocols/redis-transport.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { LogNames } from '../redis/key-names.ts'
import { positionOf } from './log-head-command.ts'
import { logLua } from './log-lua.ts'
import { encodeRecord, type LogRecord } from './log-record.ts'
import { OVERTAKEN_LUA } from './overtaken-lua.ts'
import { FLOOR_FIELD, scopeFields, scopeMeta } from './scope-fields.ts'
import { wordsOf } from './words-of.ts'

/** How much of the past is kept. */
export interface LogLimits {
  /** About how many records the log keeps. */
  readonly maxRecords: number
  /** Most scopes in the table; when there are more, all that was born before is invalid for nodes that start. */
  readonly maxScopes: number
}

/**
 * KEYS head, log, marks, nothing, then what is to be deleted; ARGV records to keep, most scopes, doorbell,
 * number of records, generation and earliest place of what may be overtaken, then of each the record, its `since`
 * or nothing, its meta, the number of its fields, and these.
 */
const MARK: RedisScript = {
  name: 'MARK',
  text: logLua(`${OVERTAKEN_LUA}
drop(4)
local g = ask('HGET', KEYS[1], 'g')
if not g then return {0} end
local count = tonumber(ARGV[4])
local last = redis.call('HINCRBY', KEYS[1], 's', count)
local ms = now()
local at, isNoted, flags = 7, false, {}
local isOvertaken = g == ARGV[5] and overtaken(KEYS[2], tonumber(ARGV[6]), last - count)
for i = 1, count do
  local seq = last - count + i
  local since = tonumber(ARGV[at + 1])
  if since and not (isOvertaken and not isOvertaken(since, ARGV[at])) then flags[#flags + 1] = i end
  append(KEYS[2], ARGV[1], seq, ARGV[at], ms)
  local value = whole(seq) .. ' ' .. ARGV[at + 2]
  local fields = tonumber(ARGV[at + 3])
  for f = at + 4, at + 3 + fields do redis.call('HSET', KEYS[3], ARGV[f], value) end
  isNoted = isNoted or fields > 0
  at = at + 4 + fields
end
if isNoted and redis.call('HLEN', KEYS[3]) > tonumber(ARGV[2]) then
  redis.call('UNLINK', KEYS[3])
  redis.call('HSET', KEYS[3], '${FLOOR_FIELD}', whole(last))
end
redis.call('PUBLISH', ARGV[3], g .. '-' .. whole(last))
return {1, g, last - count + 1, flags}
`),
}

/** What goes with the records. */
export interface MarkRest {
  /**
   * What is deleted: value and lease of a key that a hard mark reaches, the lease alone of a soft one. Empty in a
   * cluster, where these lie elsewhere.
   */
  readonly deleted: readonly string[]
  /**
   * For records that say that a value is the newest, one for each: where the log stood when that was known. All
   * of one generation. The answer says which were overtaken (`readOvertaken`).
   */
  readonly since: readonly LogPosition[]
}

/** Appends the records, one after the other, and rings the doorbell. Nothing of it fails for want of memory. */
export function markCall(
  names: LogNames,
  records: readonly LogRecord[],
  limits: LogLimits,
  { deleted, since }: MarkRest,
): RedisScriptCall {
  const args = [String(limits.maxRecords), String(limits.maxScopes), names.doorbell]
  args.push(String(records.length), since[0]?.generation ?? '')
  args.push(String(Math.min(...since.map(({ seq }) => seq), Number.MAX_SAFE_INTEGER)))
  for (const [index, record] of records.entries()) {
    const fields = scopeFields(record.mark)
    args.push(encodeRecord(record), String(since[index]?.seq ?? ''))
    args.push(fields.length === 0 ? '' : scopeMeta(record.mark))
    args.push(String(fields.length), ...fields)
  }
  const keys = [names.head, names.log, names.marks, names.nothing, ...deleted]
  return { script: MARK, keys, args }
}

/** The place of the first record; the others follow. `no-log`: what was to be deleted is deleted, but there is no log. */
export type MarkReply =
  | { readonly kind: 'appended'; readonly first: LogPosition }
  | { readonly kind: 'no-log' }
  | { readonly kind: 'fault'; readonly fault: string }

export function readMarkReply(reply: RedisReply): MarkReply {
  const [kind, generation, seq] = wordsOf(reply)
  if (kind === 0) return { kind: 'no-log' }
  const first = positionOf(generation, seq)
  if (kind === 1 && first !== undefined) return { kind: 'appended', first }
  return { kind: 'fault', fault: 'MARK answered what it never does' }
}

/** Which of the records may stand for an older value than another mark, by their index. */
export function readOvertaken(reply: RedisReply): ReadonlySet<number> {
  return new Set(wordsOf(wordsOf(reply)[3]).map((place) => Number(place) - 1))
}

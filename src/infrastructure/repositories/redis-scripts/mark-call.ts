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
 * number of records, then of each the record, its meta, the number of its fields, and these.
 */
const MARK: RedisScript = {
  name: 'MARK',
  text: logLua(`
drop(4)
local g = ask('HGET', KEYS[1], 'g')
if not g then return {0} end
local count = tonumber(ARGV[4])
local last = redis.call('HINCRBY', KEYS[1], 's', count)
local ms = now()
local at, isNoted = 5, false
for i = 1, count do
  local seq = last - count + i
  append(KEYS[2], ARGV[1], seq, ARGV[at], ms)
  local value = whole(seq) .. ' ' .. ARGV[at + 1]
  local fields = tonumber(ARGV[at + 2])
  for f = at + 3, at + 2 + fields do redis.call('HSET', KEYS[3], ARGV[f], value) end
  isNoted = isNoted or fields > 0
  at = at + 3 + fields
end
if isNoted and redis.call('HLEN', KEYS[3]) > tonumber(ARGV[2]) then
  redis.call('UNLINK', KEYS[3])
  redis.call('HSET', KEYS[3], '${FLOOR_FIELD}', whole(last))
end
redis.call('PUBLISH', ARGV[3], g .. '-' .. whole(last))
return {1, g, last - count + 1}
`),
}

/** KEYS marks, head; ARGV generation, seq, fields. */
const RETIRE: RedisScript = {
  name: 'RETIRE',
  text: logLua(`
if ask('HGET', KEYS[2], 'g') ~= ARGV[1] then return 0 end
local gone = 0
for i = 3, #ARGV do
  local value = redis.call('HGET', KEYS[1], ARGV[i])
  local seq = value and tonumber(string.match(value, '^%d+'))
  if seq and seq <= tonumber(ARGV[2]) then gone = gone + redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return gone
`),
}

/**
 * Deletes the keys of `deleted` (value and lease of a key that a hard mark reaches, the lease alone of a soft
 * one), appends the records, one after the other, and rings the doorbell. Nothing of it fails for want of
 * memory. In a cluster, where the data lies elsewhere, `deleted` is empty.
 */
export function markCall(
  names: LogNames,
  records: readonly LogRecord[],
  limits: LogLimits,
  deleted: readonly string[],
): RedisScriptCall {
  const args = [String(limits.maxRecords), String(limits.maxScopes), names.doorbell]
  args.push(String(records.length))
  for (const record of records) {
    const fields = scopeFields(record.mark)
    args.push(encodeRecord(record), fields.length === 0 ? '' : scopeMeta(record.mark))
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

/** Takes scopes (`scopeFields`) whose newest mark isn't after the position out of the table. Answers how many. */
export function retireCall(
  names: LogNames,
  position: LogPosition,
  fields: readonly string[],
): RedisScriptCall {
  return {
    script: RETIRE,
    keys: [names.marks, names.head],
    args: [position.generation, String(position.seq), ...fields],
  }
}

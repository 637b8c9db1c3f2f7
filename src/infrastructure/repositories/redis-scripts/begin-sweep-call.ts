import type {
  RedisReply,
  RedisScript,
  RedisScriptCall,
} from '../../../core/protocols/redis-transport.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { LogNames } from '../redis/key-names.ts'
import { positionOf } from './log-head-command.ts'
import { logLua } from './log-lua.ts'
import { encodeRetirement } from './log-record.ts'
import { wordsOf } from './words-of.ts'

/**
 * KEYS head, marks, lease; ARGV token, lease in ms. The head says in `w` which generation it is of whose
 * predecessors nothing is left.
 */
const BEGIN: RedisScript = {
  name: 'SWEEP-BEGIN',
  text: logLua(`
local h = ask('HMGET', KEYS[1], 'g', 's', 'w')
if not h or not h[1] then return {0} end
local isClean = h[3] == h[1]
if isClean and (ask('HLEN', KEYS[2]) or 0) == 0 then return {0} end
if not redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2]) then return {1} end
return {2, h[1], h[2] or '0', isClean and 1 or 0}
`),
}

/** KEYS values; ARGV the header of each as it was read. */
const REMOVE: RedisScript = {
  name: 'SWEEP-REMOVE',
  text: logLua(`
local gone = 0
for i = 1, #KEYS do
  local header = ARGV[i]
  if redis.pcall('GETRANGE', KEYS[i], 0, #header - 1) == header then
    gone = gone + redis.call('UNLINK', KEYS[i])
  end
end
return gone
`),
}

/**
 * Whoever was promoted meanwhile may have values again that were removed, so the server must be the one on which
 * the sweep began. KEYS head, marks, lease; ARGV generation, token, run id.
 */
const MAY_RETIRE = `
local function mayRetire()
  local id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  return id == ARGV[3] and ask('HGET', KEYS[1], 'g') == ARGV[1] and ask('GET', KEYS[3]) == ARGV[2]
end
`

/** As MAY_RETIRE; ARGV then seq, fields. */
const RETIRE: RedisScript = {
  name: 'RETIRE',
  text: logLua(`${MAY_RETIRE}
if not mayRetire() then return 0 end
for i = 5, #ARGV do
  local value = redis.call('HGET', KEYS[2], ARGV[i])
  local seq = value and tonumber(string.match(value, '^%d+'))
  if seq and seq <= tonumber(ARGV[4]) then redis.call('HDEL', KEYS[2], ARGV[i]) end
end
return 1
`),
}

/** As MAY_RETIRE, and KEYS log; ARGV then records to keep, doorbell, record or nothing. */
const RETIRED: RedisScript = {
  name: 'RETIRED',
  text: logLua(`${MAY_RETIRE}
if not mayRetire() then return 0 end
redis.call('UNLINK', KEYS[3])
redis.call('HSET', KEYS[1], 'w', ARGV[1])
if ARGV[6] == '' then return 1 end
local seq = redis.call('HINCRBY', KEYS[1], 's', 1)
append(KEYS[4], ARGV[4], seq, ARGV[6], now())
redis.call('PUBLISH', ARGV[5], ARGV[1] .. '-' .. whole(seq))
return 1
`),
}

export function beginSweepCall(names: LogNames, token: string, leaseMs: number): RedisScriptCall {
  return {
    script: BEGIN,
    keys: [names.head, names.marks, names.sweep],
    args: [token, String(leaseMs)],
  }
}

/** `begun`: the lease is the caller's; `isClean`: nothing is left of older generations. */
export type BeginSweepReply =
  | { readonly kind: 'idle' | 'held' }
  | { readonly kind: 'begun'; readonly position: LogPosition; readonly isClean: boolean }
  | { readonly kind: 'fault'; readonly fault: string }

export function readBeginSweepReply(reply: RedisReply): BeginSweepReply {
  const [kind, generation, seq, isClean] = wordsOf(reply)
  if (kind === 0) return { kind: 'idle' }
  if (kind === 1) return { kind: 'held' }
  const position = positionOf(generation, seq)
  if (kind === 2 && position !== undefined)
    return { kind: 'begun', position, isClean: isClean === 1 }
  return { kind: 'fault', fault: 'SWEEP-BEGIN answered what it never does' }
}

/** Removes values whose headers are still these. All in one slot, in a cluster. Answers how many went. */
export function removeSweptCall(
  values: readonly { readonly name: string; readonly identity: Uint8Array }[],
): RedisScriptCall {
  return {
    script: REMOVE,
    keys: values.map(({ name }) => name),
    args: values.map(({ identity }) => identity),
  }
}

/** Who retires, and on which server. */
export interface RetireTerms {
  readonly token: string
  readonly position: LogPosition
  readonly runId: string
}

/** Takes scopes (`scopeFields`) whose newest mark isn't after the position out of the table. Answers 1, or 0 if it must not. */
export function retireCall(
  names: LogNames,
  { token, position, runId }: RetireTerms,
  fields: readonly string[],
): RedisScriptCall {
  return {
    script: RETIRE,
    keys: [names.head, names.marks, names.sweep],
    args: [position.generation, token, runId, String(position.seq), ...fields],
  }
}

/**
 * Ends a sweep: notes that nothing is left of older generations, and tells all nodes that nothing is left of what
 * was marked up to the position, if `isTold`. Answers 1, or 0 if it must not.
 */
export function retiredCall(
  names: LogNames,
  { token, position, runId }: RetireTerms,
  { maxRecords, isTold }: { readonly maxRecords: number; readonly isTold: boolean },
): RedisScriptCall {
  const record = isTold ? encodeRetirement({ id: token, retires: position.seq }) : ''
  return {
    script: RETIRED,
    keys: [names.head, names.marks, names.sweep, names.log],
    args: [position.generation, token, runId, String(maxRecords), names.doorbell, record],
  }
}

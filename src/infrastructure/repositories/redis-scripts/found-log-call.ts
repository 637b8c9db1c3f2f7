import type { RedisScript, RedisScriptCall } from '../../../core/protocols/redis-transport.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { LogNames } from '../redis/key-names.ts'
import { logLua } from './log-lua.ts'

/** What a new generation of the log begins with. */
export interface FoundLogInput {
  /** The generation that has to be there; `undefined`: there must be no log. */
  readonly expected: string | undefined
  /** A random name; no white space in it. */
  readonly generation: string
  /** The generations that it takes the place of, newest first. */
  readonly ancestors: readonly string[]
  /** Run ids of the servers that hold the data. */
  readonly servers: readonly string[]
  /** Run id of the one that is asked. */
  readonly server: string
  /** Run id of a server whose data is the reason; another node may have founded for it. `undefined`: none. */
  readonly unlessKnown: string | undefined
}

/**
 * KEYS head, log, marks, nodes, nothing; ARGV expected, generation, ancestors, servers, server, doorbell, and whom
 * the log must not know.
 * Who else took part stays on the list, and counts as checked in: what it knew doesn't matter any more, but it may
 * trust itself for a while yet.
 */
const FOUND: RedisScript = {
  name: 'FOUND',
  text: logLua(`
redis.call('UNLINK', KEYS[5])
local g = ask('HGET', KEYS[1], 'g') or ''
if g ~= ARGV[1] then return 0 end
for one in string.gmatch(ARGV[7] ~= '' and ask('HGET', KEYS[1], 'v') or '', '%S+') do
  if one == ARGV[7] then return 0 end
end
local ms = whole(now())
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'g', ARGV[2], 's', '0', 'a', ARGV[3], 'v', ARGV[4], 'f', ms)
local nodes = ask('HKEYS', KEYS[4])
if not nodes then redis.call('UNLINK', KEYS[4]) end
for _, node in ipairs(nodes or {}) do
  redis.call('HSET', KEYS[4], node, ARGV[5] .. ' - - ' .. ms)
end
redis.call('PUBLISH', ARGV[6], ARGV[2] .. '-0')
return 1
`),
}

/**
 * KEYS head, nodes; ARGV generation, seq, span for which a node may trust itself. Who has been silent for that
 * long isn't left out: it may serve what it computed by itself, for a lease from the beginning of that.
 */
const NODES: RedisScript = {
  name: 'NODES',
  text: logLua(`
local ms, lease = now(), tonumber(ARGV[3])
local h = ask('HMGET', KEYS[1], 'g', 'f')
if not h or h[1] ~= ARGV[1] or ms - tonumber(h[2] or 0) <= lease then return 0 end
local nodes = ask('HGETALL', KEYS[2]) or {}
for i = 2, #nodes, 2 do
  local g, seq = string.match(nodes[i], '^%S+ (%S+) (%S+) %d+$')
  if g ~= ARGV[1] or tonumber(seq) < tonumber(ARGV[2]) then return 0 end
end
return 1
`),
}

/** Begins a new generation if nobody else has. Answers 1 then, else 0. */
export function foundLogCall(names: LogNames, input: FoundLogInput): RedisScriptCall {
  return {
    script: FOUND,
    keys: [names.head, names.log, names.marks, names.nodes, names.nothing],
    args: [
      input.expected ?? '',
      input.generation,
      input.ancestors.join(' '),
      [...new Set([input.server, ...input.servers])].join(' '),
      input.server,
      names.doorbell,
      input.unlessKnown ?? '',
    ],
  }
}

/**
 * Asks whether each node has applied all marks up to this position. Answers 1 then, else 0. Who isn't listed in a young generation may be coherent in the one before it.
 */
export function nodesCall(
  names: LogNames,
  position: LogPosition,
  leaseMs: number,
): RedisScriptCall {
  return {
    script: NODES,
    keys: [names.head, names.nodes],
    args: [position.generation, String(position.seq), String(leaseMs)],
  }
}

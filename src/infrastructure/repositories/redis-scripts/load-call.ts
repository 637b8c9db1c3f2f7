import type {
  RedisReply,
  RedisScript,
  RedisScriptCall,
} from '../../../core/protocols/redis-transport.ts'
import type { RejectedValue } from '../../../core/protocols/shared-store.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { CREATED_AT } from '../redis-frames/frame-layout.ts'
import { BIRTH_LUA, birthArgument } from './birth-lua.ts'
import { positionOf } from './log-head-command.ts'
import { logLua } from './log-lua.ts'
import { wordCount, wordsOf, wordText } from './words-of.ts'

/** What a load asks for. */
export interface LoadInput {
  readonly valueName: string
  readonly leaseName: string
  /** Name of the head of the log, to get its position on the same way; `undefined` in a cluster, where it lies elsewhere. */
  readonly headName: string | undefined
  /** Random; it is the lease. */
  readonly token: string
  readonly leaseMs: number
  readonly rejected: RejectedValue
}

/** What a load found. `position` is that of the log at that moment; `undefined`: there is no log, or not here. */
export type LoadReply = { readonly position: LogPosition | undefined } & (
  | { readonly kind: 'found'; readonly frame: Uint8Array }
  /** The lease is the caller's. `isForeign`: what lay under the name was no string. */
  | { readonly kind: 'leased'; readonly isForeign: boolean }
  /** Somebody else has the lease, for this long at most. */
  | { readonly kind: 'held'; readonly leftMs: number }
  /** Redis takes no lease, for want of memory. */
  | { readonly kind: 'unleased'; readonly why: string }
  | { readonly kind: 'fault'; readonly fault: string }
)

/**
 * KEYS value, lease[, head]; ARGV token, lease in ms, rejected birth (`-` none, `*` any, else as `birthArgument` says), and
 * instant of creation. A lease without an end is nobody's.
 */
const LOAD: RedisScript = {
  name: 'LOAD',
  text: logLua(`${BIRTH_LUA}
local g, s = '', ''
if KEYS[3] then
  local h = ask('HMGET', KEYS[3], 'g', 's')
  if h and h[1] then g, s = h[1], h[2] or '' end
end
local v = redis.pcall('GET', KEYS[1])
local foreign = fails(v, 'WRONGTYPE') and 1 or 0
if type(v) == 'table' and v.err and foreign == 0 then return told(v) end
local function isRejected()
  if ARGV[3] == '-' or ARGV[3] == '*' then return ARGV[3] == '*' end
  return isBornAt(v, ARGV[3]) and string.sub(v, ${CREATED_AT + 1}, ${CREATED_AT + 8}) == ARGV[4]
end
if type(v) == 'string' and not isRejected() then return {1, v, g, s} end
local taken = redis.pcall('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
if not taken then
  local left = redis.call('PTTL', KEYS[2])
  if left >= 0 then return {3, left, g, s} end
  taken = redis.pcall('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
end
if fails(taken, 'OOM') then return {4, told(taken).err, g, s} end
if taken.err then return told(taken) end
return {2, foreign, g, s}
`),
}

export function loadCall(input: LoadInput): RedisScriptCall {
  const { valueName, leaseName, headName, token, leaseMs, rejected } = input
  return {
    script: LOAD,
    keys: [valueName, leaseName, ...(headName === undefined ? [] : [headName])],
    args: [token, String(leaseMs), ...rejectedArguments(rejected)],
  }
}

export function readLoadReply(reply: RedisReply): LoadReply {
  const [kind, what, generation, seq] = wordsOf(reply)
  const position = positionOf(generation, seq)
  switch (kind) {
    case 1:
      if (what instanceof Uint8Array) return { kind: 'found', frame: what, position }
      break
    case 2:
      return { kind: 'leased', isForeign: what === 1, position }
    case 3:
      return { kind: 'held', leftMs: wordCount(what) ?? 0, position }
    case 4:
      return { kind: 'unleased', why: wordText(what), position }
  }
  return { kind: 'fault', fault: 'LOAD answered what it never does', position: undefined }
}

function rejectedArguments(rejected: RejectedValue): readonly (string | Buffer)[] {
  if (rejected === 'none') return ['-']
  if (rejected === 'any') return ['*']
  const created = Buffer.alloc(8)
  created.writeDoubleLE(rejected.createdAtMs)
  return [birthArgument(rejected.birth), created]
}

import type { RedisScript, RedisScriptCall } from '../../../core/protocols/redis-transport.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { CREATED_AT } from '../redis-frames/frame-layout.ts'
import { BIRTH_LUA, birthArgument } from './birth-lua.ts'
import { logLua } from './log-lua.ts'

/** A value with another end of its life. */
export interface ProlongInput {
  readonly valueName: string
  /** What tells the value from others that were stored under its key. */
  readonly birth: LogPosition
  readonly createdAtMs: number
  readonly frame: Uint8Array
  /** `undefined`: it stays until it is invalidated. */
  readonly ttlMs: number | undefined
}

/** KEYS value; ARGV birth, instant of creation, frame, TTL in ms or nothing. */
const PROLONG: RedisScript = {
  name: 'PROLONG',
  text: logLua(`${BIRTH_LUA}
local v = ask('GET', KEYS[1])
if not v or not isBornAt(v, ARGV[1]) then return 0 end
if string.sub(v, ${CREATED_AT + 1}, ${CREATED_AT + 8}) ~= ARGV[2] then return 0 end
if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3])
else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
return 1
`),
}

/**
 * Writes a value again if it is still there: born at the same place, and created at the same moment, since two
 * loads may be born at one. Answers 1, or 0 if it is gone.
 */
export function prolongCall(input: ProlongInput): RedisScriptCall {
  const created = Buffer.alloc(8)
  created.writeDoubleLE(input.createdAtMs)
  const { valueName, birth, frame, ttlMs } = input
  return {
    script: PROLONG,
    keys: [valueName],
    args: [birthArgument(birth), created, frame, ttlMs === undefined ? '' : String(ttlMs)],
  }
}

import type {
  RedisReply,
  RedisScript,
  RedisScriptCall,
} from '../../../core/protocols/redis-transport.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { LogNames } from '../redis/key-names.ts'
import { unbornFrame } from '../redis-frames/entry-frame.ts'
import { positionOf } from './log-head-command.ts'
import { CRC_LUA, logLua } from './log-lua.ts'
import { encodeRecord, type LogRecord } from './log-record.ts'
import { OVERTAKEN_LUA } from './overtaken-lua.ts'
import { wordsOf, wordText } from './words-of.ts'

/** One value on its way in. */
export interface SetInput {
  readonly valueName: string
  readonly leaseName: string
  /** The mark of its key. */
  readonly record: LogRecord
  /** Where the log stood when the value was known to be the newest. */
  readonly sinceSeq: number
  /** Of `entryFrame`; whatever birth it has, it gets that of its mark. */
  readonly frame: Buffer
  /** `undefined`: it stays until it is invalidated. */
  readonly ttlMs: number | undefined
}

/** What holds for all values of a call. */
export interface SetConditions {
  readonly maxRecords: number
  /** The generation in the frames, which is that of all `sinceSeq`. */
  readonly generation: string
}

/**
 * KEYS head, log, then value and lease of each; ARGV records to keep, doorbell, generation, the earliest `since`,
 * then of each the record, its `since`, the frame's head, the check of that, the payload, the TTL in ms or nothing.
 *
 * A value that a mark may have overtaken since is marked and not stored, so it doesn't matter how late this is
 * executed. The value comes before all other writes, so that it is refused for want of memory; its mark isn't.
 */
const SET: RedisScript = {
  name: 'SET',
  text: logLua(`${CRC_LUA}${OVERTAKEN_LUA}
local ms = now()
local h = ask('HMGET', KEYS[1], 'g', 's')
if not h or not h[1] or not h[2] then
  drop(3)
  return {0}
end
local g, s = h[1], tonumber(h[2])
local count = (#KEYS - 2) / 2
local isOvertaken = g == ARGV[3] and overtaken(KEYS[2], tonumber(ARGV[4]), s)
local stored, why = {}, ''
for i = 1, count do
  local value, lease, at = KEYS[1 + 2 * i], KEYS[2 + 2 * i], 6 * i - 1
  stored[i] = 0
  if why == '' and isOvertaken and not isOvertaken(tonumber(ARGV[at + 1]), ARGV[at]) then
    local birth = struct.pack('<d', s + i)
    local check = struct.pack('<I4', crc32c(tonumber(ARGV[at + 3]), birth))
    local frame = ARGV[at + 2] .. birth .. check .. ARGV[at + 4]
    local r
    if ARGV[at + 5] == '' then r = redis.pcall('SET', value, frame)
    else r = redis.pcall('SET', value, frame, 'PX', ARGV[at + 5]) end
    if not r.err then stored[i] = 1
    elseif i == 1 and not fails(r, 'OOM') then return told(r)
    else why = told(r).err end
  end
  if stored[i] == 1 then redis.call('UNLINK', lease) else redis.call('UNLINK', value, lease) end
  append(KEYS[2], ARGV[1], s + i, ARGV[at], ms)
end
redis.call('HSET', KEYS[1], 's', whole(s + count))
redis.call('PUBLISH', ARGV[2], g .. '-' .. whole(s + count))
return {1, g, s + 1, stored, why}
`),
}

/**
 * Stores values whatever there was, but for those that were overtaken, each born at the place of its mark, which is appended in the same breath.
 * For servers that hold the log too; keys must be different ones.
 */
export function setCall(
  names: LogNames,
  values: readonly SetInput[],
  conditions: SetConditions,
): RedisScriptCall {
  const keys = [names.head, names.log]
  const args: (string | Buffer)[] = [String(conditions.maxRecords), names.doorbell]
  const since = values.map(({ sinceSeq }) => sinceSeq)
  args.push(conditions.generation, String(Math.min(...since)))
  for (const { valueName, leaseName, record, sinceSeq, frame, ttlMs } of values) {
    const { head, headCheck, payload } = unbornFrame(frame)
    keys.push(valueName, leaseName)
    args.push(encodeRecord(record), String(sinceSeq), head, String(headCheck), payload)
    args.push(ttlMs === undefined ? '' : String(ttlMs))
  }
  return { script: SET, keys, args }
}

/**
 * What became of the values. `marked`: all marks stand in the log, the first one here, and of the values
 * those are stored for which `stored` is true; of the others nothing is left. `why` says what Redis refused;
 * it is empty if they were overtaken, as all are by another generation. `no-log`: nothing is left
 * of the values, and there is no log.
 */
export type SetReply =
  | {
      readonly kind: 'marked'
      readonly first: LogPosition
      readonly stored: readonly boolean[]
      readonly why: string
    }
  | { readonly kind: 'no-log' }
  | { readonly kind: 'fault'; readonly fault: string }

export function readSetReply(reply: RedisReply): SetReply {
  const [kind, generation, seq, stored, why] = wordsOf(reply)
  if (kind === 0) return { kind: 'no-log' }
  const first = positionOf(generation, seq)
  if (kind !== 1 || first === undefined) {
    return { kind: 'fault', fault: 'SET answered what it never does' }
  }
  const flags = wordsOf(stored).map((flag) => flag === 1)
  return { kind: 'marked', first, stored: flags, why: wordText(why) }
}

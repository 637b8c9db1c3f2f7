import type {
  RedisReply,
  RedisScript,
  RedisScriptCall,
} from '../../../core/protocols/redis-transport.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { LogNames } from '../redis/key-names.ts'
import { logLua } from './log-lua.ts'
import {
  decodeRecord,
  type LogRecord,
  type ReadFault,
  type RetirementRecord,
} from './log-record.ts'
import { type ScopeMark, scopeTable } from './scope-fields.ts'
import { wordCount, wordsOf, wordText } from './words-of.ts'

/** Who reads, and from where. */
export interface ReadLogInput {
  /** Of the node that reads; no white space in it. */
  readonly node: string
  /** Run id of the server that is asked. */
  readonly server: string
  /** Run ids of the servers that hold its data, itself included. */
  readonly servers: readonly string[]
  /** From this record on, itself included. `undefined`: the node starts, and gets the scope marks instead. */
  readonly from: LogPosition | undefined
  /** All that the node knows is in the log of this server. */
  readonly vouches: boolean
  /** Most records. */
  readonly limit: number
  /** After how long a node that doesn't read any more is forgotten. */
  readonly forgetNodeMs: number
  /** Makes sure that the server that answers is `server`: where a command may be redirected on its way. */
  readonly isVerified: boolean
  /** For a node that starts where values lie on other servers than the log: the records of this last span, too. Else 0. */
  readonly recentMs: number
}

/** A record at its place, or why it can't be read: it may then reach anything. */
export type PlacedRecord = { readonly seq: number } & (LogRecord | RetirementRecord | ReadFault)

/** What the log answers, as of one moment. */
export interface LogReading {
  /** `undefined`: there is no log. */
  readonly generation: string | undefined
  /** The generations that this one took the place of, newest first. */
  readonly ancestors: readonly string[]
  /** The id is empty if the newest record is gone. */
  readonly tail: { readonly seq: number; readonly id: string }
  /** From the asked place on, oldest first; none if the generation is another one. */
  readonly records: readonly PlacedRecord[]
  readonly scopes: readonly (ScopeMark | ReadFault)[]
  /** Whatever was born before is invalid, for want of room in the table; 0: nothing is. */
  readonly floorSeq: number
  /** Of the last span; `areRecentWhole` false: there were more. */
  readonly recent: readonly PlacedRecord[]
  readonly areRecentWhole: boolean
  /** False: this server isn't known to hold a copy of this log. */
  readonly isKnownServer: boolean
  /** How many nodes took part under an earlier server and haven't checked in with this one. */
  readonly absentNodes: number
  /** The server's clock. */
  readonly serverMs: number
}

/** The code of the error that READ answers if the server isn't the one that was named. */
export const OTHER_SERVER = 'OTHERSERVER'

/** Most records of the last span that are looked through. */
const MAX_RECENT = 10_000

/**
 * KEYS head, log, marks, nodes, nothing; ARGV node, server, servers, generation, seq, vouches, limit, span
 * after which nodes are forgotten, span of recent records, whether the server must be the one that is named.
 */
const READ: RedisScript = {
  name: 'READ',
  text: logLua(`
if ARGV[10] == '1' then
  local id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  if id ~= ARGV[2] then return {err = '${OTHER_SERVER} ' .. tostring(id)} end
end
redis.call('UNLINK', KEYS[5])
local ms = now()
local h = ask('HMGET', KEYS[1], 'g', 's', 'a', 'v')
if not h or not h[1] then return {'', whole(ms)} end
local g, isStart = h[1], ARGV[4] == ''
local isOurs = isStart or g == ARGV[4]
local servers, known = h[4] or '', {}
for one in string.gmatch(servers, '%S+') do known[one] = true end
local isKnown = known[ARGV[2]] or false
if isKnown then
  local more = ''
  for one in string.gmatch(ARGV[3], '%S+') do
    if not known[one] then more = one .. ' ' .. more; known[one] = true end
  end
  if more ~= '' then redis.call('HSET', KEYS[1], 'v', string.sub(more .. servers, 1, 4096)) end
  if ARGV[6] == '1' and isOurs then
    local place = isStart and '- -' or ARGV[4] .. ' ' .. ARGV[5]
    redis.call('HSET', KEYS[4], ARGV[1], ARGV[2] .. ' ' .. place .. ' ' .. whole(ms))
  end
end
local absent, nodes = 0, ask('HGETALL', KEYS[4]) or {}
for i = 1, #nodes, 2 do
  local server, at = string.match(nodes[i + 1], '^(%S+) %S+ %S+ (%d+)$')
  if server ~= ARGV[2] then absent = absent + 1
  elseif isKnown and ms - tonumber(at) > tonumber(ARGV[8]) then redis.call('HDEL', KEYS[4], nodes[i]) end
end
local records, scopes, recent, isRecentWhole = {}, {}, {}, 1
local tail = ask('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1) or {}
if not isStart and isOurs then
  records = ask('XRANGE', KEYS[2], ARGV[5] .. '-0', '+', 'COUNT', ARGV[7]) or {}
elseif isStart then
  scopes = ask('HGETALL', KEYS[3]) or {}
  local span = tonumber(ARGV[9])
  if span > 0 then
    local all = ask('XREVRANGE', KEYS[2], '+', '-', 'COUNT', ${MAX_RECENT}) or {}
    for i = 1, #all do
      if ms - tonumber(all[i][2][4] or 0) > span then break end
      recent[i] = all[i]
    end
    local first = all[#all] and string.match(all[#all][1], '^%d+') or '0'
    local hasAll = #recent < #all or first == '1' or (#all == 0 and (h[2] or '0') == '0')
    isRecentWhole = hasAll and 1 or 0
  end
end
return {g, whole(ms), h[2] or '0', h[3] or '', isKnown and 1 or 0, absent, tail, records, scopes, recent, isRecentWhole}
`),
}

export function readLogCall(names: LogNames, input: ReadLogInput): RedisScriptCall {
  const { from } = input
  return {
    script: READ,
    keys: [names.head, names.log, names.marks, names.nodes, names.nothing],
    args: [
      input.node,
      input.server,
      input.servers.join(' '),
      from?.generation ?? '',
      String(from?.seq ?? 0),
      input.vouches ? '1' : '0',
      String(input.limit),
      String(input.forgetNodeMs),
      String(input.recentMs),
      input.isVerified ? '1' : '0',
    ],
  }
}

export function readLogReply(reply: RedisReply): LogReading | ReadFault {
  const [generation, serverMs, seq, ancestors, isKnown, absent, tail, ...lists] = wordsOf(reply)
  const clockMs = wordCount(serverMs)
  const tailSeq = wordText(generation) === '' ? 0 : wordCount(seq)
  if (clockMs === undefined || tailSeq === undefined) {
    return { fault: 'READ answered what it never does' }
  }
  const [records, scopes, recent, areRecentWhole] = lists
  const [newest] = recordsOf(tail)
  const isAtTail = newest !== undefined && newest.seq === tailSeq && 'id' in newest
  return {
    generation: wordText(generation) === '' ? undefined : wordText(generation),
    ancestors: wordText(ancestors).split(' ').filter(Boolean),
    tail: { seq: tailSeq, id: isAtTail ? newest.id : '' },
    records: recordsOf(records),
    ...scopeTable(wordsOf(scopes)),
    recent: recordsOf(recent).reverse(),
    areRecentWhole: areRecentWhole !== 0,
    isKnownServer: isKnown === 1,
    absentNodes: wordCount(absent) ?? 0,
    serverMs: clockMs,
  }
}

/** The records of XRANGE: `[['42-0', ['m', '[1,…]', 't', '1764…']], …]`. */
function recordsOf(reply: RedisReply | undefined): PlacedRecord[] {
  return wordsOf(reply).map((entry) => {
    const [id, fields] = wordsOf(entry)
    const seq = wordCount(wordText(id).replace(/-0$/, '')) ?? 0
    const [name, text] = wordsOf(fields)
    if (wordText(name) !== 'm') return { seq, fault: 'it has no record' }
    return { seq, ...decodeRecord(wordText(text)) }
  })
}

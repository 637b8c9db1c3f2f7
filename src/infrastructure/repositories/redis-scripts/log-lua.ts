/**
 * What several of the scripts have in common, in Lua.
 *
 * The head of the log is a hash: `g` the generation, `s` the seq of the newest mark, `a` the generations it
 * took the place of, `v` the run ids of the servers that hold it, `f` when it was founded by the server's
 * clock. The log is a stream whose ids are the seqs, `42-0`, so that it can be read from any position; who
 * stands at a place is told by the record's own id, since after a failover others may stand there.
 *
 * Redis refuses what needs memory when there is none, but only as the first write of a script. So scripts
 * that invalidate begin with a deletion: what they add is bounded, and an invalidation must never fail for
 * want of memory. Scripts that store values begin with the value.
 */

import { CRC32C_NIBBLES } from '../redis-frames/crc32c.ts'

/** Most names in one command: Lua's stack ends at 8000. */
const CHUNK = 1000

const COMMON = `
local function whole(n) return string.format('%.0f', n) end
local function now()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
-- Like redis.call, but false for a key that holds something else.
local function ask(...)
  local r = redis.pcall(...)
  if type(r) ~= 'table' or not r.err then return r end
  if string.find(r.err, 'WRONGTYPE', 1, true) then return false end
  return redis.call(...)
end
local function fails(r, code)
  return type(r) == 'table' and r.err and string.find(r.err, code, 1, true) ~= nil
end
local function told(r)
  local text = type(r) == 'table' and r.err or tostring(r)
  return {err = string.match(text, '%-(%u+ [^%c]*)') or text}
end
local function drop(from)
  for i = from, #KEYS, ${CHUNK} do
    redis.call('UNLINK', unpack(KEYS, i, math.min(i + ${CHUNK - 1}, #KEYS)))
  end
end
local function append(log, keep, seq, record, ms)
  redis.call('XADD', log, 'MAXLEN', '~', keep, whole(seq) .. '-0', 'm', record, 't', whole(ms))
end
`

/**
 * The text of a script: all that they have in common, then `body`, which returns what the script answers.
 *
 * What a command in a script refuses is told as it is told outside of scripts (`READONLY …`). Redis 6.2
 * would tell where in which script it was, and only then what it was, under the code `ERR`.
 */
export function logLua(body: string): string {
  return `${COMMON}
local function main()
${body}
end
local isDone, answer = pcall(main)
if isDone then return answer end
return told(answer)
`
}

/** CRC-32C in Lua, by half bytes: for the eight bytes of a birth a larger table isn't worth its place. */
export const CRC_LUA: string = `
local NIBBLES = {${CRC32C_NIBBLES.join(',')}}
local function crc32c(before, bytes)
  local c = bit.bnot(before)
  for i = 1, #bytes do
    local b = string.byte(bytes, i)
    c = bit.bxor(bit.rshift(c, 4), NIBBLES[bit.band(bit.bxor(c, b), 15) + 1])
    c = bit.bxor(bit.rshift(c, 4), NIBBLES[bit.band(bit.bxor(c, bit.rshift(b, 4)), 15) + 1])
  end
  return bit.bnot(c)
end
`

/**
 * What depends on what, as a sorted set whose members all have the score 0, so that it can be looked up by their
 * beginnings: for each edge `>org:7\nteam:9`, which leads from a name to what depends on it, and
 * `<team:9\norg:7`, which leads back. Names have no line breaks.
 */

import type { EdgeChange } from '../../../core/protocols/dependency-graph.ts'
import type {
  RedisReply,
  RedisScript,
  RedisScriptCall,
} from '../../../core/protocols/redis-transport.ts'
import { type DependencyName, parseDependencyName } from '../../../core/value-objects/cache-tag.ts'
import type { LogNames } from '../redis/key-names.ts'
import { logLua } from './log-lua.ts'
import { wordsOf, wordText } from './words-of.ts'

const COMMON = `
local function endsOf(from)
  return ask('ZRANGEBYLEX', KEYS[1], '[' .. from .. '\\n', '(' .. from .. '\\011') or {}
end
local function tailOf(member) return string.match(member, '\\n(.*)$') end
`

/** KEYS edges; ARGV most edges, then of each change `+` or `-`, dependent, and what it depends on, or nothing for all. */
const CHANGE: RedisScript = {
  name: 'CHANGE-EDGES',
  text: logLua(`${COMMON}
local function remove(dependent, name)
  redis.call('ZREM', KEYS[1], '<' .. dependent .. '\\n' .. name, '>' .. name .. '\\n' .. dependent)
end
for i = 2, #ARGV, 3 do
  local dependent, name = ARGV[i + 1], ARGV[i + 2]
  if ARGV[i] == '-' and name ~= '' then remove(dependent, name)
  elseif ARGV[i] == '-' then
    for _, member in ipairs(endsOf('<' .. dependent)) do remove(dependent, tailOf(member)) end
  elseif not redis.call('ZSCORE', KEYS[1], '<' .. dependent .. '\\n' .. name) then
    if redis.call('ZCARD', KEYS[1]) >= 2 * tonumber(ARGV[1]) then return 0 end
    redis.call('ZADD', KEYS[1], 0, '<' .. dependent .. '\\n' .. name, 0, '>' .. name .. '\\n' .. dependent)
  end
end
return 1
`),
}

/** KEYS edges; ARGV names. */
const CLOSURE: RedisScript = {
  name: 'CLOSURE',
  text: logLua(`${COMMON}
local names, known = {}, {}
local function reach(name)
  if known[name] then return end
  known[name] = true
  names[#names + 1] = name
end
for _, name in ipairs(ARGV) do reach(name) end
local at = 1
while names[at] do
  for _, member in ipairs(endsOf('>' .. names[at])) do reach(tailOf(member)) end
  at = at + 1
end
return names
`),
}

/** Answers 1, or 0 if there are too many edges: then what comes after the first one too many isn't there. */
export function changeEdgesCall(
  names: LogNames,
  changes: readonly EdgeChange[],
  maxEdges: number,
): RedisScriptCall {
  const args = changes.flatMap(({ dependent, dependsOn, isThere }) => {
    return [isThere ? '+' : '-', dependent, dependsOn ?? '']
  })
  return { script: CHANGE, keys: [names.edges], args: [String(maxEdges), ...args] }
}

/** Asks for these names and all that depends on them, however indirectly, each once. */
export function closureCall(names: LogNames, from: readonly DependencyName[]): RedisScriptCall {
  return { script: CLOSURE, keys: [names.edges], args: from }
}

/** What isn't a name is left out. */
export function readClosureReply(reply: RedisReply): readonly DependencyName[] {
  return wordsOf(reply).flatMap((word) => {
    try {
      return [parseDependencyName(wordText(word))]
    } catch {
      return [] // Nobody can depend on it.
    }
  })
}

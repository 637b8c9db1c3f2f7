/** A value that waits while so many marks come is taken for overtaken, whatever they reach: looking through them has its price. */
const MAX_MARKS = 500

/**
 * In Lua: `overtaken(log, from, tail)` answers a function that says whether a mark after a place, which isn't
 * before `from`, may reach the key of a record. What can't be told counts as yes: what was trimmed, what
 * can't be read, and what reaches by tag, pattern or dependency. Needs `logLua`.
 */
export const OVERTAKEN_LUA: string = `
local function overtaken(log, from, tail)
  local keys, spaces, all = {}, {}, 0
  local function note(seq, text)
    local r = cjson.decode(text)
    if r[1] ~= 1 or r[5] == 'dependency' then all = math.max(all, seq)
    elseif r[5] == 'key' then keys[r[4] .. '\\0' .. r[6]] = seq
    else spaces[r[4]] = seq end
  end
  local list = {}
  if tail - from <= ${MAX_MARKS} then
    list = ask('XRANGE', log, whole(from + 1) .. '-0', whole(tail) .. '-0') or {}
  end
  if #list < tail - from then all = tail end
  for _, one in ipairs(list) do
    local seq = tonumber(string.match(one[1], '^%d+'))
    if not pcall(note, seq, one[2][2]) then all = math.max(all, seq) end
  end
  return function(since, record)
    local r = cjson.decode(record)
    local newest = math.max(all, spaces[r[4]] or 0, keys[r[4] .. '\\0' .. r[6]] or 0)
    return since > tail or newest > since
  end
end
`

import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { ACCESS_FLAG, FIXED_BYTES, SLIDING_FLAG, TAIL_BYTES } from '../redis-frames/frame-layout.ts'

/** In Lua: `isBornAt(frame, birth)`, where the birth is a `birthArgument`. What is no frame was born nowhere. */
export const BIRTH_LUA: string = `
local function isBornAt(v, birth)
  if #v < ${FIXED_BYTES + TAIL_BYTES} then return false end
  local header = struct.unpack('<I2', v, 5)
  local flags = string.byte(v, 7)
  local at = ${FIXED_BYTES + 1}
  if bit.band(flags, ${SLIDING_FLAG}) ~= 0 then at = at + 8 end
  if bit.band(flags, ${ACCESS_FLAG}) ~= 0 then at = at + 16 end
  local g = string.sub(birth, 9)
  return string.sub(v, header - ${TAIL_BYTES - 1}, header - 4) == string.sub(birth, 1, 8)
    and string.sub(v, at, at + #g) == string.char(#g) .. g
end
`

/** A birth as scripts compare it: 8 bytes of seq, then the generation. */
export function birthArgument({ generation, seq }: LogPosition): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(seq)
  return Buffer.concat([bytes, Buffer.from(generation)])
}

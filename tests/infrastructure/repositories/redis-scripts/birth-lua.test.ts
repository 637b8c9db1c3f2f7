import { describe, expect, it } from 'vitest'
import {
  BIRTH_LUA,
  birthArgument,
} from '../../../../src/infrastructure/repositories/redis-scripts/birth-lua.ts'

// What the Lua finds in frames is tested where it is used: load-call.test.ts, prolong-call.test.ts.
describe('birthArgument()', () => {
  it('is the seq as it lies in a frame, then the generation', () => {
    const bytes = birthArgument({ generation: 'gé', seq: 2 ** 40 + 1 })
    expect(bytes.readDoubleLE(0)).toBe(2 ** 40 + 1)
    expect(bytes.toString('utf8', 8)).toBe('gé')
  })

  it('is taken by a function of that name', () => {
    expect(BIRTH_LUA).toContain('function isBornAt(v, birth)')
  })
})

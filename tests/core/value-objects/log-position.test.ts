import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatLogPosition,
  isAfter,
  parseLogPosition,
} from '../../../src/core/value-objects/log-position.ts'

const position = fc.record({
  generation: fc.string({
    unit: fc.constantFrom(...'ab01_-'),
    minLength: 1,
    maxLength: 64,
  }),
  seq: fc.oneof(fc.nat(20), fc.maxSafeNat()),
})

describe('isAfter()', () => {
  it('holds for the later position only', () => {
    const [first, second] = [
      { generation: 'g', seq: 1 },
      { generation: 'g', seq: 2 },
    ]
    expect(isAfter(second, first)).toBe(true)
    expect(isAfter(first, second)).toBe(false)
    expect(isAfter(first, { ...first })).toBe(false)
  })

  it('holds in no direction between two generations', () => {
    const old = { generation: 'g', seq: 1 }
    const other = { generation: 'h', seq: 2 }
    expect([isAfter(old, other), isAfter(other, old)]).toEqual([false, false])
  })

  it('holds in at most one direction', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        expect(isAfter(a, b) && isAfter(b, a)).toBe(false)
      }),
    )
  })
})

describe('parseLogPosition()', () => {
  it('reads back what formatLogPosition() wrote, whatever the generation', () => {
    fc.assert(
      fc.property(position, (original) => {
        expect(parseLogPosition(formatLogPosition(original))).toEqual(original)
      }),
    )
  })

  it('reads the sequence number after the last hyphen', () => {
    expect(parseLogPosition('k3-J9-42')).toEqual({ generation: 'k3-J9', seq: 42 })
    expect(parseLogPosition('g-0')).toEqual({ generation: 'g', seq: 0 })
    expect(parseLogPosition('g-9007199254740991').seq).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each([
    '',
    'g',
    'g-',
    '-5',
    'g-01',
    'g-1.5',
    'g-1e3',
    'g- 1',
    'g-x',
    'a b-1',
    'g-1\n',
    'g-9007199254740992',
    `${'g'.repeat(65)}-1`,
    42,
    null,
    undefined,
    { generation: 'g', seq: 1 },
  ])('refuses %o', (value) => {
    expect(() => parseLogPosition(value)).toThrow(
      expect.objectContaining({
        code: 'CACHE_CURSOR_INVALID',
        message: expect.stringMatching(/^Cannot use log position: expected generation-seq, got /),
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import {
  DEFAULT_MEMORY_LIMITS,
  type MemoryLimitOptions,
  parseMemoryLimits,
} from '../../../src/core/value-objects/memory-limit-options.ts'

describe('parseMemoryLimits()', () => {
  it.each<[MemoryLimitOptions, number | undefined, number]>([
    [{}, undefined, 268_435_456],
    [{ maxEntries: 1 }, 1, 268_435_456],
    [{ maxBytes: '1mb' }, undefined, 1_048_576],
    [{ maxEntries: 10, maxBytes: 1 }, 10, 1],
  ])('of %o is %o entries and %o bytes', (options, maxEntries, maxBytes) => {
    expect(parseMemoryLimits(options)).toEqual({ maxEntries, maxBytes })
  })

  it('of nothing is what its defaults say, which nobody can change', () => {
    expect(parseMemoryLimits({})).toEqual(DEFAULT_MEMORY_LIMITS)
    expect(Object.isFrozen(DEFAULT_MEMORY_LIMITS)).toBe(true)
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'refuses %o entries',
    (maxEntries) => {
      expect(() => parseMemoryLimits({ maxEntries })).toThrow(
        expect.objectContaining({
          code: 'CACHE_OPTION_INVALID',
          message: `Cannot use maxEntries: expected a whole number of at least 1, got ${maxEntries}`,
        }),
      )
    },
  )

  it.each([0, -1, 'much', '1 parsec'])('refuses %o bytes', (maxBytes) => {
    expect(() => parseMemoryLimits({ maxBytes })).toThrow(
      expect.objectContaining({ code: 'CACHE_SIZE_INVALID' }),
    )
  })
})

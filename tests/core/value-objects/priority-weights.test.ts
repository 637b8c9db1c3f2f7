import { describe, expect, it } from 'vitest'
import {
  DEFAULT_PRIORITY_WEIGHTS,
  MAX_PRIORITY_WEIGHT,
  type PriorityWeights,
  parsePriorityWeights,
} from '../../../src/core/value-objects/priority-weights.ts'

const BASE: PriorityWeights = [3, 5, 7]

describe('parsePriorityWeights()', () => {
  it.each<[unknown, PriorityWeights]>([
    [{}, BASE],
    [{ low: 1 }, [1, 5, 7]],
    [{ medium: 1.5 }, [3, 1.5, 7]],
    [{ high: MAX_PRIORITY_WEIGHT }, [3, 5, 64]],
    [{ low: 2, medium: 4, high: 8 }, [2, 4, 8]],
    [{ low: undefined, high: 1 }, [3, 5, 1]],
    // A priority may weigh less than a lower one: whoever says so has a reason.
    [{ low: 9, high: 1 }, [9, 5, 1]],
  ])('of %o over weights of 3, 5 and 7 is %o, by rank', (options, expected) => {
    const weights = parsePriorityWeights(options, BASE)
    expect(weights).toEqual(expected)
    expect(Object.isFrozen(weights)).toBe(true)
  })

  it('doubles the weight with each priority when nothing is said', () => {
    expect(parsePriorityWeights({}, DEFAULT_PRIORITY_WEIGHTS)).toEqual([1, 2, 4])
  })

  it.each([
    undefined,
    null,
    2,
    'high',
    { critical: 1 },
    { High: 1 },
    { low: 0.99 },
    { low: 0 },
    { medium: -1 },
    { medium: MAX_PRIORITY_WEIGHT + 0.01 },
    { high: Number.NaN },
    { high: Number.POSITIVE_INFINITY },
    { high: '2' },
    { high: null },
    [1, 2, 4],
  ])('refuses %o and says what it expects', (value) => {
    expect(() => parsePriorityWeights(value, BASE)).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        message: expect.stringMatching(
          /^Cannot use priorityWeights: expected \{ low, medium, high \} with numbers from 1 to 64, got /,
        ),
      }),
    )
  })
})

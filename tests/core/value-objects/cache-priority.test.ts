import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  CACHE_PRIORITIES,
  type CachePriority,
  parseCachePriority,
  priorityRank,
} from '../../../src/core/value-objects/cache-priority.ts'

const priority = fc.constantFrom<CachePriority>('low', 'medium', 'high', 'critical')

describe('parseCachePriority()', () => {
  it.each(['low', 'medium', 'high', 'critical'])('takes %s', (name) => {
    expect(parseCachePriority(name)).toBe(name)
  })

  it.each(['', 'Low', 'low ', 'urgent', 'toString', 0, 3, null, undefined, ['low']])(
    'refuses %o and lists what is allowed',
    (value) => {
      expect(() => parseCachePriority(value)).toThrow(
        expect.objectContaining({
          code: 'CACHE_OPTION_INVALID',
          message: expect.stringMatching(
            /^Cannot use priority: expected one of low, medium, high, critical, got /,
          ),
        }),
      )
    },
  )

  it('accepts no text but the four names', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!CACHE_PRIORITIES.some((name) => name === text))
        expect(() => parseCachePriority(text)).toThrow(CacheError)
      }),
    )
  })
})

describe('priorityRank()', () => {
  it('counts from 0 for low to 3 for critical, in the order of CACHE_PRIORITIES', () => {
    expect(CACHE_PRIORITIES.map(priorityRank)).toEqual([0, 1, 2, 3])
  })

  it('orders any two priorities as the list does', () => {
    fc.assert(
      fc.property(priority, priority, (a, b) => {
        const byList = CACHE_PRIORITIES.indexOf(a) - CACHE_PRIORITIES.indexOf(b)
        expect(Math.sign(priorityRank(a) - priorityRank(b))).toBe(Math.sign(byList))
      }),
    )
  })

  it('sorts a list with critical last', () => {
    const sorted = (['critical', 'low', 'high', 'medium'] as const).toSorted(
      (a, b) => priorityRank(a) - priorityRank(b),
    )
    expect(sorted).toEqual(['low', 'medium', 'high', 'critical'])
  })
})

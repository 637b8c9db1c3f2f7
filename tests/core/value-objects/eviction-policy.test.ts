import { describe, expect, it } from 'vitest'
import {
  EVICTION_POLICIES,
  parseEvictionPolicy,
} from '../../../src/core/value-objects/eviction-policy.ts'

describe('parseEvictionPolicy()', () => {
  it('takes each policy of the list', () => {
    expect(EVICTION_POLICIES.map(parseEvictionPolicy)).toEqual([
      'w-tinylfu',
      'lru',
      'lfu',
      'fifo',
      's3-fifo',
      'sieve',
      'ttl',
    ])
  })

  it.each(['', 'LRU', 'random', 'lru ', 0, null, undefined, ['lru']])(
    'refuses %o and lists what is allowed',
    (value) => {
      expect(() => parseEvictionPolicy(value)).toThrow(
        expect.objectContaining({
          code: 'CACHE_OPTION_INVALID',
          message: expect.stringMatching(
            /^Cannot use evictionPolicy: expected one of w-tinylfu, lru, lfu, fifo, s3-fifo, sieve, ttl, got /,
          ),
        }),
      )
    },
  )
})

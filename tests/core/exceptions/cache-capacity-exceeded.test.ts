import { describe, expect, it } from 'vitest'
import { CacheCapacityExceeded } from '../../../src/core/exceptions/cache-capacity-exceeded.ts'

describe('CacheCapacityExceeded', () => {
  it('names the namespace and the rule that left no room', () => {
    const error = new CacheCapacityExceeded('users', 'full of critical entries')
    expect(error.code).toBe('CACHE_CAPACITY_EXCEEDED')
    expect([error.namespace, error.rule]).toEqual(['users', 'full of critical entries'])
    expect(error.message).toBe(
      'Cannot store in namespace "users": there is no room, full of critical entries',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { CacheCapacityExceeded } from '../../../src/core/exceptions/cache-capacity-exceeded.ts'

describe('CacheCapacityExceeded', () => {
  it.each(['entries', 'bytes'] as const)('names the namespace and its limit of %s', (limitedBy) => {
    const error = new CacheCapacityExceeded('users', limitedBy, 1000)
    expect(error.code).toBe('CACHE_CAPACITY_EXCEEDED')
    expect(error.namespace).toBe('users')
    expect(error.limitedBy).toBe(limitedBy)
    expect(error.limit).toBe(1000)
    expect(error.message).toBe(
      `Cannot store in namespace "users": its limit of 1000 ${limitedBy} is taken by entries that may not be evicted`,
    )
  })
})

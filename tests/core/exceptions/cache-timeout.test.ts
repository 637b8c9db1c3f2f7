import { describe, expect, it } from 'vitest'
import { CacheTimeout } from '../../../src/core/exceptions/cache-timeout.ts'

describe('CacheTimeout', () => {
  it('says what was not done within which deadline', () => {
    const error = new CacheTimeout('load "user:1"', 250)
    expect(error.code).toBe('CACHE_TIMEOUT')
    expect(error.timeoutMs).toBe(250)
    expect(error.message).toBe('Cannot load "user:1": not done within 250 ms')
  })
})

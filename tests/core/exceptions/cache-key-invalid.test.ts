import { describe, expect, it } from 'vitest'
import { CacheKeyInvalid } from '../../../src/core/exceptions/cache-key-invalid.ts'

describe('CacheKeyInvalid', () => {
  it('says which key and why, under its code', () => {
    const error = new CacheKeyInvalid('a*', 'expected no wildcard in a key, got * at 1')
    expect(error.code).toBe('CACHE_KEY_INVALID')
    expect(error.message).toBe('Cannot use key "a*": expected no wildcard in a key, got * at 1')
    expect(error.keyText).toBe('a*')
  })

  it('keeps 100 characters of a key whole and cuts the 101st', () => {
    expect(new CacheKeyInvalid('k'.repeat(100), 'x').keyText).toBe('k'.repeat(100))
    expect(new CacheKeyInvalid('k'.repeat(101), 'x').keyText).toBe('k'.repeat(100))
  })

  it('carries a long key neither in its text nor in its message', () => {
    const error = new CacheKeyInvalid('k'.repeat(10_000), 'expected at most 512 bytes, got more')
    expect(error.message.length).toBeLessThan(200)
  })

  it('says what a key is that is no text', () => {
    const error = new CacheKeyInvalid({ secret: 'hunter2' }, 'expected a string, got an object')
    expect(error.keyText).toBe('an object')
    expect(error.message).not.toContain('hunter2')
  })

  it('does not let a key forge a line of a log', () => {
    const error = new CacheKeyInvalid('a\nERROR all is lost', 'expected no control characters')
    expect(error.message).not.toContain('\n')
    expect(error.keyText).toBe('a\nERROR all is lost')
  })
})

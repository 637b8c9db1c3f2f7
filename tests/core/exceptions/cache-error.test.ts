import { describe, expect, it } from 'vitest'
import { CacheCapacityExceeded } from '../../../src/core/exceptions/cache-capacity-exceeded.ts'
import {
  CACHE_ERROR_CODES,
  CacheError,
  isCacheError,
} from '../../../src/core/exceptions/cache-error.ts'
import { CacheKeyInvalid } from '../../../src/core/exceptions/cache-key-invalid.ts'
import { CacheTimeout } from '../../../src/core/exceptions/cache-timeout.ts'

/** What another copy of the package throws: the same by name and code, another class. */
class ForeignCacheError extends Error {
  override readonly name = 'CacheError'
  readonly code: string

  constructor(code: string) {
    super('Cannot do it: it is foreign')
    this.code = code
  }
}

describe('CACHE_ERROR_CODES', () => {
  it('names each code once', () => {
    expect(new Set(CACHE_ERROR_CODES).size).toBe(CACHE_ERROR_CODES.length)
  })

  it('holds codes that all begin with CACHE_', () => {
    expect(CACHE_ERROR_CODES.filter((code) => !/^CACHE(_[A-Z]+)+$/.test(code))).toEqual([])
  })
})

describe('CacheError', () => {
  const cause = new Error('the original')
  const error = new CacheError('CACHE_CLOSED', 'Cannot get "a": the cache is closed', { cause })

  it('carries code, message and cause', () => {
    expect(error.code).toBe('CACHE_CLOSED')
    expect(error.message).toBe('Cannot get "a": the cache is closed')
    expect(error.cause).toBe(cause)
  })

  it('has no cause at all when none was given', () => {
    expect('cause' in new CacheError('CACHE_CLOSED', 'Cannot get: closed')).toBe(false)
  })

  it('keeps a cause that is undefined as a cause, as Error does', () => {
    const options = { cause: undefined }
    expect('cause' in new CacheError('CACHE_CLOSED', 'Cannot get: closed', options)).toBe(true)
  })

  it('is an Error that shows its name in text and stack', () => {
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe('CacheError: Cannot get "a": the cache is closed')
    expect(error.stack?.split('\n')[0]).toBe('CacheError: Cannot get "a": the cache is closed')
  })

  it('keeps its name in subclasses', () => {
    const names = [
      new CacheKeyInvalid('', 'expected a key, got none').name,
      new CacheTimeout('load', 5).name,
      new CacheCapacityExceeded('users', 'larger than the limit').name,
    ]
    expect(names).toEqual(['CacheError', 'CacheError', 'CacheError'])
  })
})

describe('isCacheError()', () => {
  it('accepts a CacheError of any code', () => {
    const refused = CACHE_ERROR_CODES.filter((code) => !isCacheError(new CacheError(code, 'x')))
    expect(refused).toEqual([])
  })

  it('accepts the asked code and refuses another', () => {
    const error = new CacheError('CACHE_TIMEOUT', 'Cannot load: late')
    expect(isCacheError(error, 'CACHE_TIMEOUT')).toBe(true)
    expect(isCacheError(error, 'CACHE_CLOSED')).toBe(false)
  })

  it('accepts the subclasses by their codes', () => {
    expect(isCacheError(new CacheKeyInvalid('', 'empty'), 'CACHE_KEY_INVALID')).toBe(true)
    expect(isCacheError(new CacheTimeout('load', 5), 'CACHE_TIMEOUT')).toBe(true)
    const full = new CacheCapacityExceeded('users', 'it is full')
    expect(isCacheError(full, 'CACHE_CAPACITY_EXCEEDED')).toBe(true)
  })

  it('accepts the errors of another copy of the package, also with codes that are new to this one', () => {
    expect(isCacheError(new ForeignCacheError('CACHE_TIMEOUT'))).toBe(true)
    expect(isCacheError(new ForeignCacheError('CACHE_TIMEOUT'), 'CACHE_TIMEOUT')).toBe(true)
    expect(isCacheError(new ForeignCacheError('CACHE_TIMEOUT'), 'CACHE_CLOSED')).toBe(false)
    expect(isCacheError(new ForeignCacheError('CACHE_FROM_THE_FUTURE'))).toBe(true)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'CacheError'],
    ['a plain error', new Error('x')],
    ['an error with a code of its own', Object.assign(new Error('x'), { code: 'CACHE_TIMEOUT' })],
    ['an error of the name without a code', Object.assign(new Error('x'), { name: 'CacheError' })],
    ['an object whose code is a number', { name: 'CacheError', code: 5 }],
    ['an object without a name', { code: 'CACHE_TIMEOUT' }],
    ['an object without a prototype', Object.create(null)],
  ])('refuses %s', (_, value) => {
    expect(isCacheError(value)).toBe(false)
    expect(isCacheError(value, 'CACHE_TIMEOUT')).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import { CacheError } from '../../../../src/core/exceptions/cache-error.ts'
import { connectFailure } from '../../../../src/infrastructure/redis/connection/connect-failure.ts'

function nodeError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

describe('connectFailure()', () => {
  it.each([
    [nodeError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'), 'CACHE_REDIS_UNREACHABLE'],
    [nodeError('ENOTFOUND', 'getaddrinfo ENOTFOUND nowhere'), 'CACHE_REDIS_UNREACHABLE'],
    [nodeError('ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version'), 'CACHE_REDIS_TLS_FAILED'],
    [nodeError('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'), 'CACHE_REDIS_TLS_FAILED'],
    [nodeError('CERT_HAS_EXPIRED', 'expired'), 'CACHE_REDIS_TLS_FAILED'],
    [nodeError('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable'), 'CACHE_REDIS_TLS_FAILED'],
    [new Error('WRONGPASS invalid username-password pair'), 'CACHE_REDIS_AUTH_FAILED'],
    [new Error('NOAUTH HELLO must be called with the client'), 'CACHE_REDIS_AUTH_FAILED'],
    [new Error('ERR AUTH <password> called without any password'), 'CACHE_REDIS_AUTH_FAILED'],
    [
      new Error("NOPERM this user has no permissions to run the 'select' command"),
      'CACHE_REDIS_NOT_PERMITTED',
    ],
    [new Error('ERR DB index is out of range'), 'CACHE_REDIS_DATABASE_INVALID'],
    [new Error('ERR SELECT is not allowed in cluster mode'), 'CACHE_REDIS_DATABASE_INVALID'],
    [new Error('ERR unknown command `HELLO`'), 'CACHE_REDIS_UNSUPPORTED'],
    [new Error('NOPROTO unsupported protocol version'), 'CACHE_REDIS_UNSUPPORTED'],
    [new Error('LOADING Redis is loading the dataset in memory'), 'CACHE_REDIS_UNREACHABLE'],
    [new Error('Socket closed unexpectedly'), 'CACHE_REDIS_UNREACHABLE'],
    ['a string', 'CACHE_REDIS_UNREACHABLE'],
  ])('of %s has the code %s, the words of the server, and the cause', (cause, code) => {
    const error = connectFailure('host:1', cause)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^Cannot use Redis at host:1: /)
    expect(error.message).toContain(cause instanceof Error ? cause.message : cause)
    expect(error.cause).toBe(cause)
  })

  it('names the first of several addresses that were tried', () => {
    // biome-ignore lint/suspicious/useErrorMessage: Node makes it without a message
    const cause = new AggregateError([new Error('connect ECONNREFUSED ::1:6379')], '')
    expect(connectFailure('localhost:6379', cause).message).toContain('::1:6379')
  })

  it('hands on what is an error of ours already', () => {
    const error = new CacheError('CACHE_REDIS_UNSUPPORTED', 'Cannot use Redis: too old')
    expect(connectFailure('host:1', error)).toBe(error)
  })
})

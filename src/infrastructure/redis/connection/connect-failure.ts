import { CacheError, type CacheErrorCode } from '../../../core/exceptions/cache-error.ts'
import { errorReplyCode } from '../batch/error-reply-rule.ts'

/** Codes that Node and OpenSSL give to what goes wrong with TLS. */
const TLS_CODE = /^ERR_(?:SSL|TLS)_|CERT|^EPROTO$|^UNABLE_TO_|^HOSTNAME_MISMATCH$/

type Why = readonly [code: CacheErrorCode, why: string]

/** What the first words to a server are answered with, when it refuses them. */
const REPLIES: readonly (readonly [pattern: RegExp, code: CacheErrorCode, why: string])[] = [
  [
    /^(?:NOAUTH|WRONGPASS|ERR (?:AUTH|invalid password|Client sent AUTH))/,
    'CACHE_REDIS_AUTH_FAILED',
    'it refuses the user or the password',
  ],
  [/^NOPERM/, 'CACHE_REDIS_NOT_PERMITTED', 'the user lacks a permission'],
  [
    /^ERR (?:DB index|invalid DB index|SELECT is not allowed)/,
    'CACHE_REDIS_DATABASE_INVALID',
    'it has no such database',
  ],
  [
    /^(?:NOPROTO|ERR unknown command)/,
    'CACHE_REDIS_UNSUPPORTED',
    'it is too old to speak RESP3; Redis 6.2 or later is needed',
  ],
]

/**
 * Why a server can't be used, in the words of the library. The server's own words stand in the message,
 * which never holds a password: neither Redis nor Node repeats one.
 *
 * @param address such as `localhost:6379`
 */
export function connectFailure(address: string, cause: unknown): CacheError {
  if (cause instanceof CacheError) return cause
  const message = firstMessage(cause)
  const [code, why] = findWhy(cause, message)
  const words = message === '' ? '' : ` (${message})`
  return new CacheError(code, `Cannot use Redis at ${address}: ${why}${words}`, { cause })
}

function findWhy(cause: unknown, message: string): Why {
  const nodeCode = firstNodeCode(cause)
  if (TLS_CODE.test(nodeCode)) return ['CACHE_REDIS_TLS_FAILED', 'TLS failed']
  for (const [pattern, code, why] of REPLIES) if (pattern.test(message)) return [code, why]
  if (errorReplyCode(message) === 'LOADING')
    return ['CACHE_REDIS_UNREACHABLE', 'it still loads its data']
  return ['CACHE_REDIS_UNREACHABLE', 'no connection']
}

/** An `AggregateError` of several addresses has no message of its own. */
function firstMessage(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return firstMessage(cause.errors[0])
  return cause instanceof Error ? cause.message : String(cause)
}

function firstNodeCode(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return typeof cause.code === 'string' ? cause.code : ''
}

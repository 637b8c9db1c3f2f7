import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { RedisFailure, type RedisReply } from '../../../core/protocols/redis-transport.ts'

/** What there is to say when Redis has not done what it was asked: `Cannot <asked>: <why>`. */
export function unavailable(asked: string, why: RedisFailure | string): CacheError {
  const cause = why instanceof RedisFailure ? why : undefined
  const text = why instanceof RedisFailure ? why.message : why
  return new CacheError('CACHE_REPOSITORY_UNAVAILABLE', `Cannot ${asked}: ${text}`, { cause })
}

/**
 * The reply, if it is one.
 *
 * @throws CacheError CACHE_REPOSITORY_UNAVAILABLE with the failure
 */
export function answered(asked: string, reply: RedisReply | undefined): RedisReply {
  if (reply instanceof RedisFailure) throw unavailable(asked, reply)
  if (reply === undefined) throw unavailable(asked, 'there was no answer')
  return reply
}

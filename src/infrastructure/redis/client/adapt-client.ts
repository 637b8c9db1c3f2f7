import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { IoredisClient, type IoredisLike } from './ioredis-client.ts'
import {
  NodeRedisClient,
  type NodeRedisClusterLike,
  type NodeRedisLike,
} from './node-redis-client.ts'
import type { UserClient } from './user-client.ts'

/**
 * The adapter for a client that the user hands in, told by the methods that it has.
 *
 * @throws CacheError CACHE_OPTION_INVALID if it is none of those that are known
 */
export function adaptClient(client: object): UserClient {
  if (has(client, ['callBuffer', 'duplicate', 'subscribe']))
    return new IoredisClient(client as IoredisLike)
  if (has(client, ['sendCommand', 'duplicate', 'destroy', 'subscribe']))
    return new NodeRedisClient(client as NodeRedisLike | NodeRedisClusterLike)
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    'Cannot use redis.client: expected a client or cluster of node-redis 5 or later, or of ioredis 5 or later',
  )
}

function has(client: object, methods: readonly string[]): boolean {
  // The methods are what the adapter calls; the tests hold them against the real clients.
  const fields = client as Readonly<Record<string, unknown>>
  return methods.every((name) => typeof fields[name] === 'function')
}

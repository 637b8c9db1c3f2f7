import type { RedisSubjectFactory } from './redis-subject.ts'
import { bentocacheRedis } from './subjects/bentocache.ts'
import { cacheManagerRedis } from './subjects/cache-manager.ts'
import { cacheableRedis } from './subjects/cacheable.ts'
import { keyvOverRedis } from './subjects/keyv.ts'
import { layeredLoaderRedis } from './subjects/layered-loader.ts'
import { nodeRedis, nodeRedisParsed } from './subjects/node-redis.ts'
import { platformCacheRedis } from './subjects/platform-cache.ts'

/** What is measured over Redis. */
export type RedisSubjectName =
  | 'platform-cache'
  | 'node-redis'
  | 'node-redis, parsed'
  | 'bentocache'
  | 'cacheable'
  | 'cache-manager'
  | 'layered-loader'
  | 'keyv'

/** How to make a subject of each. */
export const redisSubjects: Readonly<Record<RedisSubjectName, RedisSubjectFactory>> = {
  'platform-cache': platformCacheRedis,
  'node-redis': nodeRedis,
  'node-redis, parsed': nodeRedisParsed,
  bentocache: bentocacheRedis,
  cacheable: cacheableRedis,
  'cache-manager': cacheManagerRedis,
  'layered-loader': layeredLoaderRedis,
  keyv: keyvOverRedis,
}

import { importRival } from '../../rivals/import-rival.ts'
import { TTL_MS } from '../../subjects/subject.ts'
import { countFound } from '../count-found.ts'
import { keyvRedis } from '../keyv-redis.ts'
import type { Profile, RedisSubject } from '../redis-subject.ts'

interface CacheManagerModule {
  readonly createCache: (options: object) => {
    get(key: string): Promise<unknown>
    mget(keys: readonly string[]): Promise<readonly unknown[]>
    set(key: string, value: Profile): Promise<unknown>
  }
}

/** cache-manager with Redis as its only store. */
export async function cacheManagerRedis(url: string): Promise<RedisSubject> {
  const { createCache } = (await importRival('cache-manager')) as CacheManagerModule
  const keyv = await keyvRedis(url, 'cache-manager')
  const cache = createCache({ stores: [keyv], ttl: TTL_MS })
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getMany: async (keys) => countFound(await cache.mget(keys)),
    close: () => keyv.disconnect(),
  }
}

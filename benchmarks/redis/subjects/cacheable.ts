import { importRival } from '../../rivals/import-rival.ts'
import { TTL_MS } from '../../subjects/subject.ts'
import { countFound } from '../count-found.ts'
import { keyvRedis } from '../keyv-redis.ts'
import type { Profile, RedisSubject } from '../redis-subject.ts'

interface CacheableModule {
  readonly Cacheable: new (
    options: object,
  ) => {
    get(key: string): Promise<unknown>
    getMany(keys: readonly string[]): Promise<readonly unknown[]>
    set(key: string, value: Profile): Promise<unknown>
  }
}

/** cacheable with Redis as its only store. */
export async function cacheableRedis(url: string): Promise<RedisSubject> {
  const { Cacheable } = (await importRival('cacheable')) as CacheableModule
  const keyv = await keyvRedis(url, 'cacheable')
  const cache = new Cacheable({ primary: keyv, ttl: TTL_MS })
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getMany: async (keys) => countFound(await cache.getMany(keys)),
    close: () => keyv.disconnect(),
  }
}

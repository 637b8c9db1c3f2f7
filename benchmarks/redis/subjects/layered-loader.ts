import { importRival } from '../../rivals/import-rival.ts'
import { TTL_MS } from '../../subjects/subject.ts'
import { countFound } from '../count-found.ts'
import type { Profile, RedisSubject } from '../redis-subject.ts'

interface RedisClient {
  quit(): Promise<unknown>
}

interface LayeredLoaderModule {
  readonly Loader: new (options: object) => { get(key: string): Promise<unknown> }
  readonly RedisCache: new (
    client: RedisClient,
    options: object,
  ) => {
    set(key: string, value: Profile): Promise<unknown>
    getMany(keys: readonly string[]): Promise<{ readonly resolvedValues: readonly unknown[] }>
  }
}

interface RedisModule {
  readonly Redis: new (url: string, options: object) => RedisClient
}

/** layered-loader with its Redis layer alone, and ioredis put to its fastest. */
export async function layeredLoaderRedis(url: string): Promise<RedisSubject> {
  const { Loader, RedisCache } = (await importRival('layered-loader')) as LayeredLoaderModule
  const { Redis } = (await importRival('ioredis')) as RedisModule
  const client = new Redis(url, { enableAutoPipelining: true })
  const redis = new RedisCache(client, { prefix: 'layered', json: true, ttlInMsecs: TTL_MS })
  const loader = new Loader({ inMemoryCache: false, asyncCache: redis, dataSources: [] })
  return {
    get: (key) => loader.get(key),
    set: (key, value) => redis.set(key, value),
    getMany: async (keys) => countFound((await redis.getMany(keys)).resolvedValues),
    close: () => client.quit(),
  }
}

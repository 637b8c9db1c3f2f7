import { setTimeout as sleep } from 'node:timers/promises'
import { createCache } from 'platform-cache'
import { profileOf, type RedisSubject } from '../redis-subject.ts'

const RETRY_MS = 20

/** Platform Cache over Redis with the smallest memory there is, so that each read of another key asks Redis. */
export async function platformCacheRedis(url: string): Promise<RedisSubject> {
  const cache = createCache({ redis: { url }, memory: { maxEntries: 1 } })
  const items = cache.namespace<object>('items')
  while (!(await items.set('first', profileOf(0)))) await sleep(RETRY_MS)
  return {
    get: (key) => items.get(key),
    set: (key, value) => items.set(key, value),
    getMany: async (keys) => (await items.getMany(keys)).size,
    close: () => cache.close(),
  }
}

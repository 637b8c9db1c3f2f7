import { setTimeout as sleep } from 'node:timers/promises'
import { createCache } from 'platform-cache'
import { profileOf, type RedisSubject } from '../redis-subject.ts'

const RETRY_MS = 20

/** Far fewer than there are keys, which are read in turn: by LRU, each is gone before its next turn. */
const MEMORY = { maxEntries: 1000, evictionPolicy: 'lru' } as const

/** Platform Cache over Redis, whose memory holds nothing of what is read next. */
export async function platformCacheRedis(url: string): Promise<RedisSubject> {
  const cache = createCache({ redis: { url }, memory: MEMORY })
  const items = cache.namespace<object>('items')
  while (!(await items.set('first', profileOf(0)))) await sleep(RETRY_MS)
  return {
    get: (key) => items.get(key),
    set: (key, value) => items.set(key, value),
    getMany: async (keys) => (await items.getMany(keys)).size,
    close: () => cache.close(),
  }
}

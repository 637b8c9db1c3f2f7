import { countFound } from '../count-found.ts'
import { keyvRedis } from '../keyv-redis.ts'
import type { RedisSubject } from '../redis-subject.ts'

export async function keyvOverRedis(url: string): Promise<RedisSubject> {
  const keyv = await keyvRedis(url, 'keyv')
  return {
    get: (key) => keyv.get(key),
    set: (key, value) => keyv.set(key, value),
    getMany: async (keys) => countFound(await keyv.get(keys)),
    close: () => keyv.disconnect(),
  }
}

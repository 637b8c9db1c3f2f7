import { importRival } from '../../rivals/import-rival.ts'
import { TTL_MS } from '../../subjects/subject.ts'
import { countFound } from '../count-found.ts'
import type { Profile, RedisSubject } from '../redis-subject.ts'

interface Bento {
  get(options: { key: string }): Promise<unknown>
  set(options: { key: string; value: Profile }): Promise<unknown>
  disconnectAll(): Promise<void>
}

interface BentoModule {
  readonly BentoCache: new (options: object) => Bento
  readonly bentostore: () => { useL2Layer(driver: unknown): unknown }
}

interface RedisModule {
  readonly redisDriver: (options: object) => unknown
}

/** bentocache with its Redis layer alone; it has no reads of several keys. */
export async function bentocacheRedis(url: string): Promise<RedisSubject> {
  const { BentoCache, bentostore } = (await importRival('bentocache')) as BentoModule
  const { redisDriver } = (await importRival('bentocache/drivers/redis')) as RedisModule
  const { hostname: host, port } = new URL(url)
  const driver = redisDriver({ connection: { host, port: Number(port) }, prefix: 'bento' })
  const cache = new BentoCache({
    default: 'items',
    ttl: TTL_MS,
    stores: { items: bentostore().useL2Layer(driver) },
  })
  return {
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value }),
    getMany: async (keys) => countFound(await Promise.all(keys.map((key) => cache.get({ key })))),
    close: () => cache.disconnectAll(),
  }
}

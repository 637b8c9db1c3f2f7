import { importRival } from '../rivals/import-rival.ts'
import { type Item, type Subject, TTL_MS } from './subject.ts'

interface CacheManagerModule {
  readonly createCache: (options: object) => {
    get(key: string): Promise<Item | undefined>
    set(key: string, value: Item): Promise<unknown>
    wrap(key: string, load: () => Promise<Item>): Promise<Item>
  }
}

interface CacheableModule {
  readonly createKeyv: (options: object) => unknown
}

/** cache-manager over the memory store that its documentation recommends, without copying the values. */
export async function cacheManager(entries: number, load: () => Promise<Item>): Promise<Subject> {
  const { createCache } = (await importRival('cache-manager')) as CacheManagerModule
  const { createKeyv } = (await importRival('cacheable')) as CacheableModule
  const store = createKeyv({ ttl: TTL_MS, lruSize: entries, useClone: false })
  const cache = createCache({ stores: [store], ttl: TTL_MS })
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) await cache.set(key, items[at] ?? { id: at })
    },
    get: (key) => cache.get(key),
    getOrSet: (key) => cache.wrap(key, load),
  }
}

import { importRival } from '../rivals/import-rival.ts'
import type { Item, Subject } from './subject.ts'

interface LruCacheModule {
  readonly LRUCache: new (options: {
    readonly max: number
  }) => {
    get(key: string): Item | undefined
    set(key: string, value: Item): unknown
  }
}

/** The raw lru-cache: no TTL, no statistics, no promises. The yardstick, not a peer. */
export async function lruCache(entries: number): Promise<Subject> {
  const { LRUCache } = (await importRival('lru-cache')) as LruCacheModule
  const cache = new LRUCache({ max: entries })
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) cache.set(key, items[at] ?? { id: at })
    },
    peek: (key) => cache.get(key),
  }
}

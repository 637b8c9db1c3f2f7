import { importRival } from '../rivals/import-rival.ts'
import { type Item, type Subject, TTL_MS } from './subject.ts'

interface LruCacheModule {
  readonly LRUCache: new (
    options: object,
  ) => {
    get(key: string): Item | undefined
    set(key: string, value: Item): unknown
  }
}

/** What one entry counts against `maxSize`. */
const ITEM_BYTES = 64

/** The raw lru-cache: no TTL, no statistics, no promises. The yardstick, not a peer. */
export async function lruCache(entries: number): Promise<Subject> {
  return subjectOf({ max: entries })
}

/** lru-cache with a life and a size for each entry, which is nearer to what Platform Cache accounts for. */
export async function lruCacheTtl(entries: number): Promise<Subject> {
  const maxSize = entries * ITEM_BYTES
  return subjectOf({ max: entries, maxSize, sizeCalculation: () => ITEM_BYTES, ttl: TTL_MS })
}

/** The same without a number of entries, which it would lay out its lists by. */
export async function lruCacheMaxSize(entries: number): Promise<Subject> {
  const maxSize = entries * ITEM_BYTES
  return subjectOf({ maxSize, sizeCalculation: () => ITEM_BYTES, ttl: TTL_MS })
}

async function subjectOf(options: object): Promise<Subject> {
  const { LRUCache } = (await importRival('lru-cache')) as LruCacheModule
  const cache = new LRUCache(options)
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) cache.set(key, items[at] ?? { id: at })
    },
    peek: (key) => cache.get(key),
    set: (key, item) => cache.set(key, item),
  }
}

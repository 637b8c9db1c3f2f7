import { importRival } from '../rivals/import-rival.ts'
import { type Item, type Subject, TTL_MS } from './subject.ts'

interface DedupeCache {
  define(name: 'item', load: () => Promise<Item>): DedupeCache
  get(name: 'item', storageKey: string): Promise<Item | undefined>
  set(name: 'item', storageKey: string, value: Item, ttlS: number): Promise<void>
  /** Made by `define`. */
  item(key: string): Promise<Item>
}

interface AsyncCacheDedupeModule {
  readonly createCache: (options: object) => DedupeCache
}

const TTL_S = TTL_MS / 1000

/**
 * async-cache-dedupe over its memory storage. Its functions keep their results under keys of their own,
 * so each item lies in it twice: `get` is spared the making of such a key.
 */
export async function asyncCacheDedupe(
  entries: number,
  load: () => Promise<Item>,
): Promise<Subject> {
  const { createCache } = (await importRival('async-cache-dedupe')) as AsyncCacheDedupeModule
  const storage = { type: 'memory', options: { size: entries * 2 } }
  const cache = createCache({ ttl: TTL_S, storage }).define('item', load)
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) {
        const item = items[at] ?? { id: at }
        await cache.set('item', key, item, TTL_S)
        await cache.set('item', `item~${key}`, item, TTL_S)
      }
    },
    get: (key) => cache.get('item', key),
    getOrSet: (key) => cache.item(key),
  }
}

import { importRival } from '../rivals/import-rival.ts'
import { type Item, type Subject, TTL_MS } from './subject.ts'

interface KeyvModule {
  readonly default: new (
    options: object,
  ) => {
    get(key: string): Promise<Item | undefined>
    set(key: string, value: Item): Promise<unknown>
  }
}

/** keyv over a Map, without serializing and without a prefix for its keys: its fastest setting. */
export async function keyv(_entries: number, load: () => Promise<Item>): Promise<Subject> {
  const { default: Keyv } = (await importRival('keyv')) as KeyvModule
  const cache = new Keyv({
    store: new Map(),
    ttl: TTL_MS,
    serialize: undefined,
    deserialize: undefined,
    useKeyPrefix: false,
  })
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) await cache.set(key, items[at] ?? { id: at })
    },
    get: (key) => cache.get(key),
    getOrSet: async (key) => {
      const known = await cache.get(key)
      if (known !== undefined) return known
      const item = await load()
      await cache.set(key, item)
      return item
    },
  }
}

import { importRival } from '../rivals/import-rival.ts'
import { type Item, type Subject, TTL_MS } from './subject.ts'

interface NodeCacheModule {
  readonly default: new (
    options: object,
  ) => {
    get(key: string): Item | undefined
    set(key: string, value: Item): boolean
  }
}

/** node-cache without copying the values, behind an async function as a cache with loads would be. */
export async function nodeCache(_entries: number, load: () => Promise<Item>): Promise<Subject> {
  const { default: NodeCache } = (await importRival('node-cache')) as NodeCacheModule
  const cache = new NodeCache({ stdTTL: TTL_MS / 1000, useClones: false, checkperiod: 0 })
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) cache.set(key, items[at] ?? { id: at })
    },
    get: async (key) => cache.get(key),
    getOrSet: async (key) => {
      const known = cache.get(key)
      if (known !== undefined) return known
      const item = await load()
      cache.set(key, item)
      return item
    },
  }
}

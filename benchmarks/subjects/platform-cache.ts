import { createCache } from 'platform-cache'
import type { Item, Subject } from './subject.ts'

/** Platform Cache through its public surface, as built, statistics on as always. */
export async function platformCache(entries: number, load: () => Promise<Item>): Promise<Subject> {
  const cache = createCache({ memory: { maxEntries: entries, maxBytes: '8gb' } })
  const items = cache.namespace<Item>('items')
  return {
    fill: async (keys, values) => {
      for (const [at, key] of keys.entries()) await items.set(key, values[at] ?? { id: at })
    },
    peek: (key) => items.peek(key),
    get: (key) => items.get(key),
    getOrSet: (key) => items.getOrSet(key, load),
  }
}

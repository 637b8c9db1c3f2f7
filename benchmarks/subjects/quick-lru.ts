import { importRival } from '../rivals/import-rival.ts'
import type { Item, Subject } from './subject.ts'

interface QuickLruModule {
  readonly default: new (options: {
    readonly maxSize: number
  }) => {
    get(key: string): Item | undefined
    set(key: string, value: Item): unknown
  }
}

/** quick-lru: no TTL, no sizes; it may hold up to twice as many entries as it is told. */
export async function quickLru(entries: number): Promise<Subject> {
  const { default: QuickLRU } = (await importRival('quick-lru')) as QuickLruModule
  const cache = new QuickLRU({ maxSize: entries })
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) cache.set(key, items[at] ?? { id: at })
    },
    peek: (key) => cache.get(key),
    set: (key, item) => cache.set(key, item),
  }
}

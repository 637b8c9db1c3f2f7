import { importRival } from '../rivals/import-rival.ts'
import type { Item, Subject } from './subject.ts'

interface MnemonistModule {
  readonly LRUMap: new (
    capacity: number,
  ) => {
    get(key: string): Item | undefined
    set(key: string, value: Item): void
  }
}

/** mnemonist's LRUMap: no TTL, no sizes. */
export async function mnemonist(entries: number): Promise<Subject> {
  const { LRUMap } = (await importRival('mnemonist')) as MnemonistModule
  const cache = new LRUMap(entries)
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) cache.set(key, items[at] ?? { id: at })
    },
    peek: (key) => cache.get(key),
    set: (key, item) => cache.set(key, item),
  }
}

import { importRival } from '../rivals/import-rival.ts'
import type { Item, Subject } from './subject.ts'

interface SieveCacheModule {
  readonly SieveCache: new (
    maxSize: number,
  ) => {
    get(key: string): Item | undefined
    set(key: string, value: Item): unknown
  }
}

/** @neophi/sieve-cache: no TTL, no sizes, and a hit writes one byte. */
export async function sieveCache(entries: number): Promise<Subject> {
  const { SieveCache } = (await importRival('@neophi/sieve-cache')) as SieveCacheModule
  const cache = new SieveCache(entries)
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) cache.set(key, items[at] ?? { id: at })
    },
    peek: (key) => cache.get(key),
    set: (key, item) => cache.set(key, item),
  }
}

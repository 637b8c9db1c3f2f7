import { importRival } from '../rivals/import-rival.ts'
import { type Item, type Subject, TTL_MS } from './subject.ts'

interface LayeredLoaderModule {
  readonly Loader: new (
    options: object,
  ) => {
    get(key: string): Promise<Item | null | undefined>
    forceSetValue(key: string, value: Item): Promise<void>
  }
}

/** layered-loader with its default memory cache. Its `get` loads what isn't there, so it is both methods. */
export async function layeredLoader(entries: number, load: () => Promise<Item>): Promise<Subject> {
  const { Loader } = (await importRival('layered-loader')) as LayeredLoaderModule
  const loader = new Loader({
    inMemoryCache: { cacheId: 'items', maxItems: entries, ttlInMsecs: TTL_MS },
    dataSourceGetOneFn: load,
  })
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries())
        await loader.forceSetValue(key, items[at] ?? { id: at })
    },
    get: (key) => loader.get(key),
    getOrSet: (key) => loader.get(key),
  }
}

import { importRival } from '../rivals/import-rival.ts'
import { type Item, type Subject, TTL_MS } from './subject.ts'

interface Bento {
  get(options: { key: string }): Promise<Item | undefined>
  set(options: { key: string; value: Item }): Promise<unknown>
  getOrSet(options: { key: string; factory: () => Promise<Item> }): Promise<Item>
}

interface BentoModule {
  readonly BentoCache: new (options: object) => Bento
  readonly bentostore: () => { useL1Layer(driver: unknown): unknown }
}

interface MemoryModule {
  readonly memoryDriver: (options: object) => unknown
}

/** bentocache with its memory layer, which keeps the objects themselves: its fastest setting. */
export async function bentocache(entries: number, load: () => Promise<Item>): Promise<Subject> {
  const { BentoCache, bentostore } = (await importRival('bentocache')) as BentoModule
  const { memoryDriver } = (await importRival('bentocache/drivers/memory')) as MemoryModule
  const memory = memoryDriver({ maxItems: entries, serialize: false })
  const cache = new BentoCache({
    default: 'items',
    ttl: TTL_MS,
    stores: { items: bentostore().useL1Layer(memory) },
  })
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries())
        await cache.set({ key, value: items[at] ?? { id: at } })
    },
    get: (key) => cache.get({ key }),
    getOrSet: (key) => cache.getOrSet({ key, factory: load }),
  }
}

import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../src/core/entities/cache-namespace.ts'
import type {
  CacheRepository,
  EntryPage,
  EntryStore,
  StoreUsage,
} from '../../src/core/protocols/cache-repository.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'

/** A backend as a user would write one: a map per namespace, behind promises. */
export class MapRepository implements CacheRepository {
  readonly #maps = new Map<string, Map<CacheKey, CacheEntry>>()

  open(namespace: CacheNamespace): EntryStore {
    const entries = new Map<CacheKey, CacheEntry>()
    this.#maps.set(namespace.name, entries)
    return mapStore(entries)
  }

  async close(): Promise<void> {
    this.#maps.clear()
  }
}

/** A store over a map; listed in the order of the keys, so that a cursor is a key. */
export function mapStore(entries: Map<CacheKey, CacheEntry>): EntryStore {
  return {
    async get(key: CacheKey): Promise<CacheEntry | undefined> {
      return entries.get(key)
    },
    async set(entry: CacheEntry): Promise<boolean> {
      entries.set(entry.key, entry)
      return true
    },
    async delete(key: CacheKey): Promise<boolean> {
      return entries.delete(key)
    },
    async clear(): Promise<void> {
      entries.clear()
    },
    async list(limit: number, cursor: string | undefined): Promise<EntryPage> {
      const rest = [...entries]
        .filter(([key]) => cursor === undefined || key > cursor)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
      const page = rest.slice(0, limit)
      return {
        entries: page.map(([, entry]) => entry),
        cursor: rest.length > limit ? page.at(-1)?.[0] : undefined,
      }
    },
    async usage(): Promise<StoreUsage> {
      let bytes = 0
      for (const { sizeBytes } of entries.values()) bytes += sizeBytes
      return { entries: entries.size, bytes }
    },
  }
}

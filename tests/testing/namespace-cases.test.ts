import { describe } from 'vitest'
import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import type { EntryStore } from '../../src/core/protocols/cache-repository.ts'
import { type CacheKey, parseCacheKey } from '../../src/core/value-objects/cache-key.ts'
import { namespaceCases } from '../../src/testing/namespace-cases.ts'
import {
  type Breakable,
  brokenMap,
  brokenMemory,
  type Fault,
  testFaults,
} from '../fakes/broken-repository.ts'
import { mapStore } from '../fakes/map-repository.ts'

/** A store whose namespaces of one kind share their entries. */
const sharing = (place: (name: string) => string) => {
  const shared = new WeakMap<object, Map<string, Map<CacheKey, CacheEntry>>>()
  return brokenMap(({ namespace, all }) => {
    const places = shared.get(all) ?? new Map<string, Map<CacheKey, CacheEntry>>()
    shared.set(all, places)
    const entries = places.get(place(namespace.name)) ?? new Map<CacheKey, CacheEntry>()
    places.set(place(namespace.name), entries)
    return mapStore(entries)
  })
}

/** A store that takes some keys for others. */
const mistaking = (mistake: (key: string) => string) =>
  brokenMap(({ store, entries }) => ({
    get: (key) => store.get(parseCacheKey(mistake(key))),
    set: async (entry) => {
      entries.set(parseCacheKey(mistake(entry.key)), entry)
      return true
    },
    delete: (key) => store.delete(parseCacheKey(mistake(key))),
  }))

const clearAllOf = (names: (own: string, each: string) => boolean) =>
  brokenMap(({ namespace, all }: Breakable<EntryStore>) => ({
    clear: async () => {
      for (const [name, entries] of all) if (names(namespace.name, name)) entries.clear()
    },
  }))

const SIMILAR = 'namespaces with similar names hold the same key apart'
const CLEAR = 'clear() removes all entries of its own namespace, and no other'
const UNUSUAL = 'unusual keys are each a key of their own'
const USAGE = 'usage() counts entries, and at least their sizes'

const faults: readonly Fault[] = [
  [SIMILAR, 'knows no namespaces', sharing(() => '')],
  [SIMILAR, 'takes capitals for small letters', sharing((name) => name.toLowerCase())],
  [SIMILAR, 'cuts names at a dot', sharing((name) => name.split('.')[0] ?? name)],
  [
    'delete() reaches its own namespace only',
    'deletes in all namespaces',
    brokenMap(({ all }) => ({
      delete: async (key) => [...all.values()].map((each) => each.delete(key)).includes(true),
    })),
  ],
  [CLEAR, 'clears all namespaces', clearAllOf(() => true)],
  [CLEAR, 'clears what begins with its name', clearAllOf((own, each) => each.startsWith(own))],
  [CLEAR, 'clears nothing', clearAllOf(() => false)],
  [UNUSUAL, 'decodes percent signs', mistaking((key) => key.replaceAll('%2e', '.'))],
  [UNUSUAL, 'normalizes Unicode', mistaking((key) => key.normalize('NFC'))],
  [UNUSUAL, 'cuts keys at 255 bytes', mistaking((key) => key.slice(0, 255))],
  [
    UNUSUAL,
    'keeps its entries in a plain object',
    brokenMap(({ store }) => {
      const object: Record<string, CacheEntry> = {}
      return {
        get: async (key) => object[key],
        set: async (entry) => {
          object[entry.key] = entry
          return store.set(entry)
        },
      }
    }),
  ],
  [
    USAGE,
    'never takes bytes off',
    brokenMap(({ entries, store }) => {
      let bytes = 0
      return {
        set: (entry) => {
          bytes += entry.sizeBytes
          return store.set(entry)
        },
        usage: async () => ({ entries: entries.size, bytes }),
      }
    }),
  ],
  [
    USAGE,
    'counts no bytes',
    brokenMap(({ entries }) => ({ usage: async () => ({ entries: entries.size, bytes: 0 }) })),
  ],
  [
    'usage() counts its own namespace only',
    'counts all namespaces',
    brokenMap(({ all }) => ({
      usage: async () => {
        const entries = [...all.values()].flatMap((each) => [...each.values()])
        return { entries: entries.length, bytes: entries.length * 100 }
      },
    })),
  ],
  [
    'close() may be called twice',
    'fails to close twice',
    async () => {
      let isClosed = false
      const repository = await brokenMemory(() => ({}))()
      return {
        open: (namespace, ports) => repository.open(namespace, ports),
        close() {
          if (isClosed) throw new Error('closed already')
          isClosed = true
        },
      }
    },
  ],
]

describe('namespaceCases()', () => testFaults(namespaceCases, faults))

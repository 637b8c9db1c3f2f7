import { describe } from 'vitest'
import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import { parseCacheKey } from '../../src/core/value-objects/cache-key.ts'
import { entryFixture } from '../../src/testing/entry-fixture.ts'
import { entryStoreCases } from '../../src/testing/entry-store-cases.ts'
import { brokenMap, type Fault, testFaults } from '../fakes/broken-repository.ts'

/** A store that changes what it stores. */
const changing = (change: (entry: CacheEntry) => CacheEntry) =>
  brokenMap(({ store }) => ({ set: (entry) => store.set(change(entry)) }))

const everyField: readonly (keyof CacheEntry)[] = [
  'value',
  'namespace',
  'ttl',
  'priority',
  'createdAtMs',
  'accessedAtMs',
  'accessCount',
  'sizeBytes',
  'tags',
  'dependsOn',
  'birth',
  'expiresAtMs',
  'staleUntilMs',
  'slidingTtlMs',
]

const other = entryFixture({
  value: 'another value',
  namespace: 'another',
  ttl: { kind: 'instant' },
  priority: 'low',
  createdAtMs: 7,
  accessedAtMs: 7,
  accessCount: 7,
  sizeBytes: 7,
  birth: { generation: 'another', seq: 7 },
  expiresAtMs: 8,
  staleUntilMs: 9,
})

const faults: readonly Fault[] = [
  [
    'get() of a key that was never stored answers undefined',
    'answers something for every key',
    brokenMap(() => ({ get: async () => other })),
  ],
  ...everyField.map(
    (field): Fault => [
      'get() answers an entry with every field as it was stored',
      `loses ${field}`,
      changing((entry) => ({ ...entry, [field]: other[field] })),
    ],
  ),
  [
    'get() answers an entry with every field as it was stored',
    'loses isSoftInvalidated',
    changing((entry) => ({ ...entry, isSoftInvalidated: false })),
  ],
  [
    'get() answers an entry with every field as it was stored',
    'takes two priorities for one',
    changing((entry) => ({
      ...entry,
      priority: entry.priority === 'low' ? 'medium' : entry.priority,
    })),
  ],
  [
    'get() answers an entry whose life never ends as it was stored',
    'can’t represent infinity',
    changing((entry) => ({
      ...entry,
      expiresAtMs: Math.min(entry.expiresAtMs, Number.MAX_SAFE_INTEGER),
    })),
  ],
  [
    'get() answers an entry that is stale, since only its reader knows how stale it may be',
    'drops what isn’t fresh',
    brokenMap(({ entries }) => ({
      get: async (key) => {
        const entry = entries.get(key)
        return entry !== undefined && entry.expiresAtMs > 0 ? entry : undefined
      },
    })),
  ],
  [
    'values come back equal, null and undefined as themselves',
    'takes undefined for null',
    changing((entry) => ({ ...entry, value: entry.value ?? null })),
  ],
  [
    'values come back equal, null and undefined as themselves',
    'takes a remembered absence for none',
    brokenMap(({ store }) => ({
      set: async (entry) => entry.value === undefined || store.set(entry),
    })),
  ],
  [
    'a value of a mebibyte comes back whole',
    'cuts large values',
    changing((entry) => ({
      ...entry,
      value: typeof entry.value === 'string' ? entry.value.slice(0, 1_048_575) : entry.value,
    })),
  ],
  [
    'set() puts the new entry in the place of the old one, with nothing of it left',
    'keeps the tags of the old entry',
    brokenMap(({ store, entries }) => ({
      set: (entry) => store.set({ ...entry, tags: entries.get(entry.key)?.tags ?? entry.tags }),
    })),
  ],
  [
    'set() changes neither the entry that it is given nor one that was handed out before',
    'writes into its entries',
    brokenMap(({ entries }) => ({
      set: async (entry) => {
        const old = entries.get(entry.key)
        entries.set(entry.key, Object.assign(old ?? { ...entry }, entry))
        return true
      },
    })),
  ],
  [
    'set() that answers false leaves no entry of its key, neither the new one nor the old one',
    'refuses and keeps the old entry',
    brokenMap(({ store }) => ({
      set: async (entry) => entry.sizeBytes < 1_000_000 && store.set(entry),
    })),
  ],
  [
    'set() that answers false leaves no entry of its key, neither the new one nor the old one',
    'says no and stores all the same',
    brokenMap(({ store }) => ({ set: async (entry) => !(await store.set(entry)) })),
  ],
  [
    'delete() answers true once, then false, and the entry is gone',
    'always answers true',
    brokenMap(({ store }) => ({ delete: async (key) => (await store.delete(key)) || true })),
  ],
  [
    'delete() answers true once, then false, and the entry is gone',
    'deletes nothing',
    brokenMap(({ entries }) => ({ delete: async (key) => entries.has(key) })),
  ],
  [
    'delete() leaves every other key alone',
    'deletes what begins with the key',
    brokenMap(({ entries }) => ({
      delete: async (key) => {
        for (const each of [...entries.keys()]) if (each.startsWith(key)) entries.delete(each)
        return true
      },
    })),
  ],
  [
    'sets of one key at the same time leave one of their entries, whole',
    'mixes two entries',
    brokenMap(({ entries }) => ({
      set: async (entry) => {
        const old = entries.get(entry.key)
        await Promise.resolve()
        entries.set(entry.key, old === undefined ? entry : { ...entry, value: old.value })
        entries.set(entry.key, { ...entry, value: entries.size })
        return true
      },
    })),
  ],
  [
    'operations on many keys at the same time reach each its own',
    'remembers only the last key that it was asked for',
    brokenMap(({ store }) => {
      let lastKey = parseCacheKey('none')
      return {
        get: async (key) => {
          lastKey = key
          await Promise.resolve()
          return store.get(lastKey)
        },
      }
    }),
  ],
]

describe('entryStoreCases()', () => testFaults(entryStoreCases, faults))

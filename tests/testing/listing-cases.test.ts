import { describe } from 'vitest'
import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import { listingCases } from '../../src/testing/listing-cases.ts'
import { brokenMap, type Fault, testFaults } from '../fakes/broken-repository.ts'

/** A store that lists by number of entry: what is removed before the cursor moves the rest. */
const byOffset = brokenMap(({ entries }) => ({
  list: async (limit, cursor) => {
    const offset = Number(cursor ?? 0)
    const end = offset + limit
    const page = [...entries.values()].slice(offset, end)
    return { entries: page, cursor: end < entries.size ? String(end) : undefined }
  },
}))

const listing = (change: (entries: readonly CacheEntry[]) => readonly CacheEntry[]) =>
  brokenMap(({ store }) => ({
    list: async (limit, cursor) => {
      const page = await store.list(limit, cursor)
      return { ...page, entries: change(page.entries) }
    },
  }))

const PAGES = 'list() answers every entry exactly once, whatever the size of the pages'

const faults: readonly Fault[] = [
  [
    'list() of an empty namespace is one empty page',
    'always has another page',
    brokenMap(() => ({ list: async () => ({ entries: [], cursor: 'more' }) })),
  ],
  [
    'list() answers entries with every field as they were stored',
    'lists without values',
    listing((entries) => entries.map((entry) => ({ ...entry, value: undefined }))),
  ],
  [PAGES, 'leaves out the last one of a page', listing((entries) => entries.slice(0, -1))],
  [PAGES, 'answers one entry twice', listing((entries) => [...entries, ...entries.slice(0, 1)])],
  [
    PAGES,
    'doesn’t look at the limit',
    brokenMap(({ store }) => ({ list: (_limit, cursor) => store.list(1000, cursor) })),
  ],
  [
    PAGES,
    'begins again on each page',
    brokenMap(({ store }) => ({ list: (limit) => store.list(limit, undefined) })),
  ],
  [
    'list() answers entries that stay exactly once while others come, go and change',
    'lists by number of entry',
    byOffset,
  ],
  [
    'list() answers entries that stay exactly once while others come, go and change',
    'lists a changed entry again',
    brokenMap(({ entries, store }) => ({
      set: (entry) => {
        entries.delete(entry.key)
        return store.set(entry)
      },
      list: async (limit, cursor) => {
        const keys: readonly string[] = [...entries.keys()]
        const rest = [...entries.values()].slice(keys.indexOf(cursor ?? '') + 1)
        const page = rest.slice(0, limit)
        return { entries: page, cursor: rest.length > limit ? page.at(-1)?.key : undefined }
      },
    })),
  ],
  [
    'list() goes on after its cursor although everything before it was removed',
    'lists by number of entry',
    byOffset,
  ],
]

describe('listingCases()', () => testFaults(listingCases, faults))

import assert from 'node:assert/strict'
import type { CacheEntry } from '../core/entities/cache-entry.ts'
import type { EntryStore } from '../core/protocols/cache-repository.ts'
import type { ContractCase } from './contract-case.ts'
import {
  assertStored,
  type ContractStage,
  type CreateRepository,
  liveEntry,
  onStage,
} from './contract-stage.ts'

type Check = (stage: ContractStage) => Promise<void>

/** Pages without an end in sight are a listing that goes in circles. */
const MAX_PAGES = 1000

/** What a store promises about listings. */
export function listingCases(create: CreateRepository): readonly ContractCase[] {
  const checks: readonly (readonly [name: string, check: Check])[] = [
    ['list() of an empty namespace is one empty page', emptyListing],
    ['list() answers entries with every field as they were stored', listedFields],
    ['list() answers every entry exactly once, whatever the size of the pages', pageSizes],
    ['list() answers entries that stay exactly once while others come, go and change', changes],
    ['list() goes on after its cursor although everything before it was removed', removedBefore],
  ]
  return checks.map(([name, check]) => ({ name, run: () => onStage(create, check) }))
}

const emptyListing: Check = async ({ store }) => {
  assert.deepEqual(await store.list(10, undefined), { entries: [], cursor: undefined })
}

const listedFields: Check = async ({ store }) => {
  const entry = liveEntry({ key: 'user:1', value: { id: 1 }, priority: 'high' })
  await store.set(entry)
  const { entries, cursor } = await store.list(1000, undefined)
  assert.equal(entries.length, 1)
  assertStored(entries[0], entry)
  assert.equal(cursor, undefined)
}

const pageSizes: Check = async ({ store }) => {
  const keys = await fill(store, 'item', 25)
  for (const limit of [1, 4, 24, 25, 26, 1000]) {
    const listed = await listAll(store, limit, async () => {})
    assert.deepEqual(listed.toSorted(), keys.toSorted(), `pages of ${limit}`)
  }
}

const changes: Check = async ({ store }) => {
  const leaving = await fill(store, 'leaving', 60)
  const staying = await fill(store, 'staying', 60)
  let coming = 0
  const last = staying.slice(-1)
  const listed = await listAll(store, 7, async (page) => {
    for (const key of leaving.splice(0, 5)) await store.delete(liveEntry({ key }).key)
    // Fewer than left, so that there is always a gap to move into.
    for (let at = 0; at < 4 && coming < 100; at += 1) {
      coming += 1
      await store.set(liveEntry({ key: `coming:${coming}` }))
    }
    const justListed = page.map(({ key }) => key).filter((key) => staying.includes(key))
    for (const key of [...justListed, ...last])
      await store.set(liveEntry({ key, value: 'changed' }))
  })
  const stayed = listed.filter((key) => key.startsWith('staying'))
  assert.deepEqual(stayed.toSorted(), staying.toSorted())
}

const removedBefore: Check = async ({ store }) => {
  const keys = await fill(store, 'item', 30)
  const listed = await listAll(store, 3, async (page) => {
    for (const { key } of page) await store.delete(key)
  })
  assert.deepEqual(listed.toSorted(), keys.toSorted())
  assert.equal((await store.usage()).entries, 0)
}

async function fill(store: EntryStore, prefix: string, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, at) => `${prefix}:${at}`)
  for (const key of keys) await store.set(liveEntry({ key }))
  return keys
}

/** The keys of all pages; `between` is called after each of them. */
async function listAll(
  store: EntryStore,
  limit: number,
  between: (page: readonly CacheEntry[]) => Promise<void>,
): Promise<string[]> {
  const keys: string[] = []
  let cursor: string | undefined
  let pages = 0
  do {
    const page = await store.list(limit, cursor)
    pages += 1
    assert.ok(page.entries.length <= limit, `a page of ${limit} has ${page.entries.length} entries`)
    assert.ok(pages <= MAX_PAGES, 'the listing doesn’t come to an end')
    keys.push(...page.entries.map(({ key }) => key))
    cursor = page.cursor
    await between(page.entries)
  } while (cursor !== undefined)
  return keys
}

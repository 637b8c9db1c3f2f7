import assert from 'node:assert/strict'
import type { CacheEntry } from '../core/entities/cache-entry.ts'
import { CACHE_PRIORITIES } from '../core/value-objects/cache-priority.ts'
import { parseCacheTags, parseDependencyNames } from '../core/value-objects/cache-tag.ts'
import { parseDuration } from '../core/value-objects/duration.ts'
import type { ContractCase } from './contract-case.ts'
import {
  assertStored,
  type ContractStage,
  type CreateRepository,
  liveEntry,
  onStage,
} from './contract-stage.ts'

type Check = (stage: ContractStage) => Promise<void>

const AN_HOUR_MS = 3_600_000
const LARGE_VALUE_CHARACTERS = 1_048_576
const RACERS = 20

/** What a store of entries promises about single keys. */
export function entryStoreCases(create: CreateRepository): readonly ContractCase[] {
  const checks: readonly (readonly [name: string, check: Check])[] = [
    ['get() of a key that was never stored answers undefined', unknownKey],
    ['get() answers an entry with every field as it was stored', everyField],
    ['get() answers an entry whose life never ends as it was stored', endlessLife],
    [
      'get() answers an entry that is stale, since only its reader knows how stale it may be',
      stale,
    ],
    ['values come back equal, null and undefined as themselves', values],
    ['a value of a mebibyte comes back whole', largeValue],
    ['set() puts the new entry in the place of the old one, with nothing of it left', replacement],
    [
      'set() changes neither the entry that it is given nor one that was handed out before',
      snapshots,
    ],
    [
      'set() that answers false leaves no entry of its key, neither the new one nor the old one',
      refusal,
    ],
    ['delete() answers true once, then false, and the entry is gone', deletion],
    ['delete() leaves every other key alone', deletionOfOne],
    ['sets of one key at the same time leave one of their entries, whole', racingSets],
    ['operations on many keys at the same time reach each its own', parallelKeys],
  ]
  return checks.map(([name, check]) => ({ name, run: () => onStage(create, check) }))
}

const unknownKey: Check = async ({ store }) => {
  assert.equal(await store.get(liveEntry({ key: 'nobody' }).key), undefined)
}

const everyField: Check = async ({ store }) => {
  const nowMs = Date.now()
  for (const priority of CACHE_PRIORITIES) {
    const entry = liveEntry({
      key: `user:1:${priority}`,
      // Text of that many bytes: whoever measures finds the same size.
      value: 'x'.repeat(321),
      ttl: { kind: 'span', ms: parseDuration('2h', 'ttl') },
      priority,
      sizeBytes: 321,
      tags: parseCacheTags(['org:7', 'Org:7', 'größe'], 'tags'),
      dependsOn: parseDependencyNames(['team:9'], 'dependsOn'),
      birth: { generation: 'k3J9-_x', seq: 42 },
      expiresAtMs: nowMs + AN_HOUR_MS,
      staleUntilMs: nowMs + 2 * AN_HOUR_MS,
      slidingTtlMs: parseDuration('30m', 'slidingTtl'),
      isSoftInvalidated: priority === 'high',
    })
    assert.equal(await store.set(entry), true)
    assert.deepEqual(await store.get(entry.key), entry)
  }
}

const endlessLife: Check = async ({ store }) => {
  const entry = liveEntry({
    expiresAtMs: Number.POSITIVE_INFINITY,
    staleUntilMs: Number.POSITIVE_INFINITY,
  })
  await store.set(entry)
  assertStored(await store.get(entry.key), entry)
}

const stale: Check = async ({ store }) => {
  const entry = liveEntry({ createdAtMs: 0, accessedAtMs: 0, expiresAtMs: 0 })
  await store.set(entry)
  assertStored(await store.get(entry.key), entry)
}

const values: Check = async ({ store }) => {
  const samples: readonly unknown[] = [
    null,
    undefined,
    false,
    true,
    0,
    -1.5,
    '',
    'Grüße, 世界 🎉',
    [],
    [1, [null, 'two']],
    {},
    { nested: { deeply: { list: [{ id: 1 }] } }, none: null },
  ]
  for (const [at, value] of samples.entries()) {
    await store.set(liveEntry({ key: `value:${at}`, value }))
  }
  for (const [at, value] of samples.entries()) {
    const found = await store.get(liveEntry({ key: `value:${at}` }).key)
    assert.ok(found !== undefined, `value:${at} is missing`)
    assert.deepEqual(found.value, value)
  }
}

const largeValue: Check = async ({ store }) => {
  const value = 'x'.repeat(LARGE_VALUE_CHARACTERS)
  const entry = liveEntry({ value, sizeBytes: LARGE_VALUE_CHARACTERS })
  assert.equal(await store.set(entry), true)
  // Not deepEqual, whose message would be two mebibytes.
  assert.ok((await store.get(entry.key))?.value === value, 'the large value came back changed')
}

const replacement: Check = async ({ store }) => {
  await store.set(
    liveEntry({ value: 'old', tags: parseCacheTags(['old'], 'tags'), priority: 'high' }),
  )
  const entry = liveEntry({ value: 'new', sizeBytes: 7 })
  assert.equal(await store.set(entry), true)
  assertStored(await store.get(entry.key), entry)
  assert.equal((await store.usage()).entries, 1)
}

const snapshots: Check = async ({ store }) => {
  const first = Object.freeze(liveEntry({ value: 'first' }))
  await store.set(first)
  const handedOut = await store.get(first.key)
  await store.set(Object.freeze(liveEntry({ value: 'second' })))
  assertStored(handedOut, first)
}

const refusal: Check = async ({ store }) => {
  // Whether a store refuses is its own affair; that it says the truth isn't.
  await store.set(liveEntry({ value: 'old' }))
  const entry = liveEntry({ value: 'huge', sizeBytes: Number.MAX_SAFE_INTEGER })
  const isStored = await store.set(entry)
  const found = await store.get(entry.key)
  if (isStored) assertStored(found, entry)
  else assert.equal(found, undefined)
}

const deletion: Check = async ({ store }) => {
  const entry = liveEntry()
  assert.equal(await store.delete(entry.key), false)
  await store.set(entry)
  assert.equal(await store.delete(entry.key), true)
  assert.equal(await store.get(entry.key), undefined)
  assert.equal(await store.delete(entry.key), false)
}

const deletionOfOne: Check = async ({ store }) => {
  const kept = ['user:1:profile', 'user:11', 'user', 'User:1'].map((key) => liveEntry({ key }))
  const gone = liveEntry({ key: 'user:1' })
  for (const entry of [...kept, gone]) await store.set(entry)
  await store.delete(gone.key)
  for (const entry of kept) assertStored(await store.get(entry.key), entry)
}

const racingSets: Check = async ({ store }) => {
  const racers: readonly CacheEntry[] = Array.from({ length: RACERS }, (_, at) =>
    liveEntry({ value: { racer: at }, tags: parseCacheTags([`racer:${at}`], 'tags') }),
  )
  await Promise.all(racers.map((entry) => store.set(entry)))
  const winner = await store.get(liveEntry().key)
  const racer = racers.find(({ tags }) => tags[0] === winner?.tags[0])
  assert.ok(racer !== undefined, 'none of the entries is there')
  assertStored(winner, racer)
  assert.equal((await store.usage()).entries, 1)
}

const parallelKeys: Check = async ({ store }) => {
  const entries = Array.from({ length: 100 }, (_, at) =>
    liveEntry({ key: `parallel:${at}`, value: at }),
  )
  await Promise.all(entries.map((entry) => store.set(entry)))
  const found = await Promise.all(entries.map(({ key }) => store.get(key)))
  for (const [at, entry] of entries.entries()) assertStored(found[at], entry)
}

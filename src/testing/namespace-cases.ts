import assert from 'node:assert/strict'
import type { CacheRepository } from '../core/protocols/cache-repository.ts'
import type { ContractCase } from './contract-case.ts'
import {
  assertStored,
  type ContractStage,
  type CreateRepository,
  liveEntry,
  liveEntryOf,
  onStage,
  openStage,
} from './contract-stage.ts'

type Check = (stage: ContractStage, repository: CacheRepository) => Promise<void>

/** Names that one could take for another, or for a beginning of it. */
const NAMES = ['shop', 'shop2', 'shop.eu', 'shop-eu', 'Shop', 's']

/** Keys that separate, escape, or mean something to stores and languages, and keys that one could take for them. */
const UNUSUAL_KEYS = [
  'shop:1',
  ':',
  'a:b',
  'a::b',
  'https://example.com/a%20b/;q=1&r=2#x',
  'https://example.com/a b/;q=1&r=2#x',
  '100%',
  '100%25',
  '../a',
  '%2e%2e/a',
  '{slot}:a',
  'quote"\'`\\',
  'a space',
  'a\u00a0space',
  'größe:straße',
  'GRÖSSE:STRASSE',
  '\u00c5',
  'A\u030a',
  '世界:🎉',
  '2001:db8::1',
  'ada@example.com',
  '__proto__',
  'constructor',
  'toString',
  '0',
  '00',
  '-1',
  `${'x'.repeat(511)}1`,
  `${'x'.repeat(511)}2`,
  'ü'.repeat(256),
]

/** What a repository promises about namespaces, unusual keys, usage and its end. */
export function namespaceCases(create: CreateRepository): readonly ContractCase[] {
  const checks: readonly (readonly [name: string, check: Check])[] = [
    ['namespaces with similar names hold the same key apart', similarNames],
    ['delete() reaches its own namespace only', deletionInOne],
    ['clear() removes all entries of its own namespace, and no other', clearing],
    ['unusual keys are each a key of their own', unusualKeys],
    ['usage() counts entries, and at least their sizes', usage],
    ['usage() counts its own namespace only', usageOfOne],
    ['close() may be called twice', closing],
  ]
  return checks.map(([name, check]) => ({ name, run: () => onStage(create, check) }))
}

const similarNames: Check = async (_stage, repository) => {
  const stages = NAMES.map((name) => ({ name, ...openStage(repository, { name }) }))
  for (const { name, store } of stages) {
    await store.set(liveEntry({ namespace: name, key: 'eu:1', value: name }))
  }
  for (const { name, store } of stages) {
    const found = await store.get(liveEntry({ key: 'eu:1' }).key)
    assert.equal(found?.value, name)
    assert.equal(found?.namespace, name)
    const { entries } = await store.list(10, undefined)
    assert.deepEqual(
      entries.map(({ value }) => value),
      [name],
    )
  }
}

const deletionInOne: Check = async (_stage, repository) => {
  const one = openStage(repository, { name: 'one' }).store
  const two = openStage(repository, { name: 'two' }).store
  const entry = liveEntry({ namespace: 'two' })
  await two.set(entry)
  assert.equal(await one.delete(entry.key), false)
  assertStored(await two.get(entry.key), entry)
}

const clearing: Check = async (_stage, repository) => {
  const stages = NAMES.map((name) => ({ name, ...openStage(repository, { name }) }))
  for (const { name, store } of stages) {
    await store.set(liveEntry({ namespace: name, key: 'a' }))
    await store.set(liveEntry({ namespace: name, key: 'b:c' }))
  }
  await stages[0]?.store.clear()
  for (const [at, { store }] of stages.entries()) {
    const isCleared = at === 0
    for (const key of ['a', 'b:c']) {
      const found = await store.get(liveEntry({ key }).key)
      assert.equal(found === undefined, isCleared)
    }
    assert.equal((await store.list(10, undefined)).entries.length, isCleared ? 0 : 2)
  }
  await stages[0]?.store.clear()
}

const unusualKeys: Check = async ({ store }) => {
  for (const [at, key] of UNUSUAL_KEYS.entries()) {
    assert.equal(await store.get(liveEntry({ key }).key), undefined, key)
    assert.equal(await store.set(liveEntry({ key, value: at })), true, key)
  }
  for (const [at, key] of UNUSUAL_KEYS.entries()) {
    const found = await store.get(liveEntry({ key }).key)
    assert.equal(found?.value, at, key)
    assert.equal(found?.key, key)
  }
  for (const key of UNUSUAL_KEYS) {
    assert.equal(await store.delete(liveEntry({ key }).key), true, key)
  }
  assert.equal((await store.usage()).entries, 0)
}

const usage: Check = async ({ store }) => {
  assert.deepEqual(await store.usage(), { entries: 0, bytes: 0 })
  for (const key of ['a', 'b', 'c']) await store.set(liveEntryOf(1000, { key }))
  const three = await store.usage()
  assert.equal(three.entries, 3)
  assert.ok(three.bytes >= 3000, `3000 bytes of values count ${three.bytes}`)
  await store.set(liveEntryOf(2000, { key: 'a' }))
  const larger = await store.usage()
  assert.deepEqual(larger, { entries: 3, bytes: three.bytes + 1000 })
  await store.delete(liveEntry({ key: 'a' }).key)
  const two = await store.usage()
  assert.equal(two.entries, 2)
  assert.ok(two.bytes <= larger.bytes - 2000, `2000 bytes less count ${two.bytes}`)
  await store.clear()
  assert.deepEqual(await store.usage(), { entries: 0, bytes: 0 })
}

const usageOfOne: Check = async ({ store }, repository) => {
  const other = openStage(repository, { name: 'other' }).store
  await other.set(liveEntry({ namespace: 'other' }))
  assert.deepEqual(await store.usage(), { entries: 0, bytes: 0 })
  await store.clear()
  assert.equal((await other.usage()).entries, 1)
}

const closing: Check = async ({ store }, repository) => {
  await store.set(liveEntry())
  await repository.close?.()
  await repository.close?.()
}

import { describe, expect, it } from 'vitest'
import type { CacheNamespace } from '../../../../src/core/entities/cache-namespace.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import { MEMORY_STORAGES } from '../../../../src/core/value-objects/memory-storage.ts'
import { keyHash } from '../../../../src/infrastructure/repositories/memory/key-hash.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { STAGE_SEED, StoreStage } from './store-stage.ts'

const KINDS = MEMORY_STORAGES.flatMap((storage) =>
  EVICTION_POLICIES.map((evictionPolicy) => ({ storage, evictionPolicy })),
)

/** Reads through a store as a cache does, and counts the hits. */
class Reader {
  readonly stage: StoreStage
  hits = 0

  constructor(namespace: Partial<CacheNamespace>) {
    this.stage = new StoreStage(namespace)
  }

  ask(name: string, sizeBytes = 8): void {
    const { store } = this.stage
    const key = parseCacheKey(name)
    if (store.read(key) !== undefined) this.hits += 1
    else store.set(entryFixture({ key: name, value: 'v'.repeat(sizeBytes), sizeBytes }))
  }

  /** What a listing shows, after checking that it adds up. */
  check(): string[] {
    const { store } = this.stage
    const { entries } = store.list(100_000, undefined)
    const keys = entries.map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(store.usage().entries).toBe(keys.length)
    for (const { key, value } of entries) expect(store.read(key)).toEqual(value)
    return keys
  }
}

describe.each(KINDS)('A store by $evictionPolicy with storage "$storage"', (kind) => {
  it('stays whole and within its limit in a loop just above its capacity', () => {
    const reader = new Reader({ ...kind, maxEntries: 100 })
    for (let at = 0; at < 3000; at += 1) {
      reader.ask(`key:${at % 101}`)
      expect(reader.stage.store.usage().entries).toBeLessThanOrEqual(100)
    }
    expect(reader.check()).toHaveLength(100)
  })

  it('stays whole and full while one-hit wonders and scans pass through it', () => {
    const reader = new Reader({ ...kind, maxEntries: 100 })
    for (let at = 0; at < 6000; at += 1) {
      reader.ask(at % 3 === 0 ? `popular:${at % 60}` : `once:${at}`)
    }
    for (let at = 0; at < 1000; at += 1) reader.ask(`scan:${at}`)
    expect(reader.check()).toHaveLength(100)
    expect(reader.stage.told).toHaveLength(6000 + 1000 - reader.hits - 100)
  })

  it('holds sizes from one byte to the whole capacity, never more than its limit', () => {
    const maxBytes = parseSize(100_000, 'maxBytes')
    const reader = new Reader({ ...kind, maxBytes })
    for (let at = 0; at < 1500; at += 1) {
      // 1, 2, 4 ... 65 536 and around, in no order that a policy could like.
      const sizeBytes = 2 ** ((at * 7) % 17) + (at % 3)
      reader.ask(`key:${(at * 31) % 200}`, sizeBytes)
      expect(reader.stage.store.usage().bytes).toBeLessThanOrEqual(maxBytes)
    }
    reader.check()
    const { store } = reader.stage
    const overhead = kind.storage === 'buffer' ? 44 : 80
    const largest = 100_000 - overhead - 8 - 3 * 128
    store.clear()
    reader.ask('largest', kind.storage === 'buffer' ? 90_000 : largest)
    expect(store.usage().entries).toBe(1)
    reader.ask('too large', 100_001)
    expect(reader.stage.told.at(-1)).toBe('too large refused larger than the limit')
  })

  it('fills all of its bytes with entries of one size', () => {
    const reader = new Reader({ ...kind, maxBytes: parseSize(50_000, 'maxBytes') })
    for (let at = 0; at < 1000; at += 1) reader.ask(`key:${1000 + at}`, 100)
    const { entries, bytes } = reader.stage.store.usage()
    const charge = bytes / entries
    expect(Number.isInteger(charge)).toBe(true)
    expect(bytes + charge).toBeGreaterThan(50_000)
    reader.check()
  })

  it('keeps its critical entries whatever passes through it', () => {
    const reader = new Reader({ ...kind, maxEntries: 50 })
    const { store } = reader.stage
    for (let at = 0; at < 20; at += 1) {
      store.set(entryFixture({ key: `critical:${at}`, priority: 'critical' }))
    }
    for (let at = 0; at < 2000; at += 1) reader.ask(`key:${at % 170}`)
    const keys = reader.check()
    expect(keys).toHaveLength(50)
    expect(keys.filter((key) => key.startsWith('critical'))).toHaveLength(20)
  })
})

/** Pairs of keys that differ and have one hash. */
function collidingPairs(wanted: number): [string, string][] {
  const known = new Map<number, string>()
  const pairs: [string, string][] = []
  for (let at = 0; pairs.length < wanted; at += 1) {
    const key = `collide:${at}`
    const hash = keyHash(key, STAGE_SEED)
    const other = known.get(hash)
    if (other === undefined) known.set(hash, key)
    else pairs.push([other, key])
  }
  return pairs
}

describe('A store with keys of one hash', () => {
  const pairs = collidingPairs(5)

  it.each(KINDS)('tells them apart by $evictionPolicy with storage "$storage"', (kind) => {
    const reader = new Reader({ ...kind, maxEntries: 8 })
    const { store } = reader.stage
    // Among so many others that keys with storage "reference" are looked up in the table as well.
    for (const pair of pairs.slice(0, 4)) {
      for (const key of pair) store.set(entryFixture({ key, value: key }))
    }
    for (const key of pairs.slice(0, 4).flat()) expect(store.read(parseCacheKey(key))).toBe(key)
    const [[one, other] = ['', '']] = pairs
    expect(store.delete(parseCacheKey(one))).toBe(true)
    expect(store.read(parseCacheKey(one))).toBeUndefined()
    expect(store.read(parseCacheKey(other))).toBe(other)
    store.set(entryFixture({ key: other, value: 'another' }))
    expect(store.read(parseCacheKey(other))).toBe('another')
    for (let round = 0; round < 20; round += 1) for (const key of pairs.flat()) reader.ask(key)
    reader.check()
  })

  it('tells them apart among more keys than a map takes', () => {
    const { store } = new StoreStage({ storage: 'reference' })
    for (let at = 0; at < 17_000; at += 1) store.set(entryFixture({ key: `key:${at}` }))
    for (const key of pairs.flat()) store.set(entryFixture({ key, value: key }))
    for (const key of pairs.flat()) expect(store.read(parseCacheKey(key))).toBe(key)
    for (const [one, other] of pairs) {
      expect(store.delete(parseCacheKey(one))).toBe(true)
      expect(store.read(parseCacheKey(one))).toBeUndefined()
      expect(store.read(parseCacheKey(other))).toBe(other)
    }
  })
})

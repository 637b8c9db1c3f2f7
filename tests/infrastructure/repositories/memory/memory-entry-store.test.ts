import { describe, expect, it } from 'vitest'
import type { CacheNamespace } from '../../../../src/core/entities/cache-namespace.ts'
import type { Validity } from '../../../../src/core/protocols/cache-repository.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseDuration } from '../../../../src/core/value-objects/duration.ts'
import { MEMORY_STORAGES } from '../../../../src/core/value-objects/memory-storage.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { StoreStage } from './store-stage.ts'

const key = parseCacheKey('key')
const INVALID: Validity = {
  kind: 'invalid',
  mark: markFixture({ kind: 'namespace' }),
  position: { generation: 'g', seq: 1 },
}
const DAY_MS = 86_400_000

describe.each(MEMORY_STORAGES)('MemoryEntryStore over time, with storage "%s"', (storage) => {
  const stageOf = (namespace: Partial<CacheNamespace> = {}) =>
    new StoreStage({ storage, ...namespace })

  it('reads an entry for 10 ms of a life of 10, not at the end of the tenth', async () => {
    const { store, time, told } = stageOf()
    store.set(entryFixture({ value: 'v', expiresAtMs: 10, staleUntilMs: 20, createdAtMs: 0 }))
    await time.advance(9)
    expect(store.read(key)).toBe('v')
    await time.advance(1)
    expect(store.read(key)).toBeUndefined()
    expect(store.get(key)?.value).toBe('v')
    await time.advance(9)
    expect(store.get(key)?.value).toBe('v')
    expect(told).toEqual([])
    await time.advance(1)
    expect(store.get(key)).toBeUndefined()
    expect(told).toEqual(['key expired'])
  })

  it('reads an entry up to its very end also after hours and years', async () => {
    for (const lifeMs of [3_600_000, 25 * DAY_MS, 50 * DAY_MS, 800 * DAY_MS]) {
      const { store, time } = stageOf()
      store.set(entryFixture({ value: 'v', expiresAtMs: lifeMs, createdAtMs: 0 }))
      await time.advance(lifeMs - 1)
      expect(store.read(key)).toBe('v')
      await time.advance(1)
      expect(store.read(key)).toBeUndefined()
    }
  })

  it('never reads what is kept for stale answers, however long that is', async () => {
    const { store, time } = stageOf()
    const staleUntilMs = 100 * DAY_MS
    store.set(entryFixture({ expiresAtMs: 10, staleUntilMs, createdAtMs: 0 }))
    for (let day = 1; day < 100; day += 1) {
      await time.advance(DAY_MS)
      expect(store.read(key)).toBeUndefined()
    }
    expect(store.get(key)).toBeDefined()
  })

  it('reads for ever what never ends, read or unread in between', async () => {
    const { store, time } = stageOf()
    store.set(entryFixture({ value: 'v', createdAtMs: 0 }))
    for (const days of [1, 12, 13, 25, 30, 60, 400]) {
      await time.advance(days * DAY_MS)
      expect(store.read(key)).toBe('v')
    }
  })

  it('notes when an entry was read last, to about four seconds, and how often', async () => {
    const { store, time } = stageOf()
    store.set(entryFixture({ createdAtMs: 0 }))
    expect(store.get(key)).toMatchObject({ accessedAtMs: 0, accessCount: 0 })
    await time.advance(20_000)
    store.read(key)
    store.touch(key, undefined)
    await time.advance(20_000)
    const { accessedAtMs = 0, accessCount } = store.get(key) ?? {}
    expect(Math.abs(accessedAtMs - 20_000)).toBeLessThan(4096)
    expect(accessCount).toBe(2)
  })

  it('says of an entry that left for space when it was dead that it expired', async () => {
    const { store, time, told } = stageOf({ maxEntries: 1 })
    store.set(entryFixture({ key: 'old', expiresAtMs: 10, createdAtMs: 0 }))
    await time.advance(10)
    store.set(entryFixture({ key: 'new' }))
    expect(told).toEqual(['old expired'])
  })

  it('tells read() of a remembered absence by get()', () => {
    const { store } = stageOf()
    store.set(entryFixture({ value: undefined }))
    expect(store.read(key)).toBeUndefined()
    expect(store.get(key)).toMatchObject({ value: undefined, accessCount: 1 })
  })

  it('lets what slides live on with each read, up to its ttl, and tells the timing of it', async () => {
    const { store, time, told } = stageOf()
    store.set(
      entryFixture({
        createdAtMs: 0,
        expiresAtMs: 100,
        ttl: { kind: 'span', ms: parseDuration(250, 'ttl') },
        slidingTtlMs: parseDuration(100, 'slidingTtl'),
      }),
    )
    for (let at = 0; at < 2; at += 1) {
      await time.advance(90)
      expect(store.read(key)).toBe('value')
      store.expire(1)
    }
    await time.advance(69)
    expect(store.read(key)).toBe('value')
    await time.advance(64)
    store.expire(1)
    expect(told).toEqual(['key expired'])
  })

  it('removes by expire() what has died unread, and nothing else', async () => {
    const { store, time, told } = stageOf()
    store.set(entryFixture({ key: 'long', expiresAtMs: 10_000, createdAtMs: 0 }))
    store.set(entryFixture({ key: 'never' }))
    store.set(entryFixture({ key: 'short', expiresAtMs: 64, staleUntilMs: 128, createdAtMs: 0 }))
    await time.advance(127)
    expect(store.expire(1)).toBe(true)
    expect(told).toEqual([])
    await time.advance(1)
    expect(store.expire(1)).toBe(true)
    expect(told).toEqual(['short expired'])
    expect(store.usage().entries).toBe(2)
  })
})

describe.each(MEMORY_STORAGES)('MemoryEntryStore under marks, with storage "%s"', (storage) => {
  const stageOf = (namespace: Partial<CacheNamespace> = {}) =>
    new StoreStage({ storage, ...namespace })

  it('drops what another generation left, as deleted, since no mark hit it', () => {
    const { store, validity, told } = stageOf()
    store.set(entryFixture())
    validity.verdict = () => ({ ...INVALID, mark: undefined })
    validity.version = 1
    expect(store.read(key)).toBeUndefined()
    expect(told).toEqual(['key deleted'])
  })

  it('says of an entry that left for space when a mark had hit it that it was invalidated', () => {
    const { store, validity, told } = stageOf({ maxEntries: 1 })
    store.set(entryFixture({ key: 'old' }))
    validity.verdict = () => INVALID
    validity.version = 1
    store.set(entryFixture({ key: 'new' }))
    expect(told).toEqual(['old invalidated'])
  })

  it('deletes what a mark has hit when it is given a cause, and says that cause', () => {
    const { store, validity, told } = stageOf()
    store.set(entryFixture())
    validity.verdict = () => INVALID
    validity.version = 1
    expect(store.delete(key, { kind: 'evicted', rule: 'hand', limit: 'resize' })).toBe(true)
    expect(told).toEqual(['key evicted hand resize'])
  })

  it('compares an entry that came while a mark was on its way', () => {
    const { store, validity } = stageOf()
    validity.version = 5
    validity.verdict = () => INVALID
    store.set(entryFixture())
    expect(store.read(key)).toBeUndefined()
  })

  it('asks of each entry once per count of marks, and of none after a round over all', () => {
    const { store, validity } = stageOf()
    for (let at = 0; at < 100; at += 1) store.set(entryFixture({ key: `key:${at}` }))
    const readAll = (): number => {
      const { checks } = validity
      for (let at = 0; at < 100; at += 1) store.read(parseCacheKey(`key:${at}`))
      return validity.checks - checks
    }
    expect(readAll()).toBe(0)
    validity.version = 1
    expect(readAll()).toBe(100)
    expect(readAll()).toBe(0)
    validity.version = 2
    store.startRound()
    while (!store.sweep(0));
    expect(readAll()).toBe(0)
  })

  it('finds the invalid entry that came into a place which the round had passed already', () => {
    const { store, validity } = stageOf()
    for (let at = 0; at < 200; at += 1) store.set(entryFixture({ key: `key:${at}` }))
    store.delete(parseCacheKey('key:0'))
    validity.version = 1
    store.startRound()
    expect(store.sweep(0)).toBe(false)
    validity.verdict = (entry) => (entry.key === 'late' ? INVALID : { kind: 'valid' })
    store.set(entryFixture({ key: 'late' }))
    while (!store.sweep(0));
    expect(store.read(parseCacheKey('late'))).toBeUndefined()
  })

  it('looks at everything within expire() when marks have arrived, and is quick after that', () => {
    const { store, validity, told } = stageOf()
    for (let at = 0; at < 200; at += 1) store.set(entryFixture({ key: `key:${at}` }))
    validity.verdict = (entry) => (entry.key === 'key:150' ? INVALID : { kind: 'valid' })
    validity.version = 1
    while (!store.expire(0));
    expect(told).toEqual(['key:150 invalidated'])
    while (!store.expire(0));
    const { checks } = validity
    while (!store.expire(0));
    expect(validity.checks).toBe(checks)
  })
})

describe('MemoryEntryStore with a great many entries', () => {
  it('lets five thousand over a lowered limit leave at once, and the rest by and by', () => {
    const { store, told, configure } = new StoreStage()
    for (let at = 0; at < 5_101; at += 1) store.set(entryFixture({ key: `key:${at}` }))
    configure({ maxEntries: 1 })
    expect(store.usage().entries).toBe(101)
    expect(store.sweep(0)).toBe(false)
    expect(store.usage().entries).toBe(37)
    while (!store.expire(0));
    expect(store.usage().entries).toBe(1)
    expect(told).toHaveLength(5_100)
    expect(new Set(told.map((each) => each.replace(/^\S+ /, '')))).toEqual(
      new Set(['evicted lru resize']),
    )
  })

  it('follows a changed policy while entries are still being moved into its order', () => {
    const { store, told, configure } = new StoreStage({ evictionPolicy: 'w-tinylfu' })
    for (let at = 0; at < 6000; at += 1) store.set(entryFixture({ key: `key:${at}` }))
    for (let times = 0; times < 4; times += 1) store.read(parseCacheKey('key:5999'))
    configure({ evictionPolicy: 'lru' })
    store.read(parseCacheKey('key:5999'))
    while (!store.expire(0));
    store.read(parseCacheKey('key:5999'))
    configure({ evictionPolicy: 'lru', maxEntries: 1 })
    while (!store.expire(0));
    expect(store.read(parseCacheKey('key:5999'))).toBe('value')
    expect(told).toHaveLength(5999)
  })
})

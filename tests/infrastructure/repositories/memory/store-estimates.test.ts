import { describe, expect, it } from 'vitest'
import type { CacheNamespace } from '../../../../src/core/entities/cache-namespace.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import { MEMORY_STORAGES } from '../../../../src/core/value-objects/memory-storage.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { StoreStage } from './store-stage.ts'

const KEYS = 4000
const REQUESTS = 30_000

/** Numbers from 0 to 1, the same each time. Source: Numerical Recipes, a linear congruential generator. */
function chance(): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

/** A store that was read through by requests of which few keys get most. */
function readThrough(namespace: Partial<CacheNamespace>) {
  const stage = new StoreStage(namespace)
  const next = chance()
  let hits = 0
  for (let at = 0; at < REQUESTS; at += 1) {
    // About Zipf's law: the density falls with the rank.
    const key = `key:${Math.floor(KEYS ** next())}`
    if (stage.store.read(parseCacheKey(key)) !== undefined) hits += 1
    else stage.store.set(entryFixture({ key }))
    if (at % 1000 === 0) stage.store.expire(1)
  }
  return { ...stage, hitRatio: hits / REQUESTS }
}

describe.each(MEMORY_STORAGES)('MemoryEntryStore.estimates() with storage "%s"', (storage) => {
  const evictionPolicy = 'w-tinylfu'

  it('says what half, twice and four times the capacity would bring', () => {
    const ratioAt = (maxEntries: number) =>
      readThrough({ storage, evictionPolicy, maxEntries }).hitRatio
    const { store } = readThrough({ storage, evictionPolicy, maxEntries: 400 })
    const estimates = store.estimates()
    expect(Math.abs((estimates?.half ?? 0) - ratioAt(200))).toBeLessThan(0.05)
    expect(Math.abs((estimates?.double ?? 0) - ratioAt(800))).toBeLessThan(0.05)
    expect(Math.abs((estimates?.quadruple ?? 0) - ratioAt(1600))).toBeLessThan(0.05)
  })

  it('says it where bytes are limited as well', () => {
    const { store, hitRatio } = readThrough({
      storage,
      evictionPolicy,
      maxBytes: parseSize(50_000, 'maxBytes'),
    })
    const { half = 0, double = 0, quadruple = 0 } = store.estimates() ?? {}
    expect(half).toBeLessThan(hitRatio)
    expect(double).toBeGreaterThan(hitRatio)
    expect(quadruple).toBeGreaterThan(double)
  })

  it('says nothing before much was looked up, and again after clear()', () => {
    const { store } = new StoreStage({ storage, evictionPolicy, maxEntries: 100 })
    expect(store.estimates()).toBeUndefined()
    store.set(entryFixture())
    store.expire(1)
    for (let at = 0; at < 100; at += 1) store.read(parseCacheKey(`key:${at}`))
    expect(store.estimates()).toBeUndefined()
    const { store: full } = readThrough({ storage, evictionPolicy, maxEntries: 100 })
    full.clear()
    expect(full.estimates()).toBeUndefined()
  })
})

describe('MemoryEntryStore.estimates()', () => {
  it.each(EVICTION_POLICIES.filter((policy) => policy !== 'w-tinylfu'))(
    'says nothing for %s, which it doesn’t model',
    (evictionPolicy) => {
      expect(readThrough({ evictionPolicy, maxEntries: 400 }).store.estimates()).toBeUndefined()
    },
  )

  it('says nothing any more once the policy is another one', () => {
    const stage = new StoreStage({ evictionPolicy: 'w-tinylfu', maxEntries: 50 })
    const { store } = stage
    store.set(entryFixture())
    store.expire(1)
    for (let at = 0; at < 2000; at += 1) {
      const key = `key:${at % 100}`
      if (store.read(parseCacheKey(key)) === undefined) store.set(entryFixture({ key }))
    }
    expect(store.estimates()).toBeDefined()
    stage.configure({ evictionPolicy: 'lru' })
    store.expire(1)
    expect(store.estimates()).toBeUndefined()
  })
})

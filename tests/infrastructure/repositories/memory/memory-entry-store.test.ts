import { describe, expect, it } from 'vitest'
import { DEFAULT_NAMESPACE } from '../../../../src/core/entities/cache-namespace.ts'
import type { RemovalCause, Validity } from '../../../../src/core/protocols/cache-repository.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import { MemoryCacheRepository } from '../../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'
import { checkStoreAgainstModel } from './store-property.ts'

const key = parseCacheKey('key')

function stage(namespace: { maxEntries?: number } = {}) {
  const time = createFakeClock(0)
  const removals: { key: string; value: unknown; cause: RemovalCause }[] = []
  const listeners: (() => void)[] = []
  const validity = {
    version: 0,
    verdict: (): Validity => ({ kind: 'valid' }),
    check() {
      return this.verdict()
    },
  }
  const repository = new MemoryCacheRepository({
    clock: time.clock,
    maxBytes: parseSize('64mb', 'maxBytes'),
    evictionPolicy: 'lru',
  })
  const store = repository.open(
    { ...DEFAULT_NAMESPACE, name: 'a', ...namespace },
    {
      validity,
      onRemoved: (entry, cause) => {
        removals.push({ key: entry.key, value: entry.value, cause })
        listeners.pop()?.()
      },
    },
  )
  /** Runs `listener` within the next report of a removal, as a user's event listener does. */
  const onNextRemoval = (listener: () => void) => listeners.push(listener)
  const kinds = () => removals.map(({ value, cause }) => `${value} ${cause.kind}`)
  return { time, store, validity, removals, kinds, onNextRemoval }
}

describe('MemoryEntryStore beside its model', () => {
  for (const policy of EVICTION_POLICIES) {
    it(`does with ${policy} what the model does, over random sequences of all operations`, () => {
      checkStoreAgainstModel(policy)
    })
  }
})

describe('MemoryEntryStore over time', () => {
  it('reads an entry for 10 ms of a life of 10, not at the end of the tenth', async () => {
    const { store, time, kinds } = stage()
    store.set(entryFixture({ value: 'v', expiresAtMs: 10, staleUntilMs: 20 }))
    await time.advance(9)
    expect(store.read(key)).toBe('v')
    await time.advance(1)
    expect(store.read(key)).toBeUndefined()
    expect(store.get(key)?.value).toBe('v')
    await time.advance(9)
    expect(store.get(key)?.value).toBe('v')
    expect(kinds()).toEqual([])
    await time.advance(1)
    expect(store.get(key)).toBeUndefined()
    expect(kinds()).toEqual(['v expired'])
  })

  it('notes when an entry was read last', async () => {
    const { store, time } = stage()
    store.set(entryFixture({ createdAtMs: 0 }))
    await time.advance(7)
    store.read(key)
    await time.advance(7)
    expect(store.get(key)).toMatchObject({ accessedAtMs: 7, accessCount: 1 })
  })

  it('says of an entry that left for space when it was dead that it expired', async () => {
    const { store, time, kinds } = stage({ maxEntries: 1 })
    store.set(entryFixture({ value: 'old', expiresAtMs: 10 }))
    await time.advance(10)
    store.set(entryFixture({ key: 'other', value: 'new' }))
    expect(kinds()).toEqual(['old expired'])
  })

  it('tells read() of a remembered absence by get()', () => {
    const { store } = stage()
    store.set(entryFixture({ value: undefined }))
    expect(store.read(key)).toBeUndefined()
    expect(store.get(key)).toMatchObject({ value: undefined, accessCount: 1 })
  })
})

describe('MemoryEntryStore under marks', () => {
  const position = { generation: 'g', seq: 1 }

  it('drops what another generation left, as deleted, since no mark hit it', () => {
    const { store, validity, removals } = stage()
    store.set(entryFixture())
    validity.verdict = () => ({ kind: 'invalid', mark: undefined, position })
    expect(store.read(key)).toBeUndefined()
    expect(removals.map(({ cause }) => cause)).toEqual([{ kind: 'deleted' }])
  })

  it('says of an entry that left for space when a mark had hit it that it was invalidated', () => {
    const { store, validity, kinds } = stage({ maxEntries: 1 })
    store.set(entryFixture({ value: 'old' }))
    const mark = {
      namespace: 'a',
      scope: { kind: 'namespace' },
      soft: false,
      act: 'invalidate',
      origin: 'test',
      reason: undefined,
      atMs: 0,
    } as const
    validity.verdict = () => ({ kind: 'invalid', mark, position })
    validity.version = 1
    store.set(entryFixture({ key: 'other', value: 'new' }))
    expect(kinds()).toEqual(['old invalidated'])
  })

  it('deletes what a mark has hit when it is given a cause, and says that cause', () => {
    const { store, validity, removals } = stage()
    store.set(entryFixture())
    validity.verdict = () => ({ kind: 'invalid', mark: undefined, position })
    validity.version = 1
    expect(store.delete(key, { kind: 'evicted', rule: 'by hand' })).toBe(true)
    expect(removals.map(({ cause }) => cause)).toEqual([{ kind: 'evicted', rule: 'by hand' }])
  })

  it('compares an entry that came while a mark was on its way', () => {
    const { store, validity } = stage()
    validity.version = 5
    validity.verdict = () => ({ kind: 'invalid', mark: undefined, position })
    store.set(entryFixture())
    expect(store.read(key)).toBeUndefined()
  })
})

describe('MemoryEntryStore whose listeners come back into it', () => {
  it('takes a set of another key within the report of an eviction', () => {
    const { store, onNextRemoval, kinds } = stage({ maxEntries: 2 })
    store.set(entryFixture({ key: 'one', value: 1 }))
    store.set(entryFixture({ key: 'two', value: 2 }))
    onNextRemoval(() => store.set(entryFixture({ key: 'nested', value: 'nested' })))
    expect(store.set(entryFixture({ key: 'three', value: 3 }))).toBe(true)
    expect(store.usage().entries).toBe(2)
    expect(store.read(parseCacheKey('three'))).toBe(3)
    expect(kinds()).toEqual(['1 evicted', '2 evicted'])
  })

  it('takes a set of the same key within the report of an eviction, which the outer one then replaces', () => {
    const { store, onNextRemoval, kinds } = stage({ maxEntries: 2 })
    store.set(entryFixture({ key: 'one', value: 1 }))
    store.set(entryFixture({ key: 'two', value: 2 }))
    onNextRemoval(() => store.set(entryFixture({ value: 'nested' })))
    store.set(entryFixture({ value: 'outer' }))
    expect(store.read(key)).toBe('outer')
    expect(store.usage().entries).toBe(2)
    expect(kinds()).toEqual(['1 evicted', 'nested replaced'])
  })

  it('takes a delete of the new entry within the report of the replaced one', () => {
    const { store, onNextRemoval, kinds } = stage()
    store.set(entryFixture({ value: 'old' }))
    onNextRemoval(() => store.delete(key))
    store.set(entryFixture({ value: 'new' }))
    expect(store.get(key)).toBeUndefined()
    expect(kinds()).toEqual(['old replaced', 'new deleted'])
    expect(store.usage()).toEqual({ entries: 0, bytes: 0 })
  })

  it('takes a clear within a listing and within a sweep', async () => {
    const { store, onNextRemoval, time } = stage()
    for (const walk of [() => store.list(10, undefined), () => store.sweep(1)]) {
      for (let at = 0; at < 5; at += 1) {
        store.set(entryFixture({ key: `key:${at}`, expiresAtMs: time.nowMs + 10 }))
      }
      await time.advance(10)
      onNextRemoval(() => store.clear())
      walk()
      expect(store.usage()).toEqual({ entries: 0, bytes: 0 })
    }
  })
})

describe('MemoryEntryStore with a great many entries over a lowered limit', () => {
  it('lets ten thousand leave at once and the rest with the sweep', () => {
    const { store, removals } = stage()
    for (let at = 0; at < 10_101; at += 1) {
      store.set(entryFixture({ key: `key:${at}`, sizeBytes: 1 }))
    }
    store.configure({ ...DEFAULT_NAMESPACE, name: 'a', maxEntries: 1 })
    expect(store.usage().entries).toBe(101)
    expect(store.sweep(0)).toBe(false)
    expect(store.usage().entries).toBe(37)
    while (!store.sweep(0));
    expect(store.usage().entries).toBe(1)
    expect(removals).toHaveLength(10_100)
  })
})

import { describe, expect, it } from 'vitest'
import { DEFAULT_NAMESPACE } from '../../../../src/core/entities/cache-namespace.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { MEMORY_STORAGES } from '../../../../src/core/value-objects/memory-storage.ts'
import { MemoryBudget } from '../../../../src/infrastructure/repositories/memory/memory-budget.ts'
import { MemoryLimits } from '../../../../src/infrastructure/repositories/memory/memory-limits.ts'
import { MemorySlots } from '../../../../src/infrastructure/repositories/memory/memory-slots.ts'
import { ReferenceStorage } from '../../../../src/infrastructure/repositories/memory/reference-storage.ts'
import {
  NO_SLOT,
  type SlotPages,
} from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'
import { StoreStage } from './store-stage.ts'

const key = parseCacheKey('key')

describe.each(MEMORY_STORAGES)('MemorySlots whose listeners come back, with "%s"', (storage) => {
  const stageOf = (maxEntries?: number) => new StoreStage({ storage, maxEntries })

  it('take a set of another key within the report of an eviction', () => {
    const { store, onNextRemoval, told } = stageOf(2)
    store.set(entryFixture({ key: 'one', value: 1 }))
    store.set(entryFixture({ key: 'two', value: 2 }))
    onNextRemoval(() => store.set(entryFixture({ key: 'nested', value: 'nested' })))
    expect(store.set(entryFixture({ key: 'three', value: 3 }))).toBe(true)
    expect(store.usage().entries).toBe(2)
    expect(store.read(parseCacheKey('three'))).toBe(3)
    expect(store.read(parseCacheKey('nested'))).toBe('nested')
    expect(told).toEqual(['one evicted lru entries', 'two evicted lru entries'])
  })

  it('take a set of the same key within the report of an eviction, which the outer one then replaces', () => {
    const { store, onNextRemoval, told } = stageOf(2)
    store.set(entryFixture({ key: 'one' }))
    store.set(entryFixture({ key: 'two' }))
    onNextRemoval(() => store.set(entryFixture({ value: 'nested' })))
    store.set(entryFixture({ value: 'outer' }))
    expect(store.read(key)).toBe('outer')
    expect(store.usage().entries).toBe(2)
    expect(told).toEqual(['one evicted lru entries', 'key replaced'])
  })

  it('take a question whether a value can be kept within the report of an eviction', () => {
    const { store, onNextRemoval } = stageOf(1)
    store.set(entryFixture({ key: 'one' }))
    onNextRemoval(() => store.rejects({ another: 'value' }))
    store.set(entryFixture({ value: 'outer' }))
    expect(store.read(key)).toBe('outer')
  })

  it('take a delete of the new entry within the report of the replaced one', () => {
    const { store, onNextRemoval, told } = stageOf()
    store.set(entryFixture({ value: 'old' }))
    onNextRemoval(() => store.delete(key))
    store.set(entryFixture({ value: 'new' }))
    expect(store.get(key)).toBeUndefined()
    expect(told).toEqual(['key replaced', 'key deleted'])
    expect(store.usage()).toEqual({ entries: 0, bytes: 0 })
  })

  it('take a clear within a listing, a sweep, an expiry, a set and a delete', async () => {
    const { store, onNextRemoval, time } = stageOf(5)
    const acts = [
      () => store.list(10, undefined),
      () => store.sweep(1),
      () => store.expire(1),
      () => store.delete(parseCacheKey('key:1')),
      () => store.get(parseCacheKey('key:1')),
      () => store.read(parseCacheKey('key:1')),
    ]
    for (const act of acts) {
      for (let at = 0; at < 5; at += 1) {
        const expiresAtMs = time.nowMs + 10
        store.set(entryFixture({ key: `key:${at}`, createdAtMs: time.nowMs, expiresAtMs }))
      }
      await time.advance(100)
      onNextRemoval(() => store.clear())
      act()
      expect(store.usage()).toEqual({ entries: 0, bytes: 0 })
    }
    for (let at = 0; at < 5; at += 1) store.set(entryFixture({ key: `key:${at}` }))
    onNextRemoval(() => store.clear())
    store.set(entryFixture())
    expect(store.usage().entries).toBe(1)
    expect(store.read(key)).toBe('value')
  })

  it('say of who left the key, the priority, the size and the end that it had', () => {
    const { store, removed } = stageOf()
    const value = 'x'.repeat(77)
    store.set(entryFixture({ value, sizeBytes: 77, priority: 'high', expiresAtMs: 5 }))
    store.delete(key)
    expect(removed).toMatchObject([{ key, priority: 'high', sizeBytes: 77, expiresAtMs: 5 }])
  })
})

describe('MemorySlots under storage "buffer"', () => {
  const UNKEEPABLE = { toJSON: () => Symbol('nothing'), act: () => 1, self: 1n }

  it('refuse a value that has no form in bytes, and take the old one out, as the contract asks', () => {
    const { store, told } = new StoreStage({ storage: 'buffer' })
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    const value = store.rejects(cyclic) === undefined ? UNKEEPABLE : cyclic
    expect(store.rejects(value)).toBeInstanceOf(Error)
    store.set(entryFixture({ value: 'old' }))
    expect(store.set(entryFixture({ value }))).toBe(false)
    expect(store.get(key)).toBeUndefined()
    expect(told).toEqual(['key replaced', 'key refused its value cannot be kept as bytes'])
  })

  it('say of what can be kept that nothing is wrong with it', () => {
    const { store } = new StoreStage({ storage: 'buffer' })
    for (const value of [undefined, null, 1, 'text', { a: [1] }, Buffer.from('bytes')]) {
      expect(store.rejects(value)).toBeUndefined()
    }
  })

  it('hand out copies, so that nobody changes what is stored', () => {
    const { store } = new StoreStage({ storage: 'buffer' })
    const value = { list: [1] }
    store.set(entryFixture({ value }))
    value.list.push(2)
    const found = store.read(key)
    expect(found).toEqual({ list: [1] })
    Object.assign(found ?? {}, { list: [] })
    expect(store.get(key)?.value).toEqual({ list: [1] })
  })
})

/** A storage to which the system gives no memory when a test says so. */
class StarvedStorage extends ReferenceStorage {
  isStarved = false

  override write(slot: number, key: string, hash: number): void {
    if (this.isStarved) throw new RangeError('Array buffer allocation failed')
    super.write(slot, key, hash)
  }
}

function starvedStage() {
  const clock = createFakeClock(0).clock
  const told: string[] = []
  const storages: StarvedStorage[] = []
  const limits = new MemoryLimits(undefined, parseSize('1mb', 'maxBytes'))
  const slots = new MemorySlots(
    { ...DEFAULT_NAMESPACE, name: 'a' },
    {
      validity: { version: 0, check: () => ({ kind: 'valid' }) },
      onRemoved: ({ key: left }, cause) => {
        told.push(`${left} ${cause.kind} ${'rule' in cause ? cause.rule : ''}`.trim())
      },
    },
    {
      clock,
      budget: new MemoryBudget(limits),
      hashSeed: 1,
      createStorage: (pages: SlotPages) => {
        const storage = new StarvedStorage(pages)
        storages.push(storage)
        return storage
      },
    },
  )
  const starve = (isStarved: boolean) => {
    for (const storage of storages) storage.isStarved = isStarved
  }
  return { slots, limits, told, starve }
}

describe('MemorySlots to which the system gives no memory', () => {
  it('refuse a new entry, and hold what they held', () => {
    const { slots, limits, told, starve } = starvedStage()
    slots.put(entryFixture({ key: 'other' }))
    const { bytes } = limits
    starve(true)
    expect(slots.put(entryFixture())).toBe(false)
    expect(slots.index.find(key)).toBe(NO_SLOT)
    expect([slots.pages.live, limits.entries, limits.bytes]).toEqual([1, 1, bytes])
    expect(told).toEqual(['key refused no memory is left'])
    starve(false)
    expect(slots.put(entryFixture())).toBe(true)
  })

  it.each(['medium', 'critical'] as const)(
    'hold neither the old nor the new entry of a key that was %s and could not be replaced',
    (priority) => {
      const { slots, limits, starve } = starvedStage()
      slots.put(entryFixture({ priority }))
      starve(true)
      expect(slots.put(entryFixture({ priority: 'high' }))).toBe(false)
      expect(slots.index.find(key)).toBe(NO_SLOT)
      expect([slots.pages.live, limits.entries, limits.bytes]).toEqual([0, 0, 0])
      starve(false)
      expect(slots.put(entryFixture())).toBe(true)
      expect([slots.pages.live, limits.entries]).toEqual([1, 1])
    },
  )
})

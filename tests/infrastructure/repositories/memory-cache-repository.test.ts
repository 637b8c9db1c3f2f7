import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CacheEntry } from '../../../src/core/entities/cache-entry.ts'
import { DEFAULT_NAMESPACE } from '../../../src/core/entities/cache-namespace.ts'
import type {
  EntryValidity,
  MemoryCapacity,
  MemoryStore,
} from '../../../src/core/protocols/cache-repository.ts'
import {
  CACHE_PRIORITIES,
  type CachePriority,
} from '../../../src/core/value-objects/cache-priority.ts'
import { parseSize } from '../../../src/core/value-objects/cache-size.ts'
import { EVICTION_POLICIES } from '../../../src/core/value-objects/eviction-policy.ts'
import { MemoryCacheRepository } from '../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../fakes/fake-random.ts'

const ALWAYS_VALID: EntryValidity = { version: 0, check: () => ({ kind: 'valid' }) }

function repositoryOf(limits: { maxEntries?: number; maxBytes?: number }) {
  const time = createFakeClock()
  const repository = new MemoryCacheRepository({
    clock: time.clock,
    random: fakeRandom(),
    maxEntries: limits.maxEntries,
    maxBytes: parseSize(limits.maxBytes ?? '1mb', 'maxBytes'),
  })
  const removals: string[] = []
  const evicted: CachePriority[] = []
  const open = (name: string, options: Partial<typeof DEFAULT_NAMESPACE> = {}) =>
    repository.open(
      { ...DEFAULT_NAMESPACE, evictionPolicy: 'lru', ...options, name },
      {
        validity: ALWAYS_VALID,
        onRemoved: (entry, cause) => {
          const limit = 'limit' in cause ? ` ${cause.limit}` : ''
          removals.push(`${name} ${entry.key} ${cause.kind}${limit}`)
          if (cause.kind === 'evicted') evicted.push(entry.priority)
        },
      },
    )
  return { repository, time, open, removals, evicted }
}

const entryIn = (namespace: string, key: string, overrides: Partial<CacheEntry> = {}) =>
  entryFixture({ ...overrides, namespace, key })

type Step =
  | {
      readonly kind: 'set' | 'read' | 'delete' | 'clear'
      readonly namespace: 'a' | 'b' | 'c'
      readonly key: number
      readonly priority: CachePriority
      readonly sizeBytes: number
    }
  | { readonly kind: 'resize'; readonly limits: MemoryCapacity }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom(...(['set', 'set', 'set', 'read', 'delete', 'clear'] as const)),
      namespace: fc.constantFrom(...(['a', 'b', 'c'] as const)),
      key: fc.nat({ max: 9 }),
      priority: fc.constantFrom(...CACHE_PRIORITIES),
      sizeBytes: fc.constantFrom(1, 300, 900),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      limits: fc.record({
        maxEntries: fc.constantFrom(undefined, 1, 3, 8),
        maxBytes: fc.constantFrom(500, 2500, 1_000_000),
      }),
    }),
  },
)

function take(store: MemoryStore, each: Exclude<Step, { kind: 'resize' }>): void {
  const { kind, namespace, key, priority, sizeBytes } = each
  const value = 'v'.repeat(sizeBytes)
  const entry = entryFixture({ namespace, key: `key:${key}`, value, priority, sizeBytes })
  if (kind === 'set') expect(store.set(entry)).toBe(store.get(entry.key) !== undefined)
  if (kind === 'read') store.read(entry.key)
  if (kind === 'delete') store.delete(entry.key)
  if (kind === 'clear') store.clear()
}

/** The usages of all stores together, where none may be over the limits. */
function total(stores: readonly MemoryStore[]): { entries: number; bytes: number } {
  const usages = stores.map((store) => store.usage())
  return {
    entries: usages.reduce((sum, { entries }) => sum + entries, 0),
    bytes: usages.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

/** Three namespaces of different policies, limits and storages under common limits. */
class SharedStores {
  readonly #stage: ReturnType<typeof repositoryOf>
  readonly #stores: Readonly<Record<'a' | 'b' | 'c', MemoryStore>>
  #limits: Partial<MemoryCapacity>
  #wasResized = false

  constructor(limits: { maxEntries?: number; maxBytes?: number }) {
    this.#limits = limits
    this.#stage = repositoryOf(limits)
    const { open } = this.#stage
    this.#stores = {
      a: open('a', { evictionPolicy: 'w-tinylfu' }),
      b: open('b', { evictionPolicy: 'lfu', storage: 'buffer' }),
      c: open('c', { maxEntries: 2 }),
    }
  }

  run(each: Step): void {
    if (each.kind === 'resize') this.#resize(each.limits)
    else take(this.#stores[each.namespace], each)
    const stores = Object.values(this.#stores)
    const { entries, bytes } = total(stores)
    expect(entries).toBeLessThanOrEqual(this.#limits.maxEntries ?? entries)
    expect(bytes).toBeLessThanOrEqual(this.#limits.maxBytes ?? bytes)
    const held = stores.flatMap((store) => store.list(100, undefined).entries)
    expect(held.length).toBe(entries)
    if (!this.#wasResized) expect(this.#stage.evicted).not.toContain('critical')
  }

  #resize(limits: MemoryCapacity): void {
    this.#limits = limits
    this.#wasResized = true
    this.#stage.repository.resize(limits)
    for (const store of Object.values(this.#stores)) while (!store.expire(0));
  }
}

describe('MemoryCacheRepository', () => {
  it('holds all namespaces together within its limits, whatever they do and however these change', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 100 }),
        fc.constantFrom({ maxEntries: 4 }, { maxBytes: 3000 }, { maxEntries: 6, maxBytes: 4000 }),
        (steps, limits) => {
          const shared = new SharedStores(limits)
          for (const each of steps) shared.run(each)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('lets the longest unread entry leave at its limit, whichever namespace writes', async () => {
    const { time, open, removals } = repositoryOf({ maxEntries: 3 })
    const [a, b] = [open('a'), open('b')]
    const set = async (store: MemoryStore, key: string): Promise<void> => {
      store.set(entryIn('any', key, { createdAtMs: time.nowMs }))
      // Uses are noted to about four seconds.
      await time.advance(10_000)
    }
    await set(a, 'one')
    await set(b, 'two')
    await set(a, 'three')
    a.read(entryIn('a', 'one').key)
    await set(a, 'four')
    await set(b, 'five')
    expect(removals).toEqual(['b two evicted shared', 'a three evicted shared'])
  })

  it('counts critical entries of all namespaces against its own limit', () => {
    const { open, removals } = repositoryOf({ maxEntries: 2 })
    const [a, b] = [open('a'), open('b')]
    a.set(entryIn('a', 'one', { priority: 'critical' }))
    b.set(entryIn('b', 'two', { priority: 'critical' }))
    expect(a.set(entryIn('a', 'three'))).toBe(false)
    expect(removals).toEqual(['a three refused'])
    b.clear()
    expect(a.set(entryIn('a', 'three'))).toBe(true)
  })

  it('takes what a namespace held off the common count when it is cleared', () => {
    const { open, removals } = repositoryOf({ maxEntries: 2 })
    const [a, b] = [open('a'), open('b')]
    a.set(entryIn('a', 'one'))
    a.set(entryIn('a', 'two'))
    a.clear()
    b.set(entryIn('b', 'one'))
    b.set(entryIn('b', 'two'))
    expect(removals).toEqual([])
    expect(b.usage().entries).toBe(2)
  })

  it.each(EVICTION_POLICIES)('opens namespaces that evict by %s', (evictionPolicy) => {
    const { open } = repositoryOf({})
    const store = open('a', { evictionPolicy, maxEntries: 2 })
    for (const key of ['one', 'two', 'three']) store.set(entryIn('a', key))
    expect(store.usage().entries).toBe(2)
  })

  it('makes those leave who are over limits that were lowered, in slices, whichever namespace they are in', () => {
    const { repository, open, removals } = repositoryOf({ maxEntries: 100 })
    const stores = [open('a'), open('b', { storage: 'buffer' })]
    for (const store of stores) {
      for (let at = 0; at < 40; at += 1) store.set(entryIn('any', `key:${at}`))
    }
    repository.resize({ maxEntries: 3, maxBytes: undefined })
    expect(total(stores).entries).toBe(80)
    expect(stores[0]?.expire(0)).toBe(false)
    expect(total(stores).entries).toBe(80 - 64)
    expect(stores[1]?.expire(0)).toBe(true)
    expect(total(stores).entries).toBe(3)
    expect(removals).toHaveLength(77)
    expect(removals.every((removal) => removal.endsWith('evicted resize'))).toBe(true)
  })

  it('lets more in at once where limits were raised', () => {
    const { repository, open, removals } = repositoryOf({ maxEntries: 1 })
    const store = open('a')
    store.set(entryIn('a', 'one'))
    repository.resize({ maxEntries: undefined, maxBytes: 1_000_000 })
    store.set(entryIn('a', 'two'))
    expect(store.usage().entries).toBe(2)
    expect(removals).toEqual([])
  })

  it('is empty after close(), which may come twice and reports nothing', () => {
    const { repository, open, removals } = repositoryOf({})
    const stores = [open('a'), open('b')]
    for (const store of stores) store.set(entryIn('a', 'one'))
    repository.close()
    repository.close()
    expect(stores.map((store) => store.usage().entries)).toEqual([0, 0])
    expect(removals).toEqual([])
  })
})

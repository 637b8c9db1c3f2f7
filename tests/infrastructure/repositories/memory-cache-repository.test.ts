import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CacheEntry } from '../../../src/core/entities/cache-entry.ts'
import { DEFAULT_NAMESPACE } from '../../../src/core/entities/cache-namespace.ts'
import type { EntryValidity, MemoryStore } from '../../../src/core/protocols/cache-repository.ts'
import {
  CACHE_PRIORITIES,
  type CachePriority,
} from '../../../src/core/value-objects/cache-priority.ts'
import { parseSize } from '../../../src/core/value-objects/cache-size.ts'
import { EVICTION_POLICIES } from '../../../src/core/value-objects/eviction-policy.ts'
import { MemoryCacheRepository } from '../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const ALWAYS_VALID: EntryValidity = { version: 0, check: () => ({ kind: 'valid' }) }

function repositoryOf(limits: { maxEntries?: number; maxBytes?: number }) {
  const time = createFakeClock()
  const repository = new MemoryCacheRepository({
    clock: time.clock,
    maxEntries: limits.maxEntries,
    maxBytes: parseSize(limits.maxBytes ?? '1mb', 'maxBytes'),
    evictionPolicy: 'lru',
  })
  const removals: string[] = []
  const evicted: CachePriority[] = []
  const open = (name: string, options: Partial<typeof DEFAULT_NAMESPACE> = {}) =>
    repository.open(
      { ...DEFAULT_NAMESPACE, ...options, name },
      {
        validity: ALWAYS_VALID,
        onRemoved: (entry, cause) => {
          removals.push(`${name} ${entry.key} ${cause.kind}`)
          if (cause.kind === 'evicted') evicted.push(entry.priority)
        },
      },
    )
  return { repository, time, open, removals, evicted }
}

const entryIn = (namespace: string, key: string, overrides: Partial<CacheEntry> = {}) =>
  entryFixture({ ...overrides, namespace, key })

interface Step {
  readonly kind: 'set' | 'read' | 'delete' | 'clear'
  readonly namespace: 'a' | 'b' | 'c'
  readonly key: number
  readonly priority: CachePriority
  readonly sizeBytes: number
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...(['set', 'set', 'set', 'read', 'delete', 'clear'] as const)),
  namespace: fc.constantFrom(...(['a', 'b', 'c'] as const)),
  key: fc.nat({ max: 9 }),
  priority: fc.constantFrom(...CACHE_PRIORITIES),
  sizeBytes: fc.constantFrom(1, 300, 900),
})

function take(store: MemoryStore, { kind, namespace, key, priority, sizeBytes }: Step): void {
  const entry = entryFixture({ namespace, key: `key:${key}`, priority, sizeBytes })
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

describe('MemoryCacheRepository', () => {
  it('holds all namespaces together within its limits, whatever they do', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 100 }),
        fc.constantFrom({ maxEntries: 4 }, { maxBytes: 3000 }, { maxEntries: 6, maxBytes: 4000 }),
        (steps, limits: { maxEntries?: number; maxBytes?: number }) => {
          const { open, evicted } = repositoryOf(limits)
          const stores = {
            a: open('a'),
            b: open('b', { evictionPolicy: 'lfu' }),
            c: open('c', { maxEntries: 2 }),
          }
          for (const each of steps) {
            take(stores[each.namespace], each)
            const { entries, bytes } = total(Object.values(stores))
            expect(entries).toBeLessThanOrEqual(limits.maxEntries ?? entries)
            expect(bytes).toBeLessThanOrEqual(limits.maxBytes ?? bytes)
          }
          const held = Object.values(stores).flatMap((store) => store.list(100, undefined).entries)
          expect(held.length).toBe(total(Object.values(stores)).entries)
          expect(evicted).not.toContain('critical')
        },
      ),
      { numRuns: 200 },
    )
  })

  it('lets the longest unread entry leave at its limit, whichever namespace writes', async () => {
    const { time, open, removals } = repositoryOf({ maxEntries: 3 })
    const [a, b] = [open('a'), open('b')]
    const set = async (store: MemoryStore, key: string): Promise<void> => {
      store.set(entryIn('any', key, { createdAtMs: time.nowMs }))
      await time.advance(10)
    }
    await set(a, 'one')
    await set(b, 'two')
    await set(a, 'three')
    a.read(entryIn('a', 'one').key)
    await set(a, 'four')
    await set(b, 'five')
    expect(removals).toEqual(['b two evicted', 'a three evicted'])
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

import { describe, expect, it } from 'vitest'
import { NearStore } from '../../../../src/application/services/coherence/near-store.ts'
import { MarkTable } from '../../../../src/application/services/mark-table.ts'
import type { FlightMembership } from '../../../../src/application/services/single-flight.ts'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import {
  DEFAULT_NAMESPACE,
  resolveNamespace,
} from '../../../../src/core/entities/cache-namespace.ts'
import {
  isMemoryStore,
  type MemoryStore,
  type RemovalCause,
} from '../../../../src/core/protocols/cache-repository.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { MemoryCacheRepository } from '../../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { type EntryOverrides, entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock, FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../../fakes/fake-random.ts'
import { positionedFixture } from '../../../fakes/mark-fixture.ts'

const KEY = 'key' as CacheKey
const OTHER = 'other' as CacheKey
const NAMESPACE = 'default'

/** A near store over real memory, whose node is as the test says. */
function stage() {
  const { clock, advance } = createFakeClock()
  const removals: RemovalCause[] = []
  const marks = new MarkTable(() => ({ generation: 'fixture', seq: 0 }))
  const settings = resolveNamespace({ name: NAMESPACE, ...DEFAULT_NAMESPACE }, {}, FAKE_START_MS)
  const store = new MemoryCacheRepository({
    clock,
    random: fakeRandom(),
    maxBytes: parseSize('8mb', 'maxBytes'),
  }).open(settings, {
    validity: marks.withoutKeys,
    onRemoved: (_, cause) => void removals.push(cause),
  })
  if (!isMemoryStore(store)) throw new Error('expected memory')
  const node = {
    isCoherent: true,
    pendingMarks: 0,
    awaited: new Set<CacheKey>(),
    asked: [] as string[],
    isAwaitingMark(namespace: string, { key }: FlightMembership): boolean {
      node.asked.push(namespace)
      return node.awaited.has(key)
    },
  }
  const memory: MemoryStore = store
  const near = new NearStore({ memory, marks, node, namespace: NAMESPACE, clock })
  return { near, memory, node, marks, removals, settings, advance }
}

function entry(overrides: EntryOverrides<unknown> = {}): CacheEntry {
  return entryFixture({
    namespace: NAMESPACE,
    birth: { generation: 'fixture', seq: 5 },
    ...overrides,
  })
}

const keyMark = (seq: number, overrides = {}) =>
  positionedFixture(seq, { kind: 'key', key: KEY }, overrides)

describe('NearStore, while its node is coherent', () => {
  it('answers from memory', () => {
    const { near } = stage()
    expect(near.set(entry())).toBe(true)
    expect(near.read(KEY)).toBe('value')
    expect(near.get(KEY)?.value).toBe('value')
    expect(near.read(OTHER)).toBeUndefined()
    expect(near.get(OTHER)).toBeUndefined()
  })

  it('answers nothing that a mark in the outbox reaches, and what it does not reach by get alone', () => {
    const { near, node } = stage()
    near.set(entry())
    near.set(entry({ key: OTHER }))
    node.pendingMarks = 1
    node.awaited.add(KEY)
    expect(near.get(KEY)).toBeUndefined()
    expect(near.get(OTHER)?.key).toBe(OTHER)
    // Asking the outbox takes time that the way of a hit doesn't have: there nothing counts.
    expect(near.read(KEY)).toBeUndefined()
    expect(near.read(OTHER)).toBeUndefined()
    node.pendingMarks = 0
    expect(near.read(OTHER)).toBe('value')
    expect(new Set(node.asked)).toEqual(new Set([NAMESPACE]))
  })

  it('takes nothing that a mark in the outbox reaches', () => {
    const { near, node, memory } = stage()
    node.awaited.add(KEY)
    expect(near.set(entry())).toBe(false)
    expect(memory.get(KEY)).toBeUndefined()
    node.awaited.clear()
    expect(near.set(entry())).toBe(true)
  })

  it('does not answer what was kept while it was alone', () => {
    const { near, node } = stage()
    node.isCoherent = false
    near.keepAlone(entry(), 1500)
    expect(near.get(KEY)).toBeDefined()
    node.isCoherent = true
    expect(near.get(KEY)).toBeUndefined()
  })

  it('hands changed settings to its memory', () => {
    const { near, memory, settings } = stage()
    near.set(entry())
    near.set(entry({ key: OTHER }))
    near.configure({ ...settings, maxEntries: 1 })
    memory.expire(100)
    expect(memory.usage().entries).toBe(1)
  })
})

describe('NearStore, while its node is not coherent', () => {
  it('answers nothing from memory, and again what is there once it is', () => {
    const { near, node } = stage()
    near.set(entry())
    node.isCoherent = false
    expect(near.read(KEY)).toBeUndefined()
    expect(near.get(KEY)).toBeUndefined()
    node.isCoherent = true
    expect(near.read(KEY)).toBe('value')
    expect(near.get(KEY)?.value).toBe('value')
  })

  it('answers what it made itself until that instant, and not at it', async () => {
    const { near, node, advance } = stage()
    node.isCoherent = false
    near.keepAlone(entry(), 1500)
    await advance(1499)
    expect(near.get(KEY)?.value).toBe('value')
    await advance(1)
    expect(near.get(KEY)).toBeUndefined()
  })

  it('answers what it made itself fresh or stale, and not once it is dead', async () => {
    const { near, node, advance } = stage()
    node.isCoherent = false
    const expiresAtMs = FAKE_START_MS + 100
    near.keepAlone(entry({ expiresAtMs, staleUntilMs: expiresAtMs + 50 }), 1500)
    await advance(149)
    expect(near.get(KEY)?.value).toBe('value')
    await advance(1)
    expect(near.get(KEY)).toBeUndefined()
  })

  it('keeps the newest of a key', () => {
    const { near, node } = stage()
    node.isCoherent = false
    near.keepAlone(entry({ value: 'old' }), 1500)
    near.keepAlone(entry({ value: 'new' }), 1500)
    expect(near.get(KEY)?.value).toBe('new')
  })

  it('answers nothing that a mark has reached, soft or hard, or waits to', () => {
    const { near, node, marks } = stage()
    node.isCoherent = false
    for (const soft of [true, false]) {
      near.keepAlone(entry(), 1500)
      marks.apply(keyMark(5, { soft }), undefined)
      expect(near.get(KEY)).toBeDefined()
      marks.apply(keyMark(6, { soft }), undefined)
      expect(near.get(KEY)).toBeUndefined()
      marks.clear()
      // What was found to be wrong is gone.
      expect(near.get(KEY)).toBeUndefined()
    }
    near.keepAlone(entry(), 1500)
    node.awaited.add(KEY)
    expect(near.get(KEY)).toBeUndefined()
  })

  it('keeps ten thousand, and lets the oldest go for one more', () => {
    const { near, node } = stage()
    node.isCoherent = false
    const keep = (at: number): void => near.keepAlone(entry({ key: `key:${at}` }), 1500)
    for (let at = 0; at < 10_000; at += 1) keep(at)
    keep(0)
    expect(near.get('key:1' as CacheKey)).toBeDefined()
    keep(10_000)
    expect(near.get('key:0' as CacheKey)).toBeDefined()
    expect(near.get('key:1' as CacheKey)).toBeUndefined()
    expect(near.get('key:2' as CacheKey)).toBeDefined()
  })

  it('forgets all of it when told so', () => {
    const { near, node, memory } = stage()
    near.set(entry())
    near.keepAlone(entry({ key: OTHER }), 1500)
    near.clear()
    expect(memory.usage().entries).toBe(0)
    node.isCoherent = false
    expect(near.get(OTHER)).toBeUndefined()
  })
})

describe('NearStore, when a mark of a key is applied', () => {
  it('drops what was born before it, and keeps what was born at it', () => {
    const { near, memory } = stage()
    near.set(entry())
    near.apply(keyMark(5))
    expect(memory.get(KEY)).toBeDefined()
    near.apply(keyMark(6))
    expect(memory.get(KEY)).toBeUndefined()
  })

  it('says why it left', () => {
    const { near, removals } = stage()
    const invalidation = keyMark(6)
    near.set(entry())
    near.apply(invalidation)
    near.set(entry())
    near.apply(keyMark(7, { act: 'delete' }))
    expect(removals).toEqual([{ kind: 'invalidated', ...invalidation }, { kind: 'deleted' }])
  })

  it('leaves a soft mark, and marks of other scopes, to the table', () => {
    const { near, memory } = stage()
    near.set(entry())
    near.apply(keyMark(6, { soft: true }))
    near.apply(positionedFixture(7, { kind: 'prefix', prefix: '' }))
    expect(memory.get(KEY)).toBeDefined()
  })

  it('drops what was kept alone, in any case', () => {
    const { near, node, marks } = stage()
    node.isCoherent = false
    near.keepAlone(entry(), 1500)
    near.apply(keyMark(3))
    expect(marks.size).toBe(0)
    expect(near.get(KEY)).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { DEFAULT_NAMESPACE } from '../../../../src/core/entities/cache-namespace.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { lruPolicy } from '../../../../src/infrastructure/repositories/memory/lru-policy.ts'
import { MemoryBudget } from '../../../../src/infrastructure/repositories/memory/memory-budget.ts'
import {
  FULL_OF_CRITICAL,
  MemoryLimits,
  TOO_LARGE,
} from '../../../../src/infrastructure/repositories/memory/memory-limits.ts'
import {
  accessedAtMs,
  chargeOf,
  type MemorySlot,
} from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { MemorySpace } from '../../../../src/infrastructure/repositories/memory/memory-space.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'
import { slotFixture } from './order-property.ts'

interface Options {
  readonly maxEntries?: number
  readonly maxBytes?: number
  readonly sharedEntries?: number
  readonly sharedBytes?: number
}

/** A space, the budget above it, and the keys of who had to go with the rule. */
function stage({ maxEntries, maxBytes, sharedEntries, sharedBytes }: Options) {
  const evicted: string[] = []
  const shared = new MemoryLimits(sharedEntries, sharedBytes)
  const namespace = {
    ...DEFAULT_NAMESPACE,
    name: 'a',
    maxEntries,
    maxBytes: maxBytes === undefined ? undefined : parseSize(maxBytes, 'maxBytes'),
  }
  const budget = new MemoryBudget(shared, lruPolicy, createFakeClock().clock)
  const space = new MemorySpace(namespace, budget, (slot, cause) =>
    evicted.push(`${slot.key} ${'rule' in cause ? cause.rule : cause.kind}`),
  )
  return { space, shared, evicted, namespace }
}

const nothingOld = () => undefined
const entry = entryFixture({ key: 'new' })

describe('MemorySpace', () => {
  it('counts what is in it, in its own limits and in the common ones', () => {
    const { space, shared } = stage({})
    const slot = slotFixture('key')
    space.add(slot)
    expect([space.entries, space.bytes, shared.entries, shared.bytes]).toEqual([
      1,
      slot.chargedBytes,
      1,
      slot.chargedBytes,
    ])
    space.remove(slot)
    expect([space.entries, space.bytes, shared.entries, shared.bytes]).toEqual([0, 0, 0, 0])
  })

  it('is empty after clear(), and takes only its own out of the common count', () => {
    const { space, shared } = stage({})
    shared.add(slotFixture('of another'))
    space.add(slotFixture('key'))
    space.clear()
    expect([space.entries, shared.entries, space.victim(undefined)]).toEqual([0, 1, undefined])
  })

  it('counts a use in the slot, with its time', () => {
    const { space } = stage({})
    const slot = slotFixture('key')
    space.add(slot)
    space.use(slot, 77)
    expect([slot.accessCount, accessedAtMs(slot, 80)]).toEqual([1, 77])
  })

  it('makes as many leave as it takes, by its policy', () => {
    const { space, evicted } = stage({ maxBytes: 4 * chargeOf(entry) })
    for (const key of ['1st', '2nd', '3rd', '4th']) space.add(slotFixture(key))
    const large = entryFixture({ key: 'new', sizeBytes: 100 + chargeOf(entry) })
    expect(space.makeRoomFor(large, nothingOld)).toBeUndefined()
    expect(evicted).toEqual(['1st lru', '2nd lru'])
  })

  it('makes nobody leave for an entry that couldn’t come in anyway', () => {
    const { space, evicted } = stage({ maxBytes: 2 * chargeOf(entry) })
    space.add(slotFixture('low', { priority: 'low', sizeBytes: 1 }))
    space.add(slotFixture('crt', { priority: 'critical' }))
    const huge = entryFixture({ key: 'new', sizeBytes: 10_000 })
    expect(space.makeRoomFor(huge, nothingOld)).toBe(TOO_LARGE)
    const large = entryFixture({ key: 'new', sizeBytes: 101 })
    expect(space.makeRoomFor(large, nothingOld)).toBe(FULL_OF_CRITICAL)
    expect(evicted).toEqual([])
  })

  it('refuses by the common limits as well', () => {
    const { space, evicted } = stage({ sharedBytes: 2 * chargeOf(entry) })
    space.add(slotFixture('low', { priority: 'low', sizeBytes: 1 }))
    space.add(slotFixture('crt', { priority: 'critical' }))
    const large = entryFixture({ key: 'new', sizeBytes: 101 })
    expect(space.makeRoomFor(large, nothingOld)).toBe(FULL_OF_CRITICAL)
    expect(evicted).toEqual([])
  })

  it('makes room under the common limits', () => {
    const { space, evicted } = stage({ sharedEntries: 2 })
    space.add(slotFixture('1st'))
    space.add(slotFixture('2nd'))
    expect(space.makeRoomFor(entry, nothingOld)).toBeUndefined()
    expect(evicted).toEqual(['1st lru'])
  })

  it('counts what the entry replaces as room, and never evicts it', () => {
    const { space, evicted } = stage({ maxEntries: 2, sharedEntries: 2 })
    const old = slotFixture('new')
    space.add(old)
    space.add(slotFixture('other'))
    expect(space.makeRoomFor(entry, () => old)).toBeUndefined()
    expect(evicted).toEqual([])
    const { space: byBytes, evicted: left } = stage({ maxBytes: 2 * chargeOf(entry) })
    const small = slotFixture('new', { sizeBytes: 1 })
    byBytes.add(small)
    byBytes.add(slotFixture('2nd'))
    const larger = entryFixture({ key: 'new', sizeBytes: 101 })
    expect(byBytes.makeRoomFor(larger, () => small)).toBeUndefined()
    expect(left).toEqual(['2nd lru'])
    const { space: byShared, evicted: gone } = stage({ sharedBytes: 2 * chargeOf(entry) })
    byShared.add(small)
    byShared.add(slotFixture('2nd'))
    expect(byShared.makeRoomFor(larger, () => small)).toBeUndefined()
    expect(gone).toEqual(['2nd lru'])
  })

  it('gives up when a listener fills it with critical entries meanwhile', () => {
    for (const options of [{ maxEntries: 2 }, { sharedEntries: 2 }]) {
      const { space } = stage(options)
      const slots: MemorySlot[] = [slotFixture('1st'), slotFixture('2nd')]
      for (const slot of slots) space.add(slot)
      const fill = (): undefined => {
        // Asked again after an eviction: as if a listener had put a critical one there.
        while (space.entries < 2) space.add(slotFixture('crt', { priority: 'critical' }))
      }
      expect(space.makeRoomFor(entry, fill)).toBe(FULL_OF_CRITICAL)
    }
  })

  it('makes those leave who are over a lowered limit, critical ones last, so many at a time', () => {
    const { space, evicted, namespace } = stage({})
    space.add(slotFixture('crt', { priority: 'critical' }))
    for (const key of ['1st', '2nd', '3rd']) space.add(slotFixture(key))
    expect(space.evictExcess(0)).toBe(true)
    space.configure({ ...namespace, maxEntries: 1 })
    expect(space.evictExcess(2)).toBe(false)
    expect(evicted).toEqual(['1st lru', '2nd lru'])
    expect(space.evictExcess(1)).toBe(true)
    expect(evicted).toEqual(['1st lru', '2nd lru', '3rd lru'])
    space.configure({ ...namespace, maxBytes: parseSize(1, 'maxBytes') })
    expect(space.evictExcess(1)).toBe(true)
    expect(evicted.at(-1)).toBe('crt lru')
  })

  it('keeps the order of leaving when the policy changes', () => {
    const { space, evicted, namespace } = stage({})
    const slots = ['1st', '2nd', '3rd'].map((key) => slotFixture(key))
    for (const slot of slots) space.add(slot)
    const [first] = slots
    if (first !== undefined) space.use(first, 0)
    space.configure({ ...namespace, evictionPolicy: 'fifo', maxEntries: 1 })
    expect(space.evictExcess(10)).toBe(true)
    expect(evicted).toEqual(['2nd fifo', '3rd fifo'])
  })
})

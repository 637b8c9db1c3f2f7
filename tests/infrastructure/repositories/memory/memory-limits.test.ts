import { describe, expect, it } from 'vitest'
import {
  FULL_OF_CRITICAL,
  MemoryLimits,
  TOO_LARGE,
} from '../../../../src/infrastructure/repositories/memory/memory-limits.ts'
import { chargeOf } from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { slotFixture } from './order-property.ts'

const entry = entryFixture({ sizeBytes: 100 })
const charge = chargeOf(entry)

describe('MemoryLimits', () => {
  it('counts entries and bytes of what is added, until it is removed', () => {
    const limits = new MemoryLimits(undefined, undefined)
    const slot = slotFixture('key', { priority: 'critical' })
    limits.add(slot)
    limits.add(slotFixture('key'))
    expect([limits.entries, limits.bytes]).toEqual([2, 2 * charge])
    limits.remove(slot)
    expect([limits.entries, limits.bytes]).toEqual([1, charge])
  })

  it('counts another one out, as a whole, critical entries too', () => {
    const all = new MemoryLimits(2, undefined)
    const own = new MemoryLimits(undefined, undefined)
    for (const limits of [all, own]) limits.add(slotFixture('key', { priority: 'critical' }))
    all.add(slotFixture('other', { priority: 'critical' }))
    expect(all.refusalOf(entry, undefined)).toBe(FULL_OF_CRITICAL)
    all.removeAll(own)
    expect([all.entries, all.bytes]).toEqual([1, charge + 2])
    expect(all.refusalOf(entry, undefined)).toBeUndefined()
    own.removeAll(own)
    expect([own.entries, own.bytes]).toEqual([0, 0])
  })

  it.each([
    { maxEntries: 1, maxBytes: undefined, isExceeded: false },
    { maxEntries: undefined, maxBytes: charge, isExceeded: false },
    { maxEntries: undefined, maxBytes: charge - 1, isExceeded: true },
    { maxEntries: 0, maxBytes: undefined, isExceeded: true },
  ])(
    'says of one entry with $maxEntries entries and $maxBytes bytes allowed: exceeded $isExceeded',
    (row) => {
      const limits = new MemoryLimits(row.maxEntries, row.maxBytes)
      limits.add(slotFixture('key'))
      expect(limits.isExceeded).toBe(row.isExceeded)
    },
  )

  it('has room for an entry up to the limit, and in the place of another', () => {
    const limits = new MemoryLimits(2, 2 * charge)
    const old = slotFixture('key')
    limits.add(old)
    expect(limits.hasRoomFor(entry, undefined)).toBe(true)
    limits.add(slotFixture('key'))
    expect(limits.hasRoomFor(entry, undefined)).toBe(false)
    expect(limits.hasRoomFor(entry, old)).toBe(true)
    expect(limits.hasRoomFor(entryFixture({ sizeBytes: 101 }), old)).toBe(false)
  })

  it('refuses an entry that alone is over the limit in bytes', () => {
    expect(new MemoryLimits(undefined, charge).refusalOf(entry, undefined)).toBeUndefined()
    expect(new MemoryLimits(undefined, charge - 1).refusalOf(entry, undefined)).toBe(TOO_LARGE)
  })

  it('refuses an entry that critical ones leave no room for, in entries or in bytes', () => {
    const byEntries = new MemoryLimits(2, undefined)
    const byBytes = new MemoryLimits(undefined, 2 * charge)
    for (const limits of [byEntries, byBytes]) {
      limits.add(slotFixture('key', { priority: 'high' }))
      const critical = slotFixture('key', { priority: 'critical' })
      limits.add(critical)
      expect(limits.refusalOf(entry, undefined)).toBeUndefined()
      limits.add(slotFixture('key', { priority: 'critical' }))
      expect(limits.refusalOf(entry, undefined)).toBe(FULL_OF_CRITICAL)
      // In the place of a critical one there is room; in that of a lower one there is none.
      expect(limits.refusalOf(entry, critical)).toBeUndefined()
      expect(limits.refusalOf(entry, slotFixture('key'))).toBe(FULL_OF_CRITICAL)
      limits.remove(critical)
      expect(limits.refusalOf(entry, undefined)).toBeUndefined()
    }
  })
})

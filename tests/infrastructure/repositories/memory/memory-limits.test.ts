import { describe, expect, it } from 'vitest'
import {
  FULL_OF_CRITICAL,
  MAX_CHARGE_BYTES,
  MemoryLimits,
  TOO_LARGE,
} from '../../../../src/infrastructure/repositories/memory/memory-limits.ts'
import { CRITICAL_RANK } from '../../../../src/infrastructure/repositories/memory/slot-layout.ts'

const CHARGE = 100
const LOW = 0
const HIGH = 2

describe('MemoryLimits', () => {
  it('counts entries and bytes of what is added, until it is removed', () => {
    const limits = new MemoryLimits(undefined, undefined)
    limits.add(CHARGE, CRITICAL_RANK)
    limits.add(7, LOW)
    expect([limits.entries, limits.bytes]).toEqual([2, CHARGE + 7])
    limits.remove(CHARGE, CRITICAL_RANK)
    expect([limits.entries, limits.bytes]).toEqual([1, 7])
  })

  it('counts another one out, as a whole, critical entries too', () => {
    const all = new MemoryLimits(2, undefined)
    const own = new MemoryLimits(undefined, undefined)
    for (const limits of [all, own]) limits.add(CHARGE, CRITICAL_RANK)
    all.add(7, CRITICAL_RANK)
    expect(all.refusalOf(1, 0)).toBe(FULL_OF_CRITICAL)
    all.removeAll(own)
    expect([all.entries, all.bytes]).toEqual([1, 7])
    expect(all.refusalOf(1, 0)).toBeUndefined()
    own.removeAll(own)
    expect([own.entries, own.bytes]).toEqual([0, 0])
    own.maxEntries = 1
    expect(own.refusalOf(1, 0)).toBeUndefined()
  })

  it.each([
    { maxEntries: 1, maxBytes: undefined, isExceeded: false },
    { maxEntries: undefined, maxBytes: CHARGE, isExceeded: false },
    { maxEntries: undefined, maxBytes: CHARGE - 1, isExceeded: true },
    { maxEntries: 0, maxBytes: undefined, isExceeded: true },
    { maxEntries: undefined, maxBytes: undefined, isExceeded: false },
  ])(
    'says of one entry with $maxEntries entries and $maxBytes bytes allowed: exceeded $isExceeded',
    (row) => {
      const limits = new MemoryLimits(row.maxEntries, row.maxBytes)
      limits.add(CHARGE, LOW)
      expect(limits.isExceeded).toBe(row.isExceeded)
    },
  )

  it('has room for an entry up to the limit, and in the place of another', () => {
    const limits = new MemoryLimits(2, 2 * CHARGE)
    limits.add(CHARGE, LOW)
    expect(limits.hasRoomFor(CHARGE, 0)).toBe(true)
    expect(limits.hasRoomFor(CHARGE + 1, 0)).toBe(false)
    limits.add(CHARGE, LOW)
    expect(limits.hasRoomFor(1, 0)).toBe(false)
    expect(limits.hasRoomFor(CHARGE, CHARGE)).toBe(true)
    expect(limits.hasRoomFor(CHARGE + 1, CHARGE)).toBe(false)
  })

  it('says whether it is the number of entries that leaves no room', () => {
    const limits = new MemoryLimits(1, CHARGE)
    expect(limits.lacksEntries(0)).toBe(false)
    limits.add(1, LOW)
    expect(limits.lacksEntries(0)).toBe(true)
    expect(limits.lacksEntries(1)).toBe(false)
    expect(new MemoryLimits(undefined, 1).lacksEntries(0)).toBe(false)
  })

  it('goes by limits that are set later', () => {
    const limits = new MemoryLimits(undefined, undefined)
    limits.add(CHARGE, LOW)
    limits.maxBytes = CHARGE - 1
    expect(limits.isExceeded).toBe(true)
    limits.maxBytes = CHARGE
    limits.maxEntries = 0
    expect(limits.isExceeded).toBe(true)
  })

  it('refuses an entry that alone is over the limit in bytes, or over what a column holds', () => {
    expect(new MemoryLimits(undefined, CHARGE).refusalOf(CHARGE, 0)).toBeUndefined()
    expect(new MemoryLimits(undefined, CHARGE - 1).refusalOf(CHARGE, 0)).toBe(TOO_LARGE)
    const endless = new MemoryLimits(undefined, undefined)
    expect(endless.refusalOf(MAX_CHARGE_BYTES, 0)).toBeUndefined()
    expect(endless.refusalOf(MAX_CHARGE_BYTES + 1, 0)).toBe(TOO_LARGE)
  })

  it('refuses an entry that critical ones leave no room for, in entries or in bytes', () => {
    const byEntries = new MemoryLimits(2, undefined)
    const byBytes = new MemoryLimits(undefined, 2 * CHARGE)
    for (const limits of [byEntries, byBytes]) {
      limits.add(CHARGE, HIGH)
      limits.add(CHARGE, CRITICAL_RANK)
      expect(limits.refusalOf(CHARGE, 0)).toBeUndefined()
      limits.add(CHARGE, CRITICAL_RANK)
      expect(limits.refusalOf(CHARGE, 0)).toBe(FULL_OF_CRITICAL)
      // In the place of a critical one there is room.
      expect(limits.refusalOf(CHARGE, CHARGE)).toBeUndefined()
      limits.remove(CHARGE, CRITICAL_RANK)
      expect(limits.refusalOf(CHARGE, 0)).toBeUndefined()
    }
  })
})

import { describe, expect, it } from 'vitest'
import { CACHE_PRIORITIES } from '../../../../src/core/value-objects/cache-priority.ts'
import {
  CRITICAL_RANK,
  chargeOf,
  entryOf,
  memorySlot,
  moveLife,
  NEVER_CHECKED,
  PRIORITY_WEIGHTS,
  SLOT_OVERHEAD_BYTES,
  softInvalidate,
} from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { slotFixture } from './order-property.ts'

describe('memorySlot()', () => {
  it('holds every field of the entry, and gives it back as a copy', () => {
    const entry = entryFixture({
      tags: [],
      accessCount: 3,
      isSoftInvalidated: true,
      expiresAtMs: 9,
    })
    const slot = memorySlot(entry)
    expect(slot).toMatchObject(entry)
    const copy = entryOf(slot)
    expect(copy).toStrictEqual(entry)
    slot.accessCount += 1
    expect(copy.accessCount).toBe(3)
  })

  it('was never compared with the marks', () => {
    expect(slotFixture('a').checkedVersion).toBe(NEVER_CHECKED)
  })

  it('is fresh to its end, and never if a soft mark reached it before it came', () => {
    expect(slotFixture('a', { expiresAtMs: 9 }).freshUntilMs).toBe(9)
    const marked = slotFixture('a', { expiresAtMs: 9, isSoftInvalidated: true })
    expect(marked.freshUntilMs).toBe(Number.NEGATIVE_INFINITY)
  })

  it('ranks by priority, critical the highest', () => {
    const ranks = CACHE_PRIORITIES.map((priority) => slotFixture('a', { priority }).rank)
    expect(ranks).toEqual([0, 1, 2, 3])
    expect(slotFixture('a', { priority: 'critical' }).rank).toBe(CRITICAL_RANK)
    expect(PRIORITY_WEIGHTS).toHaveLength(ranks.length)
  })
})

describe('chargeOf()', () => {
  it('counts the value, the characters of the key, and the slot', () => {
    expect(chargeOf(entryFixture({ key: 'user:1', sizeBytes: 50 }))).toBe(
      50 + 6 + SLOT_OVERHEAD_BYTES,
    )
  })
})

describe('moveLife()', () => {
  it('moves both ends', () => {
    const slot = slotFixture('a', { expiresAtMs: 5 })
    moveLife(slot, { expiresAtMs: 7, staleUntilMs: 9 })
    expect([slot.expiresAtMs, slot.staleUntilMs, slot.freshUntilMs]).toEqual([7, 9, 7])
  })

  it('changes nothing without a life', () => {
    const slot = slotFixture('a', { expiresAtMs: 5 })
    moveLife(slot, undefined)
    expect([slot.expiresAtMs, slot.staleUntilMs, slot.freshUntilMs]).toEqual([5, 5, 5])
  })

  it('makes nothing fresh that a soft mark reached', () => {
    const slot = slotFixture('a', { expiresAtMs: 5 })
    softInvalidate(slot)
    moveLife(slot, { expiresAtMs: 7, staleUntilMs: 9 })
    expect(slot.freshUntilMs).toBe(Number.NEGATIVE_INFINITY)
  })
})

describe('softInvalidate()', () => {
  it('makes the slot stale, and says so in its entry', () => {
    const slot = slotFixture('a', { expiresAtMs: 5 })
    softInvalidate(slot)
    expect(slot.freshUntilMs).toBe(Number.NEGATIVE_INFINITY)
    expect(entryOf(slot)).toMatchObject({ isSoftInvalidated: true, expiresAtMs: 5 })
  })
})

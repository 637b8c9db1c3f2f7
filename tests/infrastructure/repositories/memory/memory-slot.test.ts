import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freshnessAt } from '../../../../src/core/entities/cache-entry.ts'
import { CACHE_PRIORITIES } from '../../../../src/core/value-objects/cache-priority.ts'
import { parseDuration } from '../../../../src/core/value-objects/duration.ts'
import {
  accessedAtMs,
  CRITICAL_RANK,
  chargeOf,
  countUse,
  entryOf,
  isSurelyFresh,
  memorySlot,
  moveLife,
  NEVER_CHECKED,
  PRIORITY_WEIGHTS,
  SLOT_OVERHEAD_BYTES,
  softInvalidate,
} from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'
import { slotFixture } from './order-property.ts'

const A_YEAR_MS = 31_557_600_000

describe('memorySlot()', () => {
  it('holds every field of the entry, and gives it back as a copy', () => {
    const entry = entryFixture({ accessCount: 3, isSoftInvalidated: true, expiresAtMs: 9 })
    const slot = memorySlot(entry, 0)
    const copy = entryOf(slot, 5)
    expect(copy).toStrictEqual(entry)
    countUse(slot, 5)
    expect(copy.accessCount).toBe(3)
  })

  it('was never compared with the marks', () => {
    expect(slotFixture('a').checkedVersion).toBe(NEVER_CHECKED)
  })

  it('ranks by priority, critical the highest', () => {
    const ranks = CACHE_PRIORITIES.map((priority) => slotFixture('a', { priority }).rank)
    expect(ranks).toEqual([0, 1, 2, 3])
    expect(slotFixture('a', { priority: 'critical' }).rank).toBe(CRITICAL_RANK)
    expect(PRIORITY_WEIGHTS).toHaveLength(ranks.length)
  })
})

describe('isSurelyFresh()', () => {
  it('never says yes of an entry that isn’t fresh, and says yes of most that are', () => {
    const base = fc.constantFrom(0, FAKE_START_MS)
    const lifeMs = fc.oneof(
      fc.integer({ min: -500, max: 500 }),
      fc.constantFrom(A_YEAR_MS, Number.POSITIVE_INFINITY),
    )
    const elapsed = fc.integer({ min: -500, max: 600 })
    fc.assert(
      fc.property(
        base,
        lifeMs,
        elapsed,
        fc.boolean(),
        (baseMs, endMs, elapsedMs, isSoftInvalidated) => {
          const entry = entryFixture({ expiresAtMs: baseMs + endMs, isSoftInvalidated })
          const isFresh = freshnessAt(entry, baseMs + elapsedMs) === 'fresh'
          const isSure = isSurelyFresh(memorySlot(entry, baseMs), elapsedMs)
          if (isSure) expect(isFresh).toBe(true)
          const isFarFromEnd = endMs >= 0 && elapsedMs + 64 < endMs
          if (isFresh && isFarFromEnd) expect(isSure).toBe(true)
        },
      ),
    )
  })

  it.each([
    { expiresAtMs: 128, elapsedMs: 127, isSure: true },
    { expiresAtMs: 128, elapsedMs: 128, isSure: false },
    { expiresAtMs: 191, elapsedMs: 127, isSure: true },
    { expiresAtMs: 191, elapsedMs: 128, isSure: false },
    { expiresAtMs: 63, elapsedMs: 0, isSure: false },
    { expiresAtMs: Number.POSITIVE_INFINITY, elapsedMs: 4 * A_YEAR_MS, isSure: true },
    { expiresAtMs: Number.POSITIVE_INFINITY, elapsedMs: 5 * A_YEAR_MS, isSure: false },
  ])(
    'of an end at $expiresAtMs is $isSure after $elapsedMs ms',
    ({ expiresAtMs, elapsedMs, isSure }) => {
      expect(isSurelyFresh(slotFixture('a', { expiresAtMs }), elapsedMs)).toBe(isSure)
    },
  )

  it('leaves entries that slide to a closer look', () => {
    const slidingTtlMs = parseDuration('1h', 'slidingTtl')
    expect(isSurelyFresh(slotFixture('a', { slidingTtlMs }), 0)).toBe(false)
  })
})

describe('accessedAtMs()', () => {
  it('is what the entry said until it is read, however long ago that was', () => {
    const slot = slotFixture('a', { accessedAtMs: 5 })
    expect(accessedAtMs(slot, FAKE_START_MS)).toBe(5)
  })

  it('is the instant of the last read, for 24 days and also when the clock was set back', () => {
    const slot = slotFixture('a')
    countUse(slot, FAKE_START_MS)
    const dayMs = 86_400_000
    for (const laterMs of [0, 1, 24 * dayMs, -1, -24 * dayMs]) {
      expect(accessedAtMs(slot, FAKE_START_MS + laterMs)).toBe(FAKE_START_MS)
    }
  })
})

describe('countUse()', () => {
  it('counts up to 2^31 - 1 and stays there', () => {
    const slot = slotFixture('a', { accessCount: 2 ** 31 - 2 })
    countUse(slot, 1)
    expect(slot.accessCount).toBe(2 ** 31 - 1)
    countUse(slot, 2)
    expect(slot.accessCount).toBe(2 ** 31 - 1)
    expect(accessedAtMs(slot, 2)).toBe(2)
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
    const slot = slotFixture('a', { expiresAtMs: 64 })
    moveLife(slot, { expiresAtMs: 128, staleUntilMs: 200 }, 0)
    expect([slot.expiresAtMs, slot.staleUntilMs]).toEqual([128, 200])
    expect([isSurelyFresh(slot, 127), isSurelyFresh(slot, 128)]).toEqual([true, false])
  })

  it('changes nothing without a life', () => {
    const slot = slotFixture('a', { expiresAtMs: 64 })
    moveLife(slot, undefined, 0)
    expect([slot.expiresAtMs, slot.staleUntilMs, isSurelyFresh(slot, 63)]).toEqual([64, 64, true])
  })

  it('makes nothing fresh that a soft mark reached', () => {
    const slot = slotFixture('a', { expiresAtMs: 64 })
    softInvalidate(slot)
    moveLife(slot, { expiresAtMs: 128, staleUntilMs: 200 }, 0)
    expect(isSurelyFresh(slot, 0)).toBe(false)
  })
})

describe('softInvalidate()', () => {
  it('makes the slot stale, and says so in its entry', () => {
    const slot = slotFixture('a', { expiresAtMs: 64 })
    expect(isSurelyFresh(slot, 0)).toBe(true)
    softInvalidate(slot)
    expect(isSurelyFresh(slot, 0)).toBe(false)
    expect(entryOf(slot, 0)).toMatchObject({ isSoftInvalidated: true, expiresAtMs: 64 })
  })
})

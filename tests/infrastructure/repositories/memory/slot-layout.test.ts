import { describe, expect, it } from 'vitest'
import {
  CACHE_PRIORITIES,
  priorityRank,
} from '../../../../src/core/value-objects/cache-priority.ts'
import {
  ATTENTION,
  COUNT_BITS,
  CRITICAL_RANK,
  FORM_MASK,
  HIGHER_SHIFT,
  HINT_BITS,
  HINT_MASK,
  HINT_SHIFT,
  MAX_ACCESS_COUNT,
  MAX_UNITS,
  NEVER,
  OTHER_ORDER,
  PROFILE_BITS,
  PROFILE_MASK,
  PROFILE_SHIFT,
  RECORD_MASK,
  REMAINDER_MASK,
  SOFT,
  TICK_MS,
  UNIT_MS,
  WATCHED,
} from '../../../../src/infrastructure/repositories/memory/slot-layout.ts'
import {
  QUEUE_SHIFT,
  RANK_MASK,
  USES_MASK,
} from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'

/** The storage's bits of `META`, as its protocol says. */
const STORAGE_MASK = 15 << 8

/** True if no bit is in two of the fields. */
function areApart(fields: readonly number[]): boolean {
  let all = 0
  for (const field of fields) {
    if ((all & field) !== 0) return false
    all |= field
  }
  return true
}

const allOf = (fields: readonly number[]) => fields.reduce((all, field) => all | field, 0)

describe('the bits of a slot', () => {
  it('in META belong to the rank, the order, the record, the storage or who watches, each to one, and none is left', () => {
    const record = [RANK_MASK, ATTENTION, HINT_MASK]
    const fields = [...record, 3 << QUEUE_SHIFT, USES_MASK, STORAGE_MASK, WATCHED]
    expect(areApart(fields)).toBe(true)
    expect(allOf(fields)).toBe(-1)
    expect(allOf(record)).toBe(RECORD_MASK)
    expect(HINT_MASK >>> HINT_SHIFT).toBe(2 ** HINT_BITS - 1)
  })

  it('in FORM belong to the record, but for the one that tells two orders apart', () => {
    const higher = -1 << HIGHER_SHIFT
    const record = [REMAINDER_MASK, PROFILE_MASK, NEVER, higher]
    expect(areApart([...record, OTHER_ORDER, SOFT])).toBe(true)
    expect(allOf(record)).toBe(FORM_MASK)
    expect(PROFILE_MASK >>> PROFILE_SHIFT).toBe(2 ** PROFILE_BITS - 1)
  })

  it('say instants for two years, in units that are whole ticks', () => {
    expect(REMAINDER_MASK + 1).toBe(UNIT_MS)
    expect(MAX_UNITS).toBe(2 ** (HINT_BITS + 32 - HIGHER_SHIFT))
    expect((MAX_UNITS * UNIT_MS) / (365 * 86_400_000)).toBeGreaterThan(2)
    expect(UNIT_MS % TICK_MS).toBe(0)
    expect(MAX_ACCESS_COUNT).toBe(2 ** COUNT_BITS - 1)
  })
})

describe('CRITICAL_RANK', () => {
  it('is the rank of critical, above all others, and the most that two bits hold', () => {
    expect(priorityRank('critical')).toBe(CRITICAL_RANK)
    const others = CACHE_PRIORITIES.filter((priority) => priority !== 'critical').map(priorityRank)
    expect(Math.max(...others)).toBeLessThan(CRITICAL_RANK)
    expect(CRITICAL_RANK).toBe(RANK_MASK)
  })
})

import { describe, expect, it } from 'vitest'
import {
  CACHE_PRIORITIES,
  priorityRank,
} from '../../../../src/core/value-objects/cache-priority.ts'
import { CRITICAL_RANK } from '../../../../src/infrastructure/repositories/memory/priority-ranks.ts'
import { RANK_MASK } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'

describe('CRITICAL_RANK', () => {
  it('is the rank of critical, above all others, and the most that two bits hold', () => {
    expect(priorityRank('critical')).toBe(CRITICAL_RANK)
    const others = CACHE_PRIORITIES.filter((priority) => priority !== 'critical').map(priorityRank)
    expect(Math.max(...others)).toBeLessThan(CRITICAL_RANK)
    expect(CRITICAL_RANK).toBe(RANK_MASK)
  })
})

import { describe, expect, it } from 'vitest'
import type { EvictionLimit } from '../../../../src/core/protocols/cache-repository.ts'
import {
  type BudgetMember,
  MemoryBudget,
} from '../../../../src/infrastructure/repositories/memory/memory-budget.ts'
import { MemoryLimits } from '../../../../src/infrastructure/repositories/memory/memory-limits.ts'
import { NO_SLOT } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'

/** A namespace with the urgencies of its slots, in the order in which they leave. A slot is its place in `slots`. */
class Member implements BudgetMember {
  readonly urgencies: readonly number[]
  slots: number[]
  asked = 0
  readonly limits: EvictionLimit[] = []

  constructor(...urgencies: number[]) {
    this.urgencies = urgencies
    this.slots = urgencies.map((_, slot) => slot)
  }

  get left(): number[] {
    return this.slots.map((slot) => this.urgency(slot))
  }

  victim(except: number): number {
    this.asked += 1
    return this.slots.find((slot) => slot !== except) ?? NO_SLOT
  }

  urgency(slot: number): number {
    return this.urgencies[slot] ?? 0
  }

  evictForOthers(slot: number, limit: EvictionLimit): void {
    this.limits.push(limit)
    this.slots = this.slots.filter((each) => each !== slot)
  }
}

function budgetOf(...members: Member[]): MemoryBudget {
  const budget = new MemoryBudget(new MemoryLimits(undefined, undefined))
  for (const member of members) budget.join(member)
  return budget
}

describe('MemoryBudget', () => {
  it('makes the most urgent of the named victims leave, be it the writer’s or another’s', () => {
    const writer = new Member(100)
    const other = new Member(900, 50)
    const budget = budgetOf(writer, other)
    expect(budget.evictOne(writer, NO_SLOT, 'shared')).toBe(true)
    expect([writer.left, other.left]).toEqual([[100], [50]])
    expect(budget.evictOne(writer, NO_SLOT, 'shared')).toBe(true)
    expect([writer.left, other.left]).toEqual([[], [50]])
  })

  it('hands on for which limit somebody has to leave', () => {
    const writer = new Member(2, 1)
    const budget = budgetOf(writer)
    budget.evictOne(writer, NO_SLOT, 'shared')
    budget.evictOne(writer, NO_SLOT, 'resize')
    expect(writer.limits).toEqual(['shared', 'resize'])
  })

  it('lets the writer pay where all are as urgent', () => {
    const writer = new Member(5)
    const other = new Member(5)
    budgetOf(other, writer).evictOne(writer, NO_SLOT, 'shared')
    expect([writer.left, other.left]).toEqual([[], [5]])
  })

  it('takes a victim that isn’t urgent at all where there is no other', () => {
    const writer = new Member()
    const other = new Member(0)
    expect(budgetOf(writer, other).evictOne(writer, NO_SLOT, 'shared')).toBe(true)
    expect(other.left).toEqual([])
  })

  it('spares the writer’s entry that is about to be replaced, and nobody else’s of that slot', () => {
    const writer = new Member(900)
    const other = new Member(1)
    const budget = budgetOf(writer, other)
    expect(budget.evictOne(writer, 0, 'shared')).toBe(true)
    expect([writer.left, other.left]).toEqual([[900], []])
    expect(budget.evictOne(writer, 0, 'shared')).toBe(false)
    expect(writer.left).toEqual([900])
  })

  it('asks the writer and four others, by turns, however many there are', () => {
    const members = Array.from({ length: 20 }, () => new Member(500))
    const writer = new Member(...Array(10).fill(500))
    const budget = budgetOf(...members, writer)
    for (let round = 1; round <= 5; round += 1) {
      const before = members.map(({ asked }) => asked)
      budget.evictOne(writer, NO_SLOT, 'shared')
      const asked = members.filter((member, at) => member.asked !== before[at])
      expect(asked.length).toBeLessThanOrEqual(4)
    }
    expect(members.filter(({ asked }) => asked > 0).length).toBeGreaterThan(10)
  })

  it('asks everyone if it must', () => {
    const empty = Array.from({ length: 20 }, () => new Member())
    const last = new Member(500)
    const writer = new Member()
    const budget = budgetOf(writer, ...empty, last)
    expect(budget.evictOne(writer, NO_SLOT, 'shared')).toBe(true)
    expect(last.left).toEqual([])
    expect(budget.evictOne(writer, NO_SLOT, 'shared')).toBe(false)
  })

  it('lets a new namespace grow at the cost of an idle one that holds everything', () => {
    const idle = new Member(...Array(100).fill(1000))
    const growing = new Member(...Array(100).fill(10))
    growing.slots = []
    const budget = budgetOf(idle, growing)
    for (let at = 0; at < 50; at += 1) {
      budget.evictOne(growing, NO_SLOT, 'shared')
      growing.slots.push(at)
    }
    expect([idle.left.length, growing.left.length]).toEqual([50, 50])
  })
})

import { describe, expect, it } from 'vitest'
import type { EvictionPolicy } from '../../../../src/core/value-objects/eviction-policy.ts'
import { evictionPolicies } from '../../../../src/infrastructure/repositories/memory/eviction-policies.ts'
import {
  type BudgetMember,
  MemoryBudget,
} from '../../../../src/infrastructure/repositories/memory/memory-budget.ts'
import { MemoryLimits } from '../../../../src/infrastructure/repositories/memory/memory-limits.ts'
import type { MemorySlot } from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'
import { slotFixture } from './order-property.ts'

const NOW_MS = 1000

/** A namespace with its slots in the order in which they leave. */
class Member implements BudgetMember {
  readonly slots: MemorySlot[]
  asked = 0

  constructor(...slots: MemorySlot[]) {
    this.slots = slots
  }

  victim(except: MemorySlot | undefined): MemorySlot | undefined {
    this.asked += 1
    return this.slots.find((slot) => slot !== except)
  }

  evict(slot: MemorySlot): void {
    this.slots.splice(this.slots.indexOf(slot), 1)
  }
}

function budgetOf(policy: EvictionPolicy, ...members: Member[]): MemoryBudget {
  const budget = new MemoryBudget(
    new MemoryLimits(undefined, undefined),
    evictionPolicies[policy],
    createFakeClock(NOW_MS).clock,
  )
  for (const member of members) budget.join(member)
  return budget
}

const read = (key: string, accessedAtMs: number) =>
  slotFixture(key, { createdAtMs: 0, accessedAtMs })

describe('MemoryBudget', () => {
  it('makes the most urgent of the named victims leave, be it the writer’s or another’s', () => {
    const writer = new Member(read('recent', 900))
    const other = new Member(read('old', 100), read('newer', 950))
    const budget = budgetOf('lru', writer, other)
    expect(budget.evictOne(writer, undefined)).toBe(true)
    expect(other.slots.map(({ key }) => key)).toEqual(['newer'])
    expect(budget.evictOne(writer, undefined)).toBe(true)
    expect(writer.slots).toEqual([])
  })

  it('goes by the policy of the cache', () => {
    const oftenRead = slotFixture('often', { createdAtMs: 0, accessedAtMs: 0, accessCount: 99 })
    const young = slotFixture('young', { createdAtMs: 500, accessedAtMs: 990 })
    const survivors = (policy: EvictionPolicy) => {
      const [a, b] = [new Member(oftenRead), new Member(young)]
      budgetOf(policy, a, b).evictOne(a, undefined)
      return [...a.slots, ...b.slots].map(({ key }) => key)
    }
    expect(survivors('lru')).toEqual(['young'])
    expect(survivors('fifo')).toEqual(['young'])
    expect(survivors('lfu')).toEqual(['often'])
  })

  it('spares critical entries and the one that is about to be replaced', () => {
    const old = read('old', 0)
    const writer = new Member(old)
    const other = new Member(slotFixture('critical', { priority: 'critical', accessedAtMs: 0 }))
    const budget = budgetOf('lru', writer, other)
    expect(budget.evictOne(writer, old)).toBe(false)
    expect([writer.slots, other.slots].map(({ length }) => length)).toEqual([1, 1])
  })

  it('asks the writer and four others, by turns, however many there are', () => {
    const members = Array.from({ length: 20 }, (_, at) => new Member(read(`of ${at}`, 500)))
    const writer = new Member(read('writer’s', 500), read('writer’s second', 500))
    const budget = budgetOf('lru', ...members, writer)
    for (let round = 1; round <= 5; round += 1) {
      const before = members.map(({ asked }) => asked)
      budget.evictOne(writer, undefined)
      const asked = members.filter((member, at) => member.asked !== before[at])
      expect(asked.length).toBeLessThanOrEqual(4)
    }
    expect(members.filter(({ asked }) => asked > 0).length).toBeGreaterThan(10)
  })

  it('asks everyone if it must', () => {
    const empty = Array.from({ length: 20 }, () => new Member())
    const last = new Member(read('last', 500))
    const writer = new Member()
    const budget = budgetOf('lru', writer, ...empty, last)
    expect(budget.evictOne(writer, undefined)).toBe(true)
    expect(last.slots).toEqual([])
    expect(budget.evictOne(writer, undefined)).toBe(false)
  })

  it('lets a new namespace grow at the cost of an idle one that holds everything', () => {
    const idle = new Member(...Array.from({ length: 100 }, (_, at) => read(`idle:${at}`, 0)))
    const growing = new Member()
    const budget = budgetOf('lru', idle, growing)
    for (let at = 0; at < 50; at += 1) {
      budget.evictOne(growing, undefined)
      growing.slots.push(read(`growing:${at}`, 990))
    }
    expect([idle.slots.length, growing.slots.length]).toEqual([50, 50])
  })
})

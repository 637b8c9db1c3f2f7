import { describe, expect, it } from 'vitest'
import { lruPolicy } from '../../../../src/infrastructure/repositories/memory/lru-policy.ts'
import { checkOrderAgainstModel, slotFixture } from './order-property.ts'

describe('lruPolicy', () => {
  it('evicts the longest unread entry', () => {
    const order = lruPolicy.createOrder()
    const [a, b, c] = ['a', 'b', 'c'].map((key) => slotFixture(key))
    for (const slot of [a, b, c]) if (slot !== undefined) order.add(slot)
    if (a !== undefined) order.use(a)
    expect(order.victim(undefined)).toBe(b)
    expect(order.victim(b)).toBe(c)
  })

  it('chooses as its model does, over random sequences of uses and priorities', () => {
    checkOrderAgainstModel(lruPolicy)
  })

  it('finds an entry the more urgent the longer it is unread, by weight', () => {
    const urgency = (priority: 'low' | 'medium' | 'high', accessedAtMs: number) =>
      lruPolicy.urgency(slotFixture('a', { priority, createdAtMs: 0, accessedAtMs }), 1000)
    expect(urgency('low', 600)).toBe(400)
    expect(urgency('medium', 200)).toBe(urgency('low', 600))
    expect(urgency('high', 200)).toBe(urgency('medium', 600))
  })
})

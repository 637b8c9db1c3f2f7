import { describe, expect, it } from 'vitest'
import { fifoPolicy } from '../../../../src/infrastructure/repositories/memory/fifo-policy.ts'
import { checkOrderAgainstModel, slotFixture } from './order-property.ts'

describe('fifoPolicy', () => {
  it('evicts the oldest entry, read or not', () => {
    const order = fifoPolicy.createOrder()
    const a = slotFixture('a')
    const b = slotFixture('b')
    order.add(a)
    order.add(b)
    order.use(a)
    expect(order.victim(undefined)).toBe(a)
  })

  it('chooses as its model does, over random sequences of uses and priorities', () => {
    checkOrderAgainstModel(fifoPolicy)
  })

  it('finds an entry the more urgent the older it is, by weight, whenever it was read', () => {
    const urgency = (priority: 'low' | 'medium' | 'high', createdAtMs: number) =>
      fifoPolicy.urgency(slotFixture('a', { priority, createdAtMs, accessedAtMs: 990 }), 1000)
    expect(urgency('low', 600)).toBe(400)
    expect(urgency('medium', 200)).toBe(urgency('low', 600))
    expect(urgency('high', 200)).toBe(urgency('medium', 600))
  })
})

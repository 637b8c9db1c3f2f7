import { describe, expect, it } from 'vitest'
import {
  lfuPolicy,
  MAX_COUNTED_USES,
} from '../../../../src/infrastructure/repositories/memory/lfu-policy.ts'
import type { EvictionOrder } from '../../../../src/infrastructure/repositories/memory/memory-eviction.ts'
import type { MemorySlot } from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { checkOrderAgainstModel, slotFixture } from './order-property.ts'

function use(order: EvictionOrder, slot: MemorySlot, times: number): void {
  for (let time = 0; time < times; time += 1) {
    slot.accessCount += 1
    order.use(slot)
  }
}

function evict(order: EvictionOrder): MemorySlot | undefined {
  const slot = order.victim(undefined)
  if (slot !== undefined) order.remove(slot, true)
  return slot
}

describe('lfuPolicy', () => {
  it('evicts the entry with the fewest reads, of two with as many the one that is longer unread', () => {
    const order = lfuPolicy.createOrder()
    const [once, twice, never] = [slotFixture('once'), slotFixture('twice'), slotFixture('never')]
    for (const slot of [once, twice, never]) order.add(slot)
    use(order, twice, 2)
    use(order, once, 1)
    const late = slotFixture('late')
    order.add(late)
    expect([evict(order), evict(order), evict(order), evict(order)]).toEqual([
      never,
      late,
      once,
      twice,
    ])
  })

  it('lets an entry that was read often once leave when enough others have left', () => {
    const order = lfuPolicy.createOrder()
    const hero = slotFixture('hero')
    order.add(hero)
    use(order, hero, 5)
    // Each newcomer is one level above the victim before it, so the sixth meets the hero's.
    const newcomers: (MemorySlot | undefined)[] = []
    for (let round = 0; round < 5; round += 1) {
      order.add(slotFixture(`new:${round}`))
      use(order, hero, 0)
      newcomers.push(evict(order))
    }
    expect(newcomers).not.toContain(hero)
    order.add(slotFixture('new:5'))
    expect(evict(order)).toBe(hero)
  })

  it('keeps a hero that goes on being read', () => {
    const order = lfuPolicy.createOrder()
    const hero = slotFixture('hero')
    order.add(hero)
    for (let round = 0; round < 1000; round += 1) {
      use(order, hero, 1)
      order.add(slotFixture(`new:${round}`))
      expect(evict(order)).not.toBe(hero)
    }
  })

  it(`counts ${MAX_COUNTED_USES} uses and no more, its adding among them`, () => {
    const order = lfuPolicy.createOrder()
    const [more, most, fewer] = [slotFixture('more'), slotFixture('most'), slotFixture('fewer')]
    for (const slot of [more, most, fewer]) order.add(slot)
    use(order, more, MAX_COUNTED_USES - 1)
    use(order, most, MAX_COUNTED_USES * 10)
    use(order, fewer, MAX_COUNTED_USES - 2)
    expect([evict(order), evict(order), evict(order)]).toEqual([fewer, more, most])
  })

  it('chooses as its model does, over random sequences of uses and priorities', () => {
    checkOrderAgainstModel(lfuPolicy)
  })

  it('finds an entry the more urgent the longer it has been there per use, by weight', () => {
    const urgency = (priority: 'low' | 'medium' | 'high', accessCount: number) =>
      lfuPolicy.urgency(slotFixture('a', { priority, createdAtMs: 0, accessCount }), 1200)
    expect(urgency('low', 0)).toBe(1200)
    expect(urgency('low', 1)).toBe(600)
    expect(urgency('medium', 1)).toBe(300)
    expect(urgency('high', 1)).toBe(150)
  })
})

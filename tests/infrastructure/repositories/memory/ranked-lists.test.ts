import { describe, expect, it } from 'vitest'
import type { CachePriority } from '../../../../src/core/value-objects/cache-priority.ts'
import { RankedLists } from '../../../../src/infrastructure/repositories/memory/ranked-lists.ts'
import { slotFixture } from './order-property.ts'

/** The priorities in the order in which they leave, of entries added in the given order. */
function leaving(priorities: readonly CachePriority[]): string[] {
  const order = new RankedLists(true)
  for (const [at, priority] of priorities.entries())
    order.add(slotFixture(`${priority}:${at}`, { priority }))
  const keys: string[] = []
  for (let slot = order.victim(undefined); slot !== undefined; slot = order.victim(undefined)) {
    keys.push(slot.key)
    order.remove(slot)
  }
  return keys
}

describe('RankedLists', () => {
  it('has no victim when it is empty', () => {
    expect(new RankedLists(true).victim(undefined)).toBeUndefined()
  })

  it('lets a medium entry get twice as old as a low one, and a high one four times', () => {
    // Ages at the first choice: 7, 6, 5, 4, 3, 2, 1, 0.
    const rest: CachePriority[] = ['high', 'medium', 'high', 'high', 'low', 'high', 'high', 'low']
    // high:0 counts 7/4, medium:1 6/2, low:4 3/1: at the tie of 3 the lower one leaves.
    expect(leaving(rest).slice(0, 3)).toEqual(['low:4', 'medium:1', 'high:0'])
  })

  it('lets critical entries leave last, the oldest first', () => {
    expect(leaving(['critical', 'low', 'critical', 'high'])).toEqual([
      'low:1',
      'high:3',
      'critical:0',
      'critical:2',
    ])
  })

  it('spares the exception, also when it is the only one', () => {
    const order = new RankedLists(true)
    const [low, critical] = [
      slotFixture('low', { priority: 'low' }),
      slotFixture('critical', { priority: 'critical' }),
    ]
    order.add(low)
    expect(order.victim(low)).toBeUndefined()
    order.add(critical)
    expect(order.victim(low)).toBe(critical)
  })

  it('tells entries apart that came and were used within one instant', () => {
    const order = new RankedLists(true)
    const [high, low] = [
      slotFixture('high', { priority: 'high' }),
      slotFixture('low', { priority: 'low' }),
    ]
    order.add(high)
    order.add(low)
    for (let use = 0; use < 5; use += 1) order.use(low)
    // Nothing but uses has passed, and the high one is six of them old, the low one none.
    expect(order.victim(undefined)).toBe(high)
  })

  it('finds an entry old that was added before the count began anew', () => {
    const order = new RankedLists(true)
    const [high, low] = [
      slotFixture('high', { priority: 'high' }),
      slotFixture('low', { priority: 'low' }),
    ]
    order.add(high)
    order.add(low)
    expect(order.victim(undefined)).toBe(high)
    order.use(high)
    expect(order.victim(undefined)).toBe(low)
    // Counted ahead of the present: 2^32 - 1 additions and uses ago.
    high.order += 1
    expect(order.victim(undefined)).toBe(high)
  })
})

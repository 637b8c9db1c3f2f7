import { describe, expect, it } from 'vitest'
import { PAGE_SLOTS } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { SlotSweep } from '../../../../src/infrastructure/repositories/memory/slot-sweep.ts'
import { SlotStage } from './slot-stage.ts'

const never = (): boolean => false

/** Slots, and a sweep over them that notes whom it looked at. */
function stage(count: number) {
  const slots = new SlotStage()
  for (let at = 0; at < count; at += 1) slots.add()
  const seen: number[] = []
  const sweep = new SlotSweep(slots.pages)
  const visit = (slot: number): boolean => {
    seen.push(slot)
    return true
  }
  return { slots, sweep, seen, visit }
}

const numbersTo = (count: number) => Array.from({ length: count }, (_, at) => at)

describe('SlotSweep', () => {
  it('answers true at once where there is nothing', () => {
    const { sweep, visit } = stage(0)
    expect(sweep.walk(visit, never)).toBe(true)
  })

  it('looks at each slot once per round, and begins anew after it', () => {
    const { sweep, visit, seen } = stage(PAGE_SLOTS + 10)
    let slices = 0
    while (!sweep.walk(visit, never)) slices += 1
    expect(slices).toBe((2 * PAGE_SLOTS) / 64)
    expect(seen).toEqual(numbersTo(PAGE_SLOTS + 10))
    seen.length = 0
    sweep.walk(visit, never)
    expect(seen[0]).toBe(0)
  })

  it('goes on as long as it may, 64 slots at a time', () => {
    const { sweep, visit, seen } = stage(1000)
    let asked = 0
    const twice = (): boolean => {
      asked += 1
      return asked <= 2
    }
    expect(sweep.walk(visit, twice)).toBe(false)
    expect(seen).toEqual(numbersTo(3 * 64))
    expect(asked).toBe(3)
  })

  it('asks whether it may go on after a slot that took long', () => {
    const { sweep, visit, seen } = stage(1000)
    const slow = (slot: number): boolean => visit(slot) && slot !== 9
    expect(sweep.walk(slow, never)).toBe(false)
    expect(seen).toEqual(numbersTo(10))
    sweep.walk(slow, never)
    expect(seen).toEqual(numbersTo(74))
  })

  it('begins at the first slot again after startRound()', () => {
    const { sweep, visit, seen } = stage(200)
    sweep.walk(visit, never)
    sweep.startRound()
    sweep.walk(visit, never)
    expect(seen.filter((slot) => slot === 0)).toHaveLength(2)
  })

  it('misses nobody who stays while others leave and come', () => {
    const { slots, sweep, visit, seen } = stage(300)
    const change = (slot: number): boolean => {
      visit(slot)
      if (slot % 3 === 1) slots.remove(slot)
      if (slot % 50 === 0) slots.add()
      return true
    }
    while (!sweep.walk(change, never));
    expect(new Set(seen)).toEqual(new Set([...numbersTo(300), ...seen]))
    expect(new Set(seen).size).toBeGreaterThanOrEqual(300)
  })

  it('takes a listener that empties everything while it walks', () => {
    const { slots, sweep } = stage(300)
    let visits = 0
    const clear = (): boolean => {
      visits += 1
      slots.pages.clear()
      return true
    }
    expect(sweep.walk(clear, never)).toBe(true)
    expect(visits).toBe(1)
  })
})

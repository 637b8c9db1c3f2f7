import { describe, expect, it } from 'vitest'
import type { MemorySlot } from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { SlotSweep } from '../../../../src/infrastructure/repositories/memory/slot-sweep.ts'
import { SlotTable } from '../../../../src/infrastructure/repositories/memory/slot-table.ts'
import { slotFixture } from './order-property.ts'

/** A table of slots, a sweep over it, and a clock that goes on by a millisecond per slot looked at. */
function stage(count: number) {
  const table = new SlotTable()
  for (let at = 0; at < count; at += 1) table.add(slotFixture(`item:${at}`))
  let nowMs = 0
  const seen: string[] = []
  const sweep = new SlotSweep(table, { nowMs: () => nowMs, monotonicMs: () => nowMs })
  const visit = (slot: MemorySlot): boolean => {
    nowMs += 1
    seen.push(slot.key)
    return true
  }
  return { table, sweep, seen, visitor: { prepare: () => true, visit } }
}

describe('SlotSweep', () => {
  it('answers true at once where there is nothing', () => {
    const { sweep, visitor } = stage(0)
    expect(sweep.walk(0, visitor)).toBe(true)
  })

  it('looks at each slot once per round, and begins anew after it', () => {
    const { sweep, visitor, seen } = stage(200)
    let slices = 0
    while (!sweep.walk(0, visitor)) slices += 1
    expect(slices).toBe(3)
    expect(seen).toEqual(Array.from({ length: 200 }, (_, at) => `item:${at}`))
    seen.length = 0
    sweep.walk(0, visitor)
    expect(seen[0]).toBe('item:0')
  })

  it('stops when its time is up, give or take a step', () => {
    const { sweep, visitor, seen } = stage(1000)
    expect(sweep.walk(100, visitor)).toBe(false)
    expect(seen.length).toBeGreaterThanOrEqual(100)
    expect(seen.length).toBeLessThan(100 + 64)
  })

  it('stops after a slot that took long', () => {
    const { sweep, visitor, seen } = stage(1000)
    const slow = (slot: MemorySlot): boolean => visitor.visit(slot) && slot.key !== 'item:9'
    sweep.walk(0, { ...visitor, visit: slow })
    expect(seen).toHaveLength(10)
  })

  it('begins at the first slot again after startRound()', () => {
    const { sweep, visitor, seen } = stage(200)
    sweep.walk(0, visitor)
    sweep.startRound()
    sweep.walk(0, visitor)
    expect(seen.filter((key) => key === 'item:0')).toHaveLength(2)
  })

  it('misses nobody who stays while others leave and come', () => {
    const { table, sweep, visitor, seen } = stage(300)
    const visit = (slot: MemorySlot): boolean => {
      visitor.visit(slot)
      if (slot.index % 3 === 1) table.remove(slot)
      if (slot.index % 50 === 0) table.add(slotFixture(`new:${slot.index}`))
      return true
    }
    while (!sweep.walk(0, { ...visitor, visit }));
    const old = seen.filter((key) => key.startsWith('item'))
    expect(old).toEqual(Array.from({ length: 300 }, (_, at) => `item:${at}`))
  })

  it('looks at no slot before all of the preparation is done', () => {
    const { sweep, visitor, seen } = stage(10)
    let left = 3
    const prepare = (): boolean => {
      left -= 1
      return left === 0
    }
    expect(sweep.walk(0, { ...visitor, prepare })).toBe(false)
    expect(sweep.walk(0, { ...visitor, prepare })).toBe(false)
    expect(seen).toEqual([])
    expect(sweep.walk(0, { ...visitor, prepare })).toBe(true)
    expect(seen).toHaveLength(10)
  })
})

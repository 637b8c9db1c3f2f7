import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemorySlot } from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { SlotTable } from '../../../../src/infrastructure/repositories/memory/slot-table.ts'
import { slotFixture } from './order-property.ts'

function add(table: SlotTable, key: string): MemorySlot {
  const slot = slotFixture(key)
  table.add(slot)
  return slot
}

function present(table: SlotTable): MemorySlot[] {
  const slots: MemorySlot[] = []
  for (let index = 0; index < table.length; index += 1) {
    const slot = table.at(index)
    if (slot !== undefined) slots.push(slot)
  }
  return slots
}

interface Step {
  readonly kind: 'add' | 'remove' | 'replace'
  readonly pick: number
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('add' as const, 'add' as const, 'remove' as const, 'replace' as const),
  pick: fc.nat(),
})

/** Changes the table, and notes in `held` which slot is to stand at which number. */
function change(table: SlotTable, held: Map<MemorySlot, number>, { kind, pick }: Step): void {
  const [slot, index] = [...held][pick % Math.max(held.size, 1)] ?? []
  if (kind === 'add') {
    const added = add(table, 'added')
    held.set(added, added.index)
  }
  if (kind === 'add' || slot === undefined || index === undefined) return
  held.delete(slot)
  const successor = slotFixture('successor')
  if (kind === 'remove') {
    table.remove(slot)
  } else {
    table.replace(slot, successor)
    held.set(successor, index)
  }
  expect(slot.index).toBe(-1)
}

describe('SlotTable', () => {
  it('holds exactly what was added and not removed, each at its number for as long as it stays', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const table = new SlotTable()
        const held = new Map<MemorySlot, number>()
        for (const each of steps) {
          change(table, held, each)
          for (const [slot, at] of held) expect([slot.index, table.at(at)]).toEqual([at, slot])
          expect(new Set(present(table))).toEqual(new Set(held.keys()))
        }
      }),
    )
  })

  it('gives out the number of a slot that left before it grows', () => {
    const table = new SlotTable()
    const [, b] = [add(table, 'a'), add(table, 'b'), add(table, 'c')]
    table.remove(b)
    expect(add(table, 'd').index).toBe(1)
    expect(table.length).toBe(3)
  })

  it('ends with the last slot that is left', () => {
    const table = new SlotTable()
    const [a, b, c] = [add(table, 'a'), add(table, 'b'), add(table, 'c')]
    table.remove(b)
    expect(table.length).toBe(3)
    table.remove(c)
    expect(table.length).toBe(1)
    table.remove(a)
    expect(table.length).toBe(0)
  })

  it('grows from its end again after it has shrunk, not from where it ended before', () => {
    const table = new SlotTable()
    const slots = ['a', 'b', 'c', 'd'].map((key) => add(table, key))
    for (const slot of slots.slice(1)) table.remove(slot)
    expect([add(table, 'e').index, table.length]).toEqual([1, 2])
  })

  it('gives out no number twice after it has shrunk and grown again', () => {
    const table = new SlotTable()
    const slots = ['a', 'b', 'c', 'd'].map((key) => add(table, key))
    for (const slot of slots.slice(1)) table.remove(slot)
    const indexes = ['e', 'f', 'g', 'h'].map((key) => add(table, key).index)
    expect(indexes.toSorted()).toEqual([1, 2, 3, 4])
  })

  it('is empty after clear()', () => {
    const table = new SlotTable()
    const a = add(table, 'a')
    add(table, 'b')
    table.remove(a)
    table.clear()
    expect([table.length, table.at(0), add(table, 'c').index]).toEqual([0, undefined, 0])
  })
})

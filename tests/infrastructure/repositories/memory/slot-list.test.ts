import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemorySlot } from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { SlotList } from '../../../../src/infrastructure/repositories/memory/slot-list.ts'
import { slotFixture } from './order-property.ts'

/** The keys from the first to the last, and from the last to the first. */
function walked(list: SlotList): { forwards: string[]; backwards: string[] } {
  const forwards: string[] = []
  for (let slot = list.first; slot !== undefined; slot = slot.next) forwards.push(slot.key)
  const backwards: string[] = []
  for (let slot = list.last; slot !== undefined; slot = slot.previous) backwards.push(slot.key)
  return { forwards, backwards }
}

interface Step {
  readonly kind: 'toggle' | 'move first'
  readonly at: number
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('toggle' as const, 'move first' as const),
  at: fc.nat({ max: 7 }),
})

/** Changes the list, and answers what an array would be after the same change. */
function changed(
  list: SlotList,
  model: readonly MemorySlot[],
  slot: MemorySlot,
  kind: Step['kind'],
) {
  const isIn = model.includes(slot)
  const others = model.filter((each) => each !== slot)
  if (kind === 'toggle' && isIn) {
    list.remove(slot)
    return others
  }
  if (kind === 'toggle') list.addFirst(slot)
  else if (isIn) list.moveFirst(slot)
  return kind === 'toggle' || isIn ? [slot, ...others] : others
}

describe('SlotList', () => {
  it('reads the same in both directions as an array would, after any sequence of changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const slots = Array.from({ length: 8 }, (_, at) => slotFixture(`slot:${at}`))
        const list = new SlotList()
        let model: readonly MemorySlot[] = []
        for (const { kind, at } of steps) {
          model = changed(list, model, slots[at] ?? slotFixture('none'), kind)
          const keys = model.map(({ key }) => key)
          expect(walked(list)).toEqual({ forwards: keys, backwards: keys.toReversed() })
        }
      }),
    )
  })

  it('forgets the neighbours of a slot that left', () => {
    const list = new SlotList()
    const slots = ['a', 'b', 'c'].map((key) => slotFixture(key))
    for (const slot of slots) list.addFirst(slot)
    for (const slot of slots) {
      list.remove(slot)
      expect([slot.previous, slot.next]).toEqual([undefined, undefined])
    }
  })

  it('answers the last slot but one exception', () => {
    const list = new SlotList()
    expect(list.lastBut(undefined)).toBeUndefined()
    const a = slotFixture('a')
    list.addFirst(a)
    expect(list.lastBut(undefined)).toBe(a)
    expect(list.lastBut(a)).toBeUndefined()
    const b = slotFixture('b')
    list.addFirst(b)
    expect(list.lastBut(a)).toBe(b)
    expect(list.lastBut(b)).toBe(a)
  })
})

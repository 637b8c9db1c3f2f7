import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotColumn } from '../../../../../src/infrastructure/repositories/memory/eviction/slot-column.ts'
import { PAGE_SLOTS } from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'

describe('SlotColumn', () => {
  it('reads 0 where nothing was written', () => {
    const column = new SlotColumn()
    expect(column.get(0)).toBe(0)
    column.set(1, 5)
    expect([0, 1, 2, 63, 64, PAGE_SLOTS].map((slot) => column.get(slot))).toEqual([
      0, 5, 0, 0, 0, 0,
    ])
  })

  it('keeps what it has when the first page doubles, and when pages are added', () => {
    const column = new SlotColumn()
    const slots = [63, 64, 127, 128, PAGE_SLOTS - 1, PAGE_SLOTS, 3 * PAGE_SLOTS + 7]
    for (const [index, slot] of slots.entries()) {
      column.set(slot, -index - 1)
      expect(slots.slice(0, index + 1).map((each) => column.get(each))).toEqual(
        slots.slice(0, index + 1).map((_, at) => -at - 1),
      )
    }
    expect(column.get(PAGE_SLOTS + 1)).toBe(0)
    expect(column.get(2 * PAGE_SLOTS)).toBe(0)
  })

  it('keeps signed integers of 32 bits', () => {
    const column = new SlotColumn()
    column.set(0, 0x7fff_ffff)
    column.set(1, -0x8000_0000)
    expect([column.get(0), column.get(1)]).toEqual([0x7fff_ffff, -0x8000_0000])
  })

  it('has 256 bytes for the first 64 slots, doubles up to a page of 4096, and adds whole pages', () => {
    const column = new SlotColumn()
    expect(column.bytes).toBe(0)
    const grown = [0, 63, 64, 200, 4095, 4096, 8191, 20_000].map((slot) => {
      column.set(slot, 1)
      return column.bytes
    })
    expect(grown).toEqual([256, 256, 512, 1024, 16_384, 32_768, 32_768, 49_152])
  })

  it('is a map from slots to numbers', () => {
    const write = fc.tuple(fc.nat({ max: 3 * PAGE_SLOTS }), fc.integer())
    fc.assert(
      fc.property(fc.array(write, { maxLength: 50, size: 'max' }), (writes) => {
        const column = new SlotColumn()
        const model = new Map<number, number>()
        for (const [slot, value] of writes) {
          column.set(slot, value)
          model.set(slot, value)
        }
        for (const [slot, value] of model) expect(column.get(slot)).toBe(value)
      }),
    )
  })
})

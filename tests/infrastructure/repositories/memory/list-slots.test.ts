import { describe, expect, it } from 'vitest'
import { isCacheError } from '../../../../src/core/exceptions/cache-error.ts'
import {
  listSlots,
  MAX_LISTED_SLOTS,
} from '../../../../src/infrastructure/repositories/memory/list-slots.ts'
import {
  entryOf,
  type MemorySlot,
} from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { SlotTable } from '../../../../src/infrastructure/repositories/memory/slot-table.ts'
import { slotFixture } from './order-property.ts'

function tableOf(count: number): SlotTable {
  const table = new SlotTable()
  for (let at = 0; at < count; at += 1) table.add(slotFixture(`item:${at}`))
  return table
}

const everything = (slot: MemorySlot) => entryOf(slot, 0)

describe('listSlots()', () => {
  it.each([
    { limit: 2, cursor: undefined, keys: ['item:0', 'item:1'], next: '2' },
    { limit: 2, cursor: '2', keys: ['item:2', 'item:3'], next: undefined },
    { limit: 3, cursor: '2', keys: ['item:2', 'item:3'], next: undefined },
    { limit: 3, cursor: '4', keys: [], next: undefined },
    { limit: 3, cursor: '9999999999', keys: [], next: undefined },
  ])('answers the slots $keys from $cursor on, at most $limit', ({ limit, cursor, keys, next }) => {
    const page = listSlots(tableOf(4), everything, { limit, cursor })
    expect(page.entries.map(({ key }) => key)).toEqual(keys)
    expect(page.cursor).toBe(next)
  })

  it('leaves out who isn’t alive, and may lose slots while it walks', () => {
    const table = tableOf(6)
    const isEven = (slot: MemorySlot) => {
      const entry = entryOf(slot, 0)
      if (slot.index % 2 === 0) return entry
      table.remove(slot)
      return undefined
    }
    const page = listSlots(table, isEven, { limit: 10, cursor: undefined })
    expect(page.entries.map(({ key }) => key)).toEqual(['item:0', 'item:2', 'item:4'])
    expect(page.cursor).toBeUndefined()
  })

  it('answers an empty page with a cursor when it has looked at many slots in vain', () => {
    const table = tableOf(MAX_LISTED_SLOTS + 1)
    const isLast = (slot: MemorySlot) =>
      slot.key === `item:${MAX_LISTED_SLOTS}` ? entryOf(slot, 0) : undefined
    const first = listSlots(table, isLast, { limit: 10, cursor: undefined })
    expect(first).toEqual({ entries: [], cursor: String(MAX_LISTED_SLOTS) })
    const second = listSlots(table, isLast, { limit: 10, cursor: first.cursor })
    expect(second.entries).toHaveLength(1)
    expect(second.cursor).toBeUndefined()
  })

  it.each(['', '-1', '1.5', 'abc', '1e3', '12345678901', ' 1'])(
    'refuses the cursor %j',
    (cursor) => {
      expect(() => listSlots(tableOf(1), everything, { limit: 1, cursor })).toThrow(
        expect.toSatisfy((error) => isCacheError(error, 'CACHE_CURSOR_INVALID')),
      )
    },
  )
})

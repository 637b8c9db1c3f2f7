import { describe, expect, it } from 'vitest'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import { isCacheError } from '../../../../src/core/exceptions/cache-error.ts'
import {
  listSlots,
  MAX_LISTED_SLOTS,
} from '../../../../src/infrastructure/repositories/memory/list-slots.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { SlotStage } from './slot-stage.ts'

function stage(count: number) {
  const slots = new SlotStage()
  const entry = entryFixture()
  for (let at = 0; at < count; at += 1) slots.addEntry(entry)
  const foundIn = (isWanted: (slot: number) => boolean) => (slot: number) =>
    isWanted(slot) ? entryFixture({ key: `item:${slot}` }) : undefined
  return { slots, foundIn, everything: foundIn(() => true) }
}

const keysOf = (entries: readonly CacheEntry[]) => entries.map(({ key }) => key)

describe('listSlots()', () => {
  it.each([
    { limit: 2, cursor: undefined, keys: ['item:0', 'item:1'], next: '2' },
    { limit: 2, cursor: '2', keys: ['item:2', 'item:3'], next: undefined },
    { limit: 3, cursor: '2', keys: ['item:2', 'item:3'], next: undefined },
    { limit: 3, cursor: '4', keys: [], next: undefined },
    { limit: 3, cursor: '9999999999', keys: [], next: undefined },
  ])('answers the slots $keys from $cursor on, at most $limit', ({ limit, cursor, keys, next }) => {
    const { slots, everything } = stage(4)
    const page = listSlots(slots.pages, everything, { limit, cursor })
    expect(keysOf(page.entries)).toEqual(keys)
    expect(page.cursor).toBe(next)
  })

  it('knows of a full page whether it is the last, however many free slots come after it', () => {
    const { slots, everything } = stage(40)
    const page = { limit: 20, cursor: undefined }
    expect(listSlots(slots.pages, everything, page).cursor).toBe('20')
    for (let slot = 20; slot < 40; slot += 1) slots.remove(slot)
    expect(listSlots(slots.pages, everything, page).cursor).toBeUndefined()
  })

  it('answers a full page with a cursor when it has looked at many free slots after it', () => {
    const { slots, everything } = stage(MAX_LISTED_SLOTS + 1)
    for (let slot = 1; slot < MAX_LISTED_SLOTS; slot += 1) slots.remove(slot)
    const first = listSlots(slots.pages, everything, { limit: 1, cursor: undefined })
    expect(first.cursor).toBe(String(MAX_LISTED_SLOTS))
    const second = listSlots(slots.pages, everything, { limit: 1, cursor: first.cursor })
    expect(keysOf(second.entries)).toEqual([`item:${MAX_LISTED_SLOTS}`])
    expect(second.cursor).toBeUndefined()
  })

  it('leaves out free slots, and who isn’t alive, and may lose slots while it walks', () => {
    const { slots } = stage(6)
    slots.remove(3)
    const found = (slot: number): CacheEntry | undefined => {
      if (slot % 2 === 0) return entryFixture({ key: `item:${slot}` })
      slots.remove(slot)
      return undefined
    }
    const page = listSlots(slots.pages, found, { limit: 10, cursor: undefined })
    expect(keysOf(page.entries)).toEqual(['item:0', 'item:2', 'item:4'])
    expect(page.cursor).toBeUndefined()
    expect(slots.pages.live).toBe(3)
  })

  it('takes a listener that empties everything while it walks', () => {
    const { slots } = stage(6)
    const found = (): undefined => {
      slots.pages.clear()
      return undefined
    }
    expect(listSlots(slots.pages, found, { limit: 10, cursor: undefined })).toEqual({
      entries: [],
      cursor: undefined,
    })
  })

  it('answers an empty page with a cursor when it has looked at many slots in vain', () => {
    const { slots, foundIn } = stage(MAX_LISTED_SLOTS + 1)
    const isLast = foundIn((slot) => slot === MAX_LISTED_SLOTS)
    const first = listSlots(slots.pages, isLast, { limit: 10, cursor: undefined })
    expect(first).toEqual({ entries: [], cursor: String(MAX_LISTED_SLOTS) })
    const second = listSlots(slots.pages, isLast, { limit: 10, cursor: first.cursor })
    expect(second.entries).toHaveLength(1)
    expect(second.cursor).toBeUndefined()
  })

  it.each(['', '-1', '1.5', 'abc', '1e3', '12345678901', ' 1'])(
    'refuses the cursor %j',
    (cursor) => {
      const { slots, everything } = stage(1)
      expect(() => listSlots(slots.pages, everything, { limit: 1, cursor })).toThrow(
        expect.toSatisfy((error) => isCacheError(error, 'CACHE_CURSOR_INVALID')),
      )
    },
  )
})

import { describe, expect, it } from 'vitest'
import {
  REFERENCE_OVERHEAD_BYTES,
  ReferenceStorage,
} from '../../../../src/infrastructure/repositories/memory/reference-storage.ts'
import {
  CHARGE,
  PAGE_SLOTS,
  SlotPages,
} from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'

function stage() {
  const pages = new SlotPages()
  const storage = new ReferenceStorage(pages)
  const add = (key: string, value: unknown, { sizeBytes = 1, hash = 0 } = {}): number => {
    const slot = pages.take()
    pages.setCold(slot, CHARGE, storage.prepare(key, value, sizeBytes))
    storage.write(slot, key, hash)
    return slot
  }
  const remove = (slot: number): void => {
    storage.free(slot)
    pages.give(slot)
  }
  return { pages, storage, add, remove }
}

describe('ReferenceStorage', () => {
  it('hands out the very value that came in, with its key, its hash and its size', () => {
    const { storage, add } = stage()
    const value = { id: 1 }
    const slot = add('user:1', value, { sizeBytes: 123, hash: -5 })
    expect(storage.valueOf(slot)).toBe(value)
    expect(storage.keyOf(slot)).toBe('user:1')
    expect(storage.hashOf(slot)).toBe(-5)
    expect(storage.valueBytes(slot)).toBe(123)
  })

  it('knows the size of a value whatever the length of its key, and who had the slot before', () => {
    const { storage, pages } = stage()
    const slot = pages.take()
    pages.setMeta(slot, ~0xf00)
    for (let length = 0; length < 40; length += 1) {
      const key = 'k'.repeat(length)
      pages.setCharge(slot, storage.prepare(key, 1, 1000 + length))
      storage.write(slot, key, 0)
      expect(storage.valueBytes(slot)).toBe(1000 + length)
      expect(pages.meta(slot) & ~0xf00).toBe(~0xf00)
      storage.free(slot)
    }
  })

  it('counts of an entry its size, a byte per unit of the key, and what lies beside them', () => {
    const { storage } = stage()
    expect(storage.prepare('', undefined, 1)).toBe(1 + REFERENCE_OVERHEAD_BYTES)
    expect(storage.prepare('12345', undefined, 100)).toBe(105 + REFERENCE_OVERHEAD_BYTES)
    expect(storage.prepare('\u4e2d', undefined, 100)).toBe(101 + REFERENCE_OVERHEAD_BYTES)
  })

  it('says whether a slot has a key', () => {
    const { storage, add } = stage()
    const slot = add('a', 1)
    expect(storage.hasKey(slot, 'a')).toBe(true)
    expect(storage.hasKey(slot, 'b')).toBe(false)
    expect(storage.hasKey(slot, '')).toBe(false)
  })

  it('keeps any value, undefined too, and nothing outside the heap', () => {
    const { storage, add } = stage()
    const values = [undefined, null, 0, '', Symbol('any'), () => 1]
    const slots = values.map((value, at) => add(`key:${at}`, value))
    expect(slots.map((slot) => storage.valueOf(slot))).toEqual(values)
    expect([storage.heldBytes, storage.keepsKeys, storage.maintain()]).toEqual([0, true, true])
  })

  it('keeps what is in other slots while it grows, page by page', () => {
    const { storage, add } = stage()
    const count = 2 * PAGE_SLOTS + 3
    const slots = Array.from({ length: count }, (_, at) => add(`key:${at}`, at, { hash: at }))
    const found = slots.map((slot) => [
      storage.keyOf(slot),
      storage.valueOf(slot),
      storage.hashOf(slot),
    ])
    expect(found).toEqual(Array.from({ length: count }, (_, at) => [`key:${at}`, at, at]))
  })

  it('lets go of a value that is freed or cleared, and of the page when it was the last', async () => {
    const { storage, add, remove } = stage()
    const slots = [add('a', { held: 1 }), add('b', { held: 2 })]
    remove(slots[0] ?? 0)
    expect(storage.valueOf(slots[0] ?? 0)).toBeUndefined()
    expect(storage.keyOf(slots[0] ?? 0)).toBeUndefined()
    expect(storage.valueOf(slots[1] ?? 0)).toEqual({ held: 2 })
    remove(slots[1] ?? 0)
    expect(add('c', 3)).toBe(slots[1])
    expect(storage.valueOf(slots[1] ?? 0)).toBe(3)
    expect(storage.valueOf(slots[0] ?? 0)).toBeUndefined()
  })

  it('begins anew after clear()', () => {
    const { pages, storage, add } = stage()
    for (let at = 0; at < 100; at += 1) add(`key:${at}`, at)
    storage.clear()
    pages.clear()
    const slot = add('new', 'value')
    expect(slot).toBe(0)
    expect(storage.valueOf(0)).toBe('value')
    expect(storage.valueOf(1)).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { keyHash } from '../../../../src/infrastructure/repositories/memory/key-hash.ts'
import {
  KeyIndex,
  MAX_MAPPED_KEYS,
} from '../../../../src/infrastructure/repositories/memory/key-index.ts'
import type { KeyedSlots } from '../../../../src/infrastructure/repositories/memory/key-table.ts'
import { NO_SLOT } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'

const SEED = 5

/** Slots with keys, which count how often they are asked. */
class CountingSlots implements KeyedSlots {
  readonly keys: Map<number, string> = new Map()
  asked = 0

  hashOf(slot: number): number {
    this.asked += 1
    return keyHash(this.keys.get(slot) ?? '', SEED)
  }

  hasKey(slot: number, key: string): boolean {
    this.asked += 1
    return this.keys.get(slot) === key
  }
}

function stage(keepsKeys: boolean) {
  const slots = new CountingSlots()
  const index = new KeyIndex(slots, SEED, keepsKeys)
  const add = (slot: number, key: string): void => {
    slots.keys.set(slot, key)
    index.add(slot, key, index.hashOf(key))
  }
  const remove = (slot: number): void => {
    const key = slots.keys.get(slot) ?? ''
    index.remove(slot, key, index.hashOf(key))
    slots.keys.delete(slot)
  }
  return { slots, index, add, remove }
}

for (const keepsKeys of [true, false]) {
  describe(`KeyIndex over slots that ${keepsKeys ? 'keep' : 'don’t keep'} their keys`, () => {
    it('finds the slot of each key that was added, until it is removed', () => {
      const { index, add, remove } = stage(keepsKeys)
      expect(index.find('a')).toBe(NO_SLOT)
      add(3, 'a')
      add(0, 'b')
      expect([index.find('a'), index.find('b'), index.find('c')]).toEqual([3, 0, NO_SLOT])
      remove(3)
      expect([index.find('a'), index.find('b')]).toEqual([NO_SLOT, 0])
      add(7, 'a')
      expect(index.find('a')).toBe(7)
    })

    it('has no slot for what isn’t a key', () => {
      const { index, add } = stage(keepsKeys)
      add(1, 'undefined')
      for (const odd of [undefined, null, 1, {}, Symbol('key')]) {
        // What a caller without types may hand over.
        expect(Reflect.apply(index.find, index, [odd])).toBe(NO_SLOT)
        expect(Reflect.apply(index.findRare, index, [odd])).toBe(NO_SLOT)
      }
    })

    it('is empty after clear(), and usable', () => {
      const { index, add } = stage(keepsKeys)
      add(1, 'a')
      index.clear()
      expect(index.find('a')).toBe(NO_SLOT)
      add(2, 'a')
      expect(index.find('a')).toBe(2)
    })

    it('finds every key below, at and above the number that a map takes, as they come and go', () => {
      const { index, add, remove } = stage(keepsKeys)
      const count = MAX_MAPPED_KEYS + 2
      const findsAll = (from: number, to: number): boolean => {
        for (let at = from; at < to; at += 1) {
          const key = `key:${at}`
          if (index.find(key) !== at || index.findRare(key) !== at) return false
        }
        return true
      }
      for (let at = 0; at < count; at += 1) {
        add(at, `key:${at}`)
        if (at >= MAX_MAPPED_KEYS - 2) expect(findsAll(0, at + 1)).toBe(true)
      }
      expect(index.find(`key:${count}`)).toBe(NO_SLOT)
      for (let at = 0; at < count - 10; at += 1) remove(at)
      expect(findsAll(count - 10, count)).toBe(true)
      expect([index.find('key:0'), index.findRare('key:0')]).toEqual([NO_SLOT, NO_SLOT])
      add(0, 'key:0')
      expect(index.find('key:0')).toBe(0)
    })
  })
}

describe('KeyIndex', () => {
  it('looks up to 16 384 keys up in a map, which asks the slots nothing, and more in the table', () => {
    const { slots, index, add } = stage(true)
    for (let at = 0; at < MAX_MAPPED_KEYS; at += 1) add(at, `key:${at}`)
    index.find('key:1')
    expect(slots.asked).toBe(0)
    add(MAX_MAPPED_KEYS, `key:${MAX_MAPPED_KEYS}`)
    slots.asked = 0
    index.find('key:1')
    expect(slots.asked).toBeGreaterThan(0)
    index.clear()
    slots.asked = 0
    add(0, 'key:0')
    expect(index.find('key:0')).toBe(0)
    expect(slots.asked).toBe(0)
  })

  it('asks slots that don’t keep their keys from the first key on', () => {
    const { slots, index, add } = stage(false)
    add(0, 'a')
    expect(index.find('a')).toBe(0)
    expect(slots.asked).toBeGreaterThan(0)
  })

  it('hashes with its seed', () => {
    const slots = new CountingSlots()
    for (const keepsKeys of [true, false]) {
      const index = new KeyIndex(slots, 1, keepsKeys)
      index.find('a')
      expect(index.soughtHash('a')).toBe(keyHash('a', 1))
    }
    expect(new KeyIndex(slots, 1, true).hashOf('a')).toBe(keyHash('a', 1))
    expect(new KeyIndex(slots, 2, true).hashOf('a')).toBe(keyHash('a', 2))
  })
})

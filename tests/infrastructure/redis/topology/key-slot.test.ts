import { describe, expect, it } from 'vitest'
import { keySlot, SLOTS } from '../../../../src/infrastructure/redis/topology/key-slot.ts'

describe('keySlot()', () => {
  it.each([
    ['123456789', 0x31c3],
    ['foo', 12_182],
    ['bar', 5061],
    ['', 0],
    ['{user1000}.following', 3443],
    ['{user1000}.followers', 3443],
    ['user1000', 3443],
  ])('of %j is %i, as the specification and CLUSTER KEYSLOT say', (key, slot) => {
    expect(keySlot(key)).toBe(slot)
    expect(keySlot(new TextEncoder().encode(key))).toBe(slot)
  })

  it('goes by the first braces only, and only if something stands between them', () => {
    expect(keySlot('foo{bar}{zap}')).toBe(keySlot('bar'))
    expect(keySlot('foo{{bar}}zap')).toBe(keySlot('{bar'))
    expect(keySlot('foo{}{bar}')).not.toBe(keySlot('bar'))
    expect(keySlot('foo{bar')).not.toBe(keySlot('bar'))
    expect(keySlot('}foo{bar}')).toBe(keySlot('bar'))
  })

  it('counts bytes of UTF-8, and stays among the slots', () => {
    for (const key of ['ключ', '鍵', '🔑', 'é{ü}']) {
      expect(keySlot(key)).toBe(keySlot(Buffer.from(key)))
      expect(keySlot(key)).toBeLessThan(SLOTS)
    }
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_SLOTS,
  NO_SLOT,
} from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import {
  CheckedTable,
  filled,
  HASHINGS,
  MANY,
  oneSegment,
  scattered,
  toggle,
} from './checked-table.ts'

describe('KeyTable against a Map', () => {
  it.each(Object.entries(HASHINGS))(
    'holds what was added and not removed: hashes %s',
    (_, hashOf) => {
      const ids = fc.array(fc.nat(60), { maxLength: 150 })
      fc.assert(
        fc.property(ids, (toggled) => {
          const checked = new CheckedTable()
          for (const id of toggled) toggle(checked, id, hashOf(id))
          checked.check()
          const missing = Array.from({ length: 61 }, (_each, id) => id).filter(
            (id) => !checked.held.has(id),
          )
          for (const id of missing) {
            expect(checked.find({ key: String(id), hash: hashOf(id) })).toBe(NO_SLOT)
            expect(checked.table.remove(id, hashOf(id))).toBe(false)
          }
        }),
        { numRuns: 60 },
      )
    },
  )

  it.each(Object.entries(HASHINGS))(
    'keeps all through growing and shrinking: hashes %s',
    (name, hashOf) => {
      const count = MANY.has(name) ? 30_000 : 500
      const checked = filled(count, hashOf)
      checked.check()
      for (const id of [...checked.held.keys()]) if (id % 7 !== 3) toggle(checked, id, hashOf(id))
      checked.check()
      for (let id = 0; id < count; id += 2) toggle(checked, id, hashOf(id))
      checked.check()
      for (const slot of [...checked.held.keys()]) checked.remove(slot)
      checked.check()
      expect(checked.find({ key: '3', hash: hashOf(3) })).toBe(NO_SLOT)
    },
  )

  it('stays right through a long life at the same size', () => {
    const checked = filled(3000)
    for (let turn = 0; turn < 60_000; turn += 1) {
      const slot = (scattered(turn) >>> 0) % 3000
      checked.remove(slot)
      checked.add(slot, String(3000 + turn), scattered(3000 + turn))
      if (turn % 10_000 === 0) checked.check()
    }
    checked.check()
  })
})

describe('KeyTable.find()', () => {
  it('finds nothing in a new table, whatever the hash', () => {
    const { table } = new CheckedTable()
    for (const hash of [0, 1, -1, 0x7fff_ffff, -0x8000_0000]) {
      expect(table.find('a', hash)).toBe(NO_SLOT)
    }
  })

  it.each([0, 1, MAX_SLOTS - 2, MAX_SLOTS - 1])('finds slot %i', (slot) => {
    const checked = new CheckedTable()
    for (const [at, hash] of [0, -1, 0x000c_0000, 0x3_ffff].entries()) {
      checked.add(slot ^ (at * 4), `key ${at}`, hash)
    }
    checked.check()
    for (const each of [...checked.held.keys()]) expect(checked.remove(each)).toBe(true)
    expect(checked.table.size).toBe(0)
  })

  it('tells keys apart by their text when all of the hash is the same', () => {
    const checked = new CheckedTable()
    checked.add(8, 'a', 77)
    checked.add(9, 'b', 77)
    expect(checked.table.find('a', 77)).toBe(8)
    expect(checked.table.find('b', 77)).toBe(9)
    expect(checked.table.find('c', 77)).toBe(NO_SLOT)
  })

  it('asks for few foreign keys: one in nine hits, two in nine misses', () => {
    const checked = filled(16_000)
    checked.keysAsked = 0
    for (const held of checked.held.values()) checked.find(held)
    expect(checked.keysAsked - 16_000).toBeLessThan(16_000 / 9)
    expect(checked.keysAsked - 16_000).toBeGreaterThan(0)
    checked.keysAsked = 0
    let found = 0
    for (let id = 0; id < 16_000; id += 1) {
      if (checked.find({ key: 'none', hash: scattered(id + 1e6) }) !== NO_SLOT) found += 1
    }
    expect(found).toBe(0)
    expect(checked.keysAsked).toBeLessThan((16_000 * 2) / 9)
  })

  it('asks for no foreign key where it looks at hashes first, and still tells apart whose hash is the same', () => {
    const checked = filled(16_000)
    checked.keysAsked = 0
    for (let id = 0; id < 16_000; id += 1) {
      expect(checked.table.find('none', scattered(id + 1e6), true)).toBe(NO_SLOT)
      expect(checked.table.find(String(id), scattered(id), true)).toBe(id)
    }
    expect(checked.keysAsked).toBe(16_000)
    expect(checked.table.find('none', scattered(7), true)).toBe(NO_SLOT)
  })

  it('asks for no key of another home, nor for one of the same that differs in the next two bits', () => {
    const buckets = (filled(96).table.bytes - 32) / 4
    /** The home of such a hash is this bucket, in a table of 96 keys. */
    const homed = (bucket: number): number => Math.ceil((bucket * 2 ** 18) / buckets)
    const checked = new CheckedTable()
    // Three keys for every third bucket, so that most are away from their homes.
    for (let id = 0; id < 96; id += 1) checked.add(id, String(id), homed(id - (id % 3)))
    checked.keysAsked = 0
    for (let bucket = 0; bucket < 96; bucket += 3) {
      for (const bits of [1, 2, 3]) checked.table.find('none', homed(bucket) | (bits << 18))
      for (const further of [1, 2]) checked.table.find('none', homed(bucket + further))
    }
    expect(checked.keysAsked).toBe(0)
    checked.table.find('none', homed(0))
    expect(checked.keysAsked).toBe(3)
  })
})

describe('KeyTable.remove()', () => {
  it('is false for a slot that is not there, or not under that hash, and takes nobody else out', () => {
    const checked = filled(10)
    expect(checked.table.remove(10, scattered(3))).toBe(false)
    expect(checked.table.remove(3, scattered(3) ^ 0x2_0000)).toBe(false)
    checked.check()
  })

  it('is true once', () => {
    const checked = filled(10)
    expect(checked.table.remove(3, scattered(3))).toBe(true)
    expect(checked.table.remove(3, scattered(3))).toBe(false)
    expect(checked.table.size).toBe(9)
  })

  it.each([
    [10_400, 0.7, 0.02],
    [11_900, 0.8, 0.7],
  ])(
    'with an addition asks for few hashes: at %i keys, %f full, %f of them',
    (count, full, limit) => {
      const checked = filled(count)
      expect(count / ((checked.table.bytes - 32) / 4)).toBeCloseTo(full, 1)
      checked.hashesAsked = 0
      for (let turn = 0; turn < count; turn += 1) {
        checked.remove(turn)
        checked.add(turn, `new ${turn}`, scattered(turn + 50_000))
      }
      expect(checked.hashesAsked / count).toBeLessThan(limit)
      checked.check()
    },
  )
})

describe('KeyTable in bytes', () => {
  it('takes 96 bytes when new, and grows with the 13th of its 16 buckets', () => {
    const checked = filled(12)
    expect(checked.table.bytes).toBe(16 * 4 + 2 * 16)
    checked.add(12, '12', scattered(12))
    expect(checked.table.bytes).toBe(19 * 4 + 2 * 16)
  })

  it('is between 64 and 80 % full at any size beyond the least', () => {
    const checked = new CheckedTable()
    let [fullest, emptiest] = [0, 1]
    for (let id = 0; id < 12_000; id += 1) {
      checked.add(id, String(id), scattered(id))
      const buckets = (checked.table.bytes - 32) / 4
      fullest = Math.max(fullest, (id + 1) / buckets)
      if (id >= 12) emptiest = Math.min(emptiest, (id + 2) / buckets)
    }
    expect(fullest).toBeLessThanOrEqual(0.8)
    expect(fullest).toBeGreaterThan(0.79)
    expect(emptiest).toBeGreaterThan(0.64)
    expect(emptiest).toBeLessThan(0.7)
  })

  it('takes from 5 to 6.4 bytes a key when it has many segments', () => {
    const checked = new CheckedTable()
    for (let id = 0; id < 120_000; id += 1) {
      checked.add(id, String(id), scattered(id))
      if (id > 20_000 && id % 997 === 0) {
        expect(checked.table.bytes / (id + 1)).toBeGreaterThan(5)
        expect(checked.table.bytes / (id + 1)).toBeLessThan(6.4)
      }
    }
  })

  it('moves at most one segment of 3276 keys in one call', () => {
    const checked = new CheckedTable()
    let most = 0
    for (let id = 0; id < 60_000; id += 1) {
      checked.hashesAsked = 0
      checked.add(id, String(id), scattered(id))
      most = Math.max(most, checked.hashesAsked)
    }
    expect(most).toBeLessThan(3_300)
    expect(most).toBeGreaterThan(2_250)
  })

  it('gives back what it needs no more, but not at once', () => {
    const checked = filled(1000)
    const full = checked.table.bytes
    const buckets = (full - 32) / 4
    let id = 0
    for (; checked.held.size * 3 > buckets; id += 1) checked.remove(id)
    expect(checked.table.bytes).toBe(full)
    checked.remove(id)
    expect(checked.table.bytes).toBeLessThan(full * 0.55)
    checked.check()
    for (id += 1; id < 1000; id += 1) checked.remove(id)
    expect(checked.table.bytes).toBe(96)
  })

  it('is as new after clear()', () => {
    const checked = filled(50_000)
    checked.table.clear()
    checked.held.clear()
    expect(checked.table.bytes).toBe(96)
    expect(checked.table.size).toBe(0)
    expect(checked.find({ key: '7', hash: scattered(7) })).toBe(NO_SLOT)
    for (let id = 0; id < 40; id += 1) checked.add(id, String(id), scattered(id))
    checked.check()
  })
})

describe('KeyTable under attack', () => {
  it('holds 20 000 keys that are alike in all that chooses a segment', () => {
    const checked = filled(20_000, oneSegment)
    checked.check()
    for (let id = 0; id < 20_000; id += 1) if (id % 4 !== 0) checked.remove(id)
    checked.check()
    // The directory has as many places as it ever will, and not one segment more than it takes.
    expect(checked.table.bytes).toBeLessThan(2 ** 14 * 16 + 64 * 20_000)
  })

  it('shrinks a segment that was larger than any should be', () => {
    const checked = filled(60_000, oneSegment)
    const full = checked.table.bytes
    for (let id = 0; id < 45_000; id += 1) checked.remove(id)
    expect(checked.table.bytes).toBeLessThan(full)
    checked.check()
  })

  it('does not stop at all hashes the same', () => {
    const checked = filled(1500, () => 0x7fff_ffff)
    checked.check()
    for (let id = 0; id < 1500; id += 2) expect(checked.remove(id)).toBe(true)
    checked.check()
    expect(checked.table.find('none', 0x7fff_ffff)).toBe(NO_SLOT)
    expect(checked.table.bytes).toBeLessThan(6.4 * 1500 + 32)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CELL_BITS } from '../../../../../src/infrastructure/repositories/memory/buffer/slab.ts'
import {
  MAX_SLABS,
  SlabPages,
} from '../../../../../src/infrastructure/repositories/memory/buffer/slab-pages.ts'
import { PER_SIZE_BYTES, SlabRecords } from './slab-records.ts'

const always = (): boolean => true

/** Says yes so many times. */
function times(most: number): () => boolean {
  let asked = 0
  return () => {
    asked += 1
    return asked <= most
  }
}

describe('SlabPages', () => {
  it('starts with nothing, and takes 4 KiB for the first record', () => {
    const records = new SlabRecords()
    expect([records.slabs.heldBytes, records.slabs.liveBytes]).toEqual([0, 0])
    records.add(20)
    expect([records.slabs.heldBytes, records.slabs.liveBytes]).toEqual([201 * 20 + 26, 20])
    for (let count = 1; count < 201; count += 1) records.add(20)
    expect(records.slabs.heldBytes).toBe(201 * 20 + 26)
    records.add(20)
    expect(records.slabs.heldBytes).toBe(2 * (201 * 20 + 26))
  })

  it('gives a record above 64 KiB a slab of its own, of its length and a byte', () => {
    const records = new SlabRecords()
    const address = records.add(70_001)
    expect(records.slabs.sizeOf(address)).toBe(70_001)
    records.add(70_001)
    expect(records.slabs.heldBytes).toBe(2 * 70_002)
    records.check()
  })

  it('holds less than a tenth besides a million bytes of one size, and little more than them', () => {
    const records = new SlabRecords()
    for (let count = 0; count < 2000; count += 1) records.add(1041)
    const { heldBytes, liveBytes } = records.slabs
    expect(liveBytes).toBe(2000 * 1044)
    expect(heldBytes / liveBytes).toBeLessThan(1 + 1 / 15)
  })

  it('holds nothing once all is freed and compaction ran', () => {
    const records = new SlabRecords()
    const addresses = [20, 20, 3000, 70_000, 2_000_000].map((bytes) => records.add(bytes))
    for (const address of addresses) records.drop(address)
    expect(records.slabs.liveBytes).toBe(0)
    expect(records.slabs.compact(always, records.move)).toBe(true)
    expect([records.slabs.heldBytes, records.slabs.sizes]).toEqual([0, 0])
  })

  it('keeps one emptied slab for the next record of its size, and only one', () => {
    const slabs = new SlabPages()
    const bytes = (): Buffer | undefined => slabs.slabs.find(({ live }) => live > 0)?.bytes
    const address = slabs.alloc(20)
    const first = bytes()
    slabs.free(address)
    expect(slabs.heldBytes).toBe(first?.length)
    const again = slabs.alloc(20)
    expect(bytes()).toBe(first)
    expect(slabs.heldBytes).toBe(first?.length)
    slabs.free(again)
    slabs.free(slabs.alloc(3000))
    expect(slabs.heldBytes).toBe(3009)
    slabs.alloc(20)
    expect(bytes()).not.toBe(first)
  })

  it('keeps no emptied slab of more than 1 MiB', () => {
    const slabs = new SlabPages()
    const kept = slabs.alloc((1 << 20) - 1)
    const tooLong = slabs.alloc(1 << 20)
    slabs.free(kept)
    expect(slabs.heldBytes).toBe((1 << 20) + (1 << 20) + 1)
    slabs.free(tooLong)
    expect(slabs.heldBytes).toBe(0)
  })

  it('reuses the number of a slab that was released', () => {
    const slabs = new SlabPages()
    const first = slabs.alloc(70_000)
    const second = slabs.alloc(80_000)
    slabs.free(first)
    expect(slabs.alloc(90_000)).toBe(first)
    expect(slabs.sizeOf(second)).toBe(80_000)
    expect(slabs.slabs).toHaveLength(2)
  })

  it('refuses to free what is not there, twice freed or never given out', () => {
    const slabs = new SlabPages()
    expect(() => slabs.free(0)).toThrow(RangeError)
    const address = slabs.alloc(20)
    slabs.alloc(20)
    slabs.free(address)
    expect(() => slabs.free(address)).toThrow(RangeError)
    expect(() => slabs.free(-1)).toThrow(RangeError)
    expect(slabs.liveBytes).toBe(20)
  })

  it('changes nothing when there is no memory for a record', () => {
    const slabs = new SlabPages()
    slabs.alloc(20)
    const held = slabs.heldBytes
    expect(() => slabs.alloc(2 ** 53)).toThrow(RangeError)
    expect([slabs.heldBytes, slabs.liveBytes, slabs.sizes]).toEqual([held, 20, 1])
  })

  it('changes nothing when there is no number left for a slab', () => {
    const slabs = new SlabPages()
    const last = slabs.alloc(70_000)
    slabs.slabs.length = MAX_SLABS
    expect(() => slabs.alloc(70_000)).toThrow(
      new RangeError('Cannot hold more: expected at most 524288 slabs'),
    )
    expect([slabs.liveBytes, slabs.heldBytes, slabs.slabs.length]).toEqual([
      70_000, 70_001, 524_288,
    ])
    slabs.free(last)
    expect(slabs.alloc(70_000)).toBe(last)
  })

  it('gives the slab with the highest number an address of 32 bits', () => {
    const slabs = new SlabPages()
    slabs.slabs.length = MAX_SLABS - 1
    const addresses = [slabs.alloc(20), slabs.alloc(20)]
    expect(addresses).toEqual([-8192, -8191])
    expect(addresses.map((address) => slabs.sizeOf(address))).toEqual([20, 20])
    for (const address of addresses) slabs.free(address)
    expect(slabs.liveBytes).toBe(0)
  })

  it('begins anew after clear()', () => {
    const records = new SlabRecords()
    for (let count = 0; count < 300; count += 1) records.add(20)
    for (const address of records.addresses.slice(0, 290)) records.drop(address)
    records.slabs.clear()
    records.live.clear()
    expect(records.slabs.slabs).toEqual([])
    expect(records.slabs.compact(always, records.move)).toBe(true)
    records.checkCompact()
    records.add(20)
    records.check()
  })

  it('moves the last records of a size that is not written any more into a small slab', () => {
    const records = new SlabRecords()
    for (let count = 0; count < 20_000; count += 1) records.add(500)
    const survivors = new Set(records.addresses.filter((_, at) => at % 100 === 7))
    for (const address of records.addresses) if (!survivors.has(address)) records.drop(address)
    expect(records.slabs.heldBytes).toBeGreaterThan(4_500_000)
    expect(records.slabs.compact(always, records.move)).toBe(true)
    expect(records.live.size).toBe(200)
    records.check()
    records.checkCompact()
    expect(records.slabs.heldBytes).toBeLessThan(200 * 500 * 1.1 + PER_SIZE_BYTES)
  })

  it('shrinks also when a single large slab is all there is', () => {
    const records = new SlabRecords()
    for (let count = 0; count < 6000; count += 1) records.add(500)
    const slab = (records.addresses[5500] ?? 0) >>> CELL_BITS
    const others = records.addresses.filter((address) => address >>> CELL_BITS !== slab)
    for (const address of others) records.drop(address)
    expect(records.live.size).toBeGreaterThan(100)
    for (const address of records.addresses.slice(3)) records.drop(address)
    expect(records.slabs.sizes).toBe(1)
    expect(records.slabs.compact(always, records.move)).toBe(true)
    records.check()
    expect(records.slabs.heldBytes).toBeLessThan(4096)
  })

  it('asks before each slice of about 16 KiB, and goes on where it stopped', () => {
    const records = new SlabRecords()
    records.addMany(6000, 500)
    records.thin(4)
    expect(records.slabs.compact(() => false, records.move)).toBe(false)
    expect(records.moves).toBe(0)
    let isDone = false
    let most = 0
    while (!isDone) {
      const before = records.moves
      isDone = records.slabs.compact(times(1), records.move)
      most = Math.max(most, records.moves - before)
      // Whoever writes in between must not be given a cell of the slab that is being emptied.
      records.add(500)
    }
    expect(most).toBe(17)
    records.check()
    records.checkCompact()
  })

  it('leaves a record alone that nobody owns, and its neighbours until the next is freed', () => {
    const records = new SlabRecords()
    records.addMany(2000, 500)
    records.thin(4)
    for (const address of records.addresses) records.pinned.add(address)
    const before = records.addresses
    expect(records.slabs.compact(always, records.move)).toBe(true)
    expect(records.addresses).toEqual(before)
    records.check()
    records.pinned.clear()
    expect(records.slabs.compact(always, records.move)).toBe(true)
    expect(records.addresses).toEqual(before)
    records.drop(before[0] ?? 0)
    expect(records.slabs.compact(always, records.move)).toBe(true)
    records.checkCompact()
  })

  it('goes on with other sizes when one is left alone', () => {
    const records = new SlabRecords()
    records.addMany(2000, 600)
    records.addMany(2000, 500)
    records.thin(4)
    for (const address of records.addresses) {
      if (records.live.get(address)?.bytes === 500) records.pinned.add(address)
    }
    const held = records.slabs.heldBytes
    expect(records.slabs.compact(always, records.move)).toBe(true)
    expect(records.moves).toBeGreaterThan(100)
    expect(records.slabs.heldBytes).toBeLessThan(held)
    records.check()
  })

  it('lets a record be freed while its slab is being emptied', () => {
    const records = new SlabRecords()
    records.addMany(4000, 500)
    records.thin(3)
    expect(records.slabs.compact(times(1), records.move)).toBe(false)
    for (const address of records.addresses.slice(0, 1300)) records.drop(address)
    records.check()
    expect(records.slabs.compact(always, records.move)).toBe(true)
    records.check()
    records.checkCompact()
  })

  it('keeps to its bound while sizes change, however much is freed', () => {
    const records = new SlabRecords()
    for (let round = 0; round < 12; round += 1) {
      for (let count = 0; count < 1500; count += 1) records.add(40 + round * 130 + (count % 37))
      for (const [at, address] of records.addresses.entries()) {
        if ((at * 7919) % 10 < 6) records.drop(address)
      }
      expect(records.slabs.compact(always, records.move)).toBe(true)
      records.checkCompact()
    }
    records.check()
  })

  it('behaves as a set of records of any length, whatever happens in which order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const records = new SlabRecords()
        for (const each of steps) {
          take(records, each)
          records.check()
        }
        records.pinned.clear()
        // A size that was left alone is looked at again when one of its records is freed.
        for (const bytes of new Set([...records.live.values()].map((record) => record.bytes))) {
          records.drop(records.add(bytes))
        }
        expect(records.slabs.compact(always, records.move)).toBe(true)
        records.check()
        records.checkCompact()
      }),
      { numRuns: 150 },
    )
  })
})

type Step =
  | { readonly kind: 'add'; readonly bytes: number; readonly times: number }
  | { readonly kind: 'drop'; readonly choice: number; readonly times: number }
  | { readonly kind: 'compact'; readonly slices: number }
  | { readonly kind: 'pin'; readonly choice: number }

const length = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.constantFrom(500, 1041, 2048, 2049, 4000, 30_000, 65_536, 65_537, 200_000),
)
const count = fc.integer({ min: 1, max: 60 })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('add' as const), bytes: length, times: count }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('drop' as const), choice: fc.nat(), times: count }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('compact' as const),
      slices: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pin' as const), choice: fc.nat() }) },
)

function take(records: SlabRecords, each: Step): void {
  switch (each.kind) {
    case 'add':
      records.addMany(each.times, each.bytes)
      break
    case 'drop':
      for (let at = 0; at < each.times; at += 1) records.dropAny(each.choice + at * 31)
      break
    case 'pin':
      records.pinAny(each.choice)
      break
    case 'compact':
      records.slabs.compact(times(each.slices), records.move)
  }
}

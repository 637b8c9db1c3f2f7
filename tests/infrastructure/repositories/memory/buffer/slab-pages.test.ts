import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_SLABS,
  SlabPages,
} from '../../../../../src/infrastructure/repositories/memory/buffer/slab-pages.ts'
import { always, SlabRecords, times } from './slab-records.ts'

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
    expect(liveBytes).toBe(1365 * 1044 + 635 * 1041)
    expect(heldBytes / liveBytes).toBeLessThan(1 + 1 / 15)
  })

  it('gives records of one length cells of it once as many in a row left a slab unfilled', () => {
    const records = new SlabRecords()
    const sizes = (): number[] =>
      records.addresses.slice(-2).map((address) => records.slabs.sizeOf(address))
    records.addMany(1365, 1041)
    expect(sizes()).toEqual([1044, 1044])
    records.addMany(2, 1041)
    expect(sizes()).toEqual([1041, 1041])
    records.addMany(2, 1042)
    expect(sizes()).toEqual([1044, 1044])
    records.add(1041)
    expect(sizes()).toEqual([1044, 1041])
    records.check()
  })

  it('keeps to the common cells while lengths change', () => {
    const records = new SlabRecords()
    for (let round = 0; round < 4; round += 1) {
      records.addMany(1365, 1041)
      records.add(1043)
    }
    expect(records.slabs.sizes).toBe(1)
    records.check()
  })

  it('has no cells of less than 16 bytes, however many records need no more', () => {
    const records = new SlabRecords()
    records.addMany(600, 5)
    expect(records.slabs.sizes).toBe(1)
    records.addMany(8200, 17)
    expect(records.slabs.sizes).toBe(3)
    records.check()
  })

  it('forgets cells of one length with the last of its records', () => {
    const records = new SlabRecords()
    records.addMany(1400, 1041)
    expect(records.slabs.sizes).toBe(2)
    for (const address of records.addresses.slice(-35)) records.drop(address)
    expect(records.slabs.sizes).toBe(1)
    records.add(1041)
    records.check()
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

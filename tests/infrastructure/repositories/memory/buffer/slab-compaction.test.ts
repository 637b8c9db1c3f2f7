import { describe, expect, it } from 'vitest'
import { CELL_BITS } from '../../../../../src/infrastructure/repositories/memory/buffer/slab.ts'
import { always, PER_SIZE_BYTES, SlabRecords, times } from './slab-records.ts'

describe('SlabPages, compacting', () => {
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

  it('compacts a size again and again, and does nothing when there is nothing to do', () => {
    const records = new SlabRecords()
    for (let round = 0; round < 3; round += 1) {
      records.addMany(3000, 500)
      records.thin(4)
      const { moves } = records
      expect(records.slabs.compact(always, records.move)).toBe(true)
      expect(records.moves - moves).toBeGreaterThan(50)
      expect(records.moves - moves).toBeLessThan(records.live.size * 2)
      records.checkCompact()
      const done = records.moves
      records.dropAny(7)
      records.slabs.compact(always, records.move)
      expect(records.moves).toBe(done)
    }
  })

  it('stops emptying a slab when writers have taken the room, rather than fill one as large', () => {
    const records = new SlabRecords()
    records.addMany(12_000, 500)
    records.thin(2)
    let source = -1
    const move = (from: number, to: number): boolean => {
      source = from >>> CELL_BITS
      return records.move(from, to)
    }
    expect(records.slabs.compact(times(1), move)).toBe(false)
    expect(records.slabs.slabs[source]?.live).toBeGreaterThan(0)
    const free = records.slabs.slabs
      .filter(({ number }) => number !== source)
      .reduce((sum, { cells, live }) => sum + cells - live, 0)
    records.addMany(free, 500)
    const { heldBytes } = records.slabs
    const { moves } = records
    expect(records.slabs.compact(always, move)).toBe(true)
    expect([records.moves, records.slabs.heldBytes]).toEqual([moves, heldBytes])
    // What it left is open again.
    records.add(500)
    expect(records.slabs.heldBytes).toBe(heldBytes)
    records.check()
    records.checkCompact()
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
})

import { describe, expect, it } from 'vitest'
import {
  MAX_SLAB_BYTES,
  SizeClass,
} from '../../../../../src/infrastructure/repositories/memory/buffer/size-class.ts'
import { Slab } from '../../../../../src/infrastructure/repositories/memory/buffer/slab.ts'

/** A size with slabs of so many cells, of which so many are in use. */
function sizeClassOf(
  cellBytes: number,
  slabs: readonly (readonly [cells: number, live: number])[],
): SizeClass {
  const sizeClass = new SizeClass(cellBytes)
  for (const [number, [cells, live]] of slabs.entries()) {
    const slab = new Slab(cellBytes, cells)
    slab.number = number
    for (let cell = 0; cell < live; cell += 1) slab.take()
    sizeClass.slabs += 1
    sizeClass.cells += cells
    sizeClass.live += live
    if (!slab.isFull) sizeClass.link(slab)
  }
  return sizeClass
}

describe('SizeClass', () => {
  it.each([
    ['the first slab of 16 bytes takes 4 KiB', 16, 0, 252],
    ['the first slab of 1044 bytes takes 4 KiB', 1044, 0, 3],
    ['a cell longer than that is alone at first', 4096, 0, 1],
    ['below 38.1 KiB in use a slab takes 4 KiB', 1024, 38, 3],
    ['from 38.1 KiB in use on a slab takes 8 KiB', 1024, 39, 7],
    ['with four times that it takes 16 KiB', 1024, 153, 15],
    ['a slab of 1044 bytes takes 1 MiB at most', 1044, 1_000_000, 1004],
    ['at most 8192 cells are in one slab', 16, 10_000_000, 8192],
    ['the longest cells share slabs as well', 65_536, 10_000, 15],
    ['a longer record is alone', 65_537, 1000, 1],
  ])('%s', (_, cellBytes, live, expected) => {
    const sizeClass = new SizeClass(cellBytes)
    sizeClass.live = live
    expect(sizeClass.slabCells).toBe(expected)
  })

  it('makes a slab that leaves 32 bytes of the pages that it fills', () => {
    const sizeClass = new SizeClass(100)
    sizeClass.live = 10_000_000
    sizeClass.cells = 10_000_000
    const { length } = new Slab(100, Math.min(sizeClass.slabCells, 8192)).bytes
    expect(length).toBeLessThanOrEqual(MAX_SLAB_BYTES - 32)
  })

  it.each([
    ['one cell less than a new slab has is free', { live: 500, free: 251, isSparse: false }],
    ['as much as a new slab has is free', { live: 500, free: 252, isSparse: true }],
    ['a twelfth is free', { live: 60_480, free: 5040, isSparse: false }],
    ['one cell more than a twelfth is free', { live: 60_480, free: 5041, isSparse: true }],
    ['nothing is in use', { live: 0, free: 252, isSparse: true }],
    ['nothing is there', { live: 0, free: 0, isSparse: false }],
  ])('says whether it is sparse when %s', (_, { live, free, isSparse }) => {
    const sizeClass = new SizeClass(16)
    sizeClass.live = live
    sizeClass.cells = live + free
    expect(sizeClass.isSparse).toBe(isSparse)
  })

  it('says that records of one length leave too much when they leave more than 4 KiB in a row', () => {
    const sizeClass = new SizeClass(1044)
    const ask = (bytes: number, times: number): boolean[] =>
      Array.from({ length: times }, () => sizeClass.leavesTooMuch(bytes))
    expect(ask(1042, 2048)).not.toContain(true)
    expect(ask(1042, 1)).toEqual([true])
    expect(ask(1041, 1365)).not.toContain(true)
    expect(ask(1041, 1)).toEqual([true])
    expect(ask(1043, 1)).toEqual([false])
    expect(ask(1041, 1365)).not.toContain(true)
  })

  it('never says so of records that a smaller cell than 16 bytes would do for', () => {
    const sizeClass = new SizeClass(16)
    for (let count = 0; count < 5000; count += 1) {
      expect(sizeClass.leavesTooMuch(15)).toBe(false)
    }
  })

  it('opens the slab that was linked last, and forgets those unlinked, wherever they stand', () => {
    const sizeClass = new SizeClass(16)
    const [a, b, c, d] = [1, 2, 3, 4].map((cells) => new Slab(16, cells)) as [
      Slab,
      Slab,
      Slab,
      Slab,
    ] // Four.
    for (const slab of [a, b, c, d]) sizeClass.link(slab)
    expect(sizeClass.open).toBe(d)
    sizeClass.unlink(b)
    expect([d.next, c.next, c.previous, a.previous]).toEqual([c, a, d, c])
    expect([b.previous, b.next]).toEqual([undefined, undefined])
    sizeClass.unlink(a)
    expect(c.next).toBeUndefined()
    sizeClass.unlink(d)
    expect([sizeClass.open, c.previous]).toEqual([c, undefined])
    sizeClass.unlink(c)
    expect(sizeClass.open).toBeUndefined()
  })

  it('links anew what it once let go, without its old neighbours', () => {
    const sizeClass = new SizeClass(16)
    const [a, b] = [new Slab(16, 1), new Slab(16, 1)]
    sizeClass.link(a)
    sizeClass.link(b)
    sizeClass.unlink(b)
    sizeClass.link(b)
    expect([sizeClass.open, b.next, b.previous, a.previous]).toEqual([b, a, undefined, b])
  })

  it('empties the slab with the smallest part in use', () => {
    expect(
      sizeClassOf(16, [
        [10, 5],
        [10, 4],
        [10, 6],
      ]).sparsest()?.number,
    ).toBe(1)
    expect(
      sizeClassOf(16, [
        [10, 5],
        [20, 9],
        [10, 5],
        [10, 5],
      ]).sparsest()?.number,
    ).toBe(1)
  })

  it('rather empties a slab that finds room in the others', () => {
    expect(
      sizeClassOf(16, [
        [10, 8],
        [40, 29],
        [10, 9],
      ]).sparsest()?.number,
    ).toBe(0)
    expect(
      sizeClassOf(16, [
        [40, 29],
        [10, 8],
        [10, 9],
      ]).sparsest()?.number,
    ).toBe(1)
  })

  it('empties a slab for which there is just enough room', () => {
    const tight = [10, 9] as const
    const emptier = [40, 31] as const
    expect(sizeClassOf(16, [tight, emptier]).sparsest()?.number).toBe(0)
    expect(sizeClassOf(16, [emptier, tight]).sparsest()?.number).toBe(1)
  })

  it('empties one of the larger slabs if none finds room', () => {
    expect(
      sizeClassOf(16, [
        [100, 80],
        [100, 70],
      ]).sparsest()?.number,
    ).toBe(1)
    expect(sizeClassOf(16, [[100, 100]]).sparsest()).toBeUndefined()
  })
})

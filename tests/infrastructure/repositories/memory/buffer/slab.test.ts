import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_CELLS,
  NO_CELL,
  Slab,
} from '../../../../../src/infrastructure/repositories/memory/buffer/slab.ts'

describe('Slab', () => {
  it('takes up its cells and a bit for each', () => {
    expect([new Slab(16, 8).bytes.length, new Slab(16, 9).bytes.length]).toEqual([129, 146])
  })

  it('hands out every cell once, lowest first, until it is full', () => {
    const slab = new Slab(16, 3)
    expect([slab.take(), slab.take()]).toEqual([0, 1])
    expect([slab.isFull, slab.live]).toEqual([false, 2])
    expect(slab.take()).toBe(2)
    expect([slab.isFull, slab.live]).toEqual([true, 3])
  })

  it('hands out last what was given back first', () => {
    const slab = new Slab(16, 4)
    for (let cell = 0; cell < 4; cell += 1) slab.take()
    for (const cell of [2, 0, 3]) slab.give(cell)
    expect([slab.take(), slab.take(), slab.take()]).toEqual([3, 0, 2])
  })

  it('chains the highest numbers of the most cells', () => {
    const slab = new Slab(16, MAX_CELLS)
    for (let cell = 0; cell < MAX_CELLS; cell += 1) slab.take()
    for (const cell of [MAX_CELLS - 1, 256, 255]) slab.give(cell)
    expect([slab.take(), slab.take(), slab.take()]).toEqual([255, 256, MAX_CELLS - 1])
    expect(slab.isFull).toBe(true)
  })

  it.each([0, 2, 3, -1])('refuses to take back cell %i, which is not in use', (cell) => {
    const slab = new Slab(16, 3)
    for (let taken = 0; taken < 3; taken += 1) slab.take()
    slab.give(0)
    slab.give(2)
    expect(() => slab.give(cell)).toThrow(
      new RangeError(`Cannot free cell ${cell}: it is not in use`),
    )
    expect(slab.live).toBe(1)
  })

  it('finds the cells in use in order, from any of them on', () => {
    const slab = new Slab(16, 100)
    for (let cell = 0; cell < 70; cell += 1) slab.take()
    for (let cell = 0; cell < 70; cell += 1) if (![5, 40, 69].includes(cell)) slab.give(cell)
    expect([0, 5, 6, 40, 41, 69, 70, 99].map((from) => slab.nextLive(from))).toEqual([
      5,
      5,
      40,
      40,
      69,
      69,
      NO_CELL,
      NO_CELL,
    ])
  })

  it('keeps a set of cells, whatever is taken and given back, and never touches one in use', () => {
    const choice = fc.option(fc.nat(), { nil: undefined })
    const cells = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(fc.array(choice, { maxLength: 80 }), cells, (choices, most) => {
        const slab = new Slab(16, most)
        const live = new Set<number>()
        for (const each of choices) {
          if (each === undefined) takeOne(slab, live)
          else giveOne(slab, live, each)
          expect(slab.live).toBe(live.size)
          expect(cellsInUse(slab)).toEqual([...live].sort((a, b) => a - b))
          expect([...live].filter((cell) => !isUntouched(slab, cell))).toEqual([])
        }
      }),
    )
  })
})

function takeOne(slab: Slab, live: Set<number>): void {
  if (slab.isFull) return
  const cell = slab.take()
  expect(live.has(cell)).toBe(false)
  slab.bytes.fill(cell + 1, cell * 16, (cell + 1) * 16)
  live.add(cell)
}

function giveOne(slab: Slab, live: Set<number>, choice: number): void {
  const cell = [...live][choice % live.size]
  if (cell === undefined) return
  slab.give(cell)
  live.delete(cell)
}

function cellsInUse(slab: Slab): number[] {
  const found: number[] = []
  for (let at = slab.nextLive(0); at !== NO_CELL; at = slab.nextLive(at + 1)) found.push(at)
  return found
}

function isUntouched(slab: Slab, cell: number): boolean {
  return slab.bytes.subarray(cell * 16, (cell + 1) * 16).every((byte) => byte === cell + 1)
}

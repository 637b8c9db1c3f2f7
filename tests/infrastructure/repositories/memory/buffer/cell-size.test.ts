import { describe, expect, it } from 'vitest'
import {
  cellSize,
  MAX_CELL_BYTES,
  MIN_CELL_BYTES,
} from '../../../../../src/infrastructure/repositories/memory/buffer/cell-size.ts'

const ALL = Array.from({ length: MAX_CELL_BYTES + 1 }, (_, bytes) => bytes)

describe('cellSize', () => {
  it.each([
    [0, 16],
    [1, 16],
    [16, 16],
    [17, 20],
    [20, 20],
    [21, 24],
    [1041, 1044],
    [2045, 2048],
    [2048, 2048],
    [2049, 2064],
    [2064, 2064],
    [2065, 2080],
    [4095, 4096],
    [4096, 4096],
    [4097, 4128],
    [32_768, 32_768],
    [32_769, 33_024],
    [65_024, 65_024],
    [65_025, 65_280],
    [65_281, 65_536],
    [65_536, 65_536],
    [65_537, 65_537],
    [1_048_577, 1_048_577],
  ])('gives a record of %i bytes a cell of %i', (bytes, expected) => {
    expect(cellSize(bytes)).toBe(expected)
  })

  it('wastes at most three bytes up to 2 KiB, and at most a 128th up to 64 KiB', () => {
    const wasteful = ALL.filter((bytes) => {
      const waste = cellSize(bytes) - Math.max(bytes, MIN_CELL_BYTES)
      return waste < 0 || waste > (bytes <= 2048 ? 3 : bytes / 128)
    })
    expect(wasteful).toEqual([])
  })

  it('never leaves more of a cell than one byte can say', () => {
    const left = ALL.map((bytes) => cellSize(bytes) - bytes)
    expect(left.reduce((most, each) => Math.max(most, each))).toBe(255)
  })

  it('answers a size that is its own, so that a cell fits itself', () => {
    expect(ALL.filter((bytes) => cellSize(cellSize(bytes)) !== cellSize(bytes))).toEqual([])
  })

  it('knows 509 sizes up to 2 KiB and 128 for each doubling above', () => {
    expect(new Set(ALL.map(cellSize)).size).toBe(509 + 5 * 128)
  })
})

import { describe, expect, it } from 'vitest'
import { median } from '../../../benchmarks/measure/median.ts'

describe('median()', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[1, 10, 2, 100], 6],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('leaves the list as it was', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('throws for no values, since nothing was measured', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

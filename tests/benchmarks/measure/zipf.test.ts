import { describe, expect, it } from 'vitest'
import { Zipf } from '../../../benchmarks/measure/zipf.ts'

const DRAWS = 200_000

function counted(count: number, exponent: number): number[] {
  const zipf = new Zipf(count, exponent)
  const counts = new Map<number, number>()
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const id = zipf.next()
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  for (const id of counts.keys()) {
    expect(Number.isInteger(id)).toBe(true)
    expect(id).toBeGreaterThanOrEqual(0)
    expect(id).toBeLessThan(count)
  }
  return [...counts.values()].sort((a, b) => b - a)
}

describe('Zipf', () => {
  it('draws the most frequent number as often as the law says, and the second 2^-exponent as often', () => {
    const [first = 0, second = 0] = counted(1000, 0.9)
    const zeta = Array.from({ length: 1000 }, (_, at) => 1 / (at + 1) ** 0.9).reduce(
      (a, b) => a + b,
    )
    expect(first / DRAWS).toBeCloseTo(1 / zeta, 2)
    expect(second / first).toBeCloseTo(0.5 ** 0.9, 1)
  })

  it('draws the same numbers in the same order each time', () => {
    const [a, b] = [new Zipf(100_000, 0.9), new Zipf(100_000, 0.9)]
    const draw = (zipf: Zipf): number[] => Array.from({ length: 50 }, () => zipf.next())
    expect(draw(a)).toEqual(draw(b))
  })

  it('knows the sum of a large law without adding every term', () => {
    const [first = 0] = counted(1_000_000, 0.9)
    let zeta = 0
    for (let rank = 1; rank <= 1_000_000; rank += 1) zeta += 1 / rank ** 0.9
    expect(first / DRAWS).toBeCloseTo(1 / zeta, 2)
  })
})

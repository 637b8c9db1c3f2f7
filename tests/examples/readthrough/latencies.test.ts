import { describe, expect, it } from 'vitest'
import { Latencies } from '../../../examples/readthrough/latencies.ts'

describe('Latencies', () => {
  it('has no quantile before the first duration', () => {
    expect(new Latencies().quantile(0.5)).toBeUndefined()
  })

  it.each([0.004, 0.5, 1, 3.7, 1234])('gives %f ms back at most 5 %% too high', (ms) => {
    const latencies = new Latencies()
    latencies.add(ms)
    expect(latencies.quantile(0.5)).toBeGreaterThanOrEqual(ms * 0.999)
    expect(latencies.quantile(0.5)).toBeLessThan(ms * 1.05)
  })

  it('tells the 99th of a hundred from the hundredth', () => {
    const latencies = new Latencies()
    for (let count = 0; count < 99; count += 1) latencies.add(1)
    latencies.add(500)
    expect(latencies.quantile(0.99)).toBeCloseTo(1)
    expect(latencies.quantile(1)).toBeGreaterThanOrEqual(500)
    expect(latencies.count).toBe(100)
  })

  it('takes a duration of zero', () => {
    const latencies = new Latencies()
    latencies.add(0)
    expect(latencies.quantile(0.5)).toBeCloseTo(0)
  })
})

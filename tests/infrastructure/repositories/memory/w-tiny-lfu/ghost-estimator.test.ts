import { describe, expect, it } from 'vitest'
import { GhostEstimator } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/ghost-estimator.ts'

/** A hash as good as that of a key. Source of the constants: Wellons, lowbias32. */
function hashOf(key: number): number {
  let mixed = key | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}

function estimatorOf(capacity: number, entries = capacity): GhostEstimator {
  const estimator = new GhostEstimator()
  estimator.resize(capacity, entries)
  return estimator
}

/** A request that the estimator hears of, and that counts. */
function request(estimator: GhostEstimator, hash: number, charge: number, weight = 1): void {
  estimator.count(weight)
  estimator.record(hash, charge, weight)
}

/** All keys with the same chance, the same each time; the hit ratio is the part of them that is held. */
function uniform(estimator: GhostEstimator, requests: number, keys: number, charge = 1): void {
  let random = 1
  for (let at = 0; at < requests; at += 1) {
    random ^= random << 13
    random ^= random >>> 17
    random ^= random << 5
    request(estimator, hashOf((random >>> 1) % keys), charge)
  }
}

describe('GhostEstimator', () => {
  it('says nothing before it has seen enough, or knows the capacity', () => {
    const estimator = estimatorOf(100)
    for (let key = 0; key < 255; key += 1) request(estimator, hashOf(key), 1)
    expect(estimator.estimates()).toBeUndefined()
    request(estimator, 1, 1)
    expect(estimator.estimates()).toEqual({ half: 0, double: 0, quadruple: 0 })
    const without = new GhostEstimator()
    uniform(without, 1000, 10)
    expect(without.estimates()).toBeUndefined()
  })

  it.each([100, 1000, 9000])(
    'estimates what half, twice and four times %i entries would hold of equal keys',
    (capacity) => {
      const estimator = estimatorOf(capacity)
      uniform(estimator, capacity * 26, capacity * 8)
      const { half, double, quadruple } = estimator.estimates() ?? {}
      expect(half).toBeGreaterThan(0.04)
      expect(half).toBeLessThan(0.09)
      expect(double).toBeGreaterThan(0.21)
      expect(double).toBeLessThan(0.28)
      expect(quadruple).toBeGreaterThan(0.43)
      expect(quadruple).toBeLessThan(0.53)
    },
  )

  it('finds that a loop of three times the capacity would fit into four times of it', () => {
    const estimator = estimatorOf(500)
    for (let at = 0; at < 30_000; at += 1) request(estimator, hashOf(at % 1500), 1)
    const { half, double, quadruple } = estimator.estimates() ?? {}
    expect(half).toBeLessThan(0.25)
    expect(double).toBeGreaterThan(0.55)
    expect(double).toBeLessThan(0.7)
    expect(quadruple).toBeGreaterThan(0.93)
  })

  it('counts room in bytes when the charges are bytes', () => {
    const estimator = estimatorOf(100_000, 1000)
    uniform(estimator, 26_000, 8000, 100)
    const { double } = estimator.estimates() ?? {}
    expect(double).toBeGreaterThan(0.21)
    expect(double).toBeLessThan(0.28)
  })

  it('lets a request stand for several', () => {
    const each = estimatorOf(100)
    const eighth = estimatorOf(100)
    for (let at = 0; at < 4000; at += 1) {
      request(each, hashOf(at), 1)
      request(eighth, hashOf(at), 1)
      const hot = hashOf(-1 - (at % 3))
      for (let times = 0; times < 8; times += 1) request(each, hot, 1)
      request(eighth, hot, 1, 8)
    }
    const expected = each.estimates()?.half ?? Number.NaN
    expect(expected).toBeGreaterThan(0.85)
    expect(Math.abs((eighth.estimates()?.half ?? 0) - expected)).toBeLessThan(0.02)
  })

  it('makes up for a sample that has the hot keys, or has none of them', () => {
    // A sixteenth of the keys is sampled; whichever of the four hot ones are, the answer is the same.
    const estimates = [1, 2, 3, 4, 5, 6].map((seed) => {
      const estimator = estimatorOf(4096)
      for (let at = 0; at < 60_000; at += 1) {
        request(estimator, hashOf(at % 2 === 0 ? seed * 1000 + (at % 8) : 1_000_000 + at), 1)
      }
      return estimator.estimates()?.double ?? Number.NaN
    })
    for (const double of estimates) {
      expect(double).toBeGreaterThan(0.45)
      expect(double).toBeLessThan(0.55)
    }
  })

  it('does not count keys as hits that were deleted in between', () => {
    const estimator = estimatorOf(100)
    for (let at = 0; at < 3000; at += 1) {
      request(estimator, hashOf(at % 10), 1)
      estimator.forget(hashOf(at % 10))
    }
    expect(estimator.estimates()).toEqual({ half: 0, double: 0, quadruple: 0 })
  })

  it('begins a new count when the capacity changes by more than twice', () => {
    const estimator = estimatorOf(1000)
    uniform(estimator, 2000, 10)
    estimator.resize(2000)
    expect(estimator.estimates()?.half).toBeGreaterThan(0.9)
    estimator.resize(2001)
    expect(estimator.estimates()).toBeUndefined()
    uniform(estimator, 20_000, 10)
    estimator.resize(1001)
    expect(estimator.estimates()).toBeDefined()
    estimator.resize(1000)
    expect(estimator.estimates()).toBeUndefined()
  })

  it('goes on counting when the sample changes with the number of entries', () => {
    const estimator = estimatorOf(100_000, 200)
    uniform(estimator, 20_000, 800, 500)
    const before = estimator.estimates()?.double ?? Number.NaN
    estimator.resize(100_000, 2000)
    uniform(estimator, 20_000, 8000, 50)
    const after = estimator.estimates()?.double ?? Number.NaN
    expect(before).toBeGreaterThan(0.4)
    expect(Math.abs(after - before)).toBeLessThan(0.1)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AccessPatterns } from '../../../src/application/services/access-patterns.ts'
import { type CacheKey, parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'

const named = (at: number): CacheKey => parseCacheKey(`key:${at}`)

describe('AccessPatterns', () => {
  it('counts exactly while there are at most 128 keys', () => {
    const patterns = new AccessPatterns()
    for (let at = 0; at < 128; at += 1) patterns.record(named(at), at + 1)
    patterns.record(named(5), 200)
    expect(patterns.hottest(2)).toEqual([
      { key: 'key:5', count: 206 },
      { key: 'key:127', count: 128 },
    ])
    expect(patterns.hottest(1000)).toHaveLength(128)
  })

  it('is full with 128 keys, not with 127', () => {
    const patterns = new AccessPatterns()
    for (let at = 0; at < 127; at += 1) patterns.record(named(at), 1)
    patterns.record(named(5), 1)
    expect(patterns.isFull).toBe(false)
    patterns.record(named(127), 1)
    expect(patterns.isFull).toBe(true)
  })

  it('answers no key where none was seen, or none is asked for', () => {
    const patterns = new AccessPatterns()
    expect(patterns.hottest(10)).toEqual([])
    patterns.record(named(1), 1)
    expect(patterns.hottest(0)).toEqual([])
  })

  it('gives the place of a rarest key, and its count, to one more', () => {
    const patterns = new AccessPatterns()
    for (let at = 0; at < 128; at += 1) patterns.record(named(at), at === 7 ? 2 : 3)
    patterns.record(named(500), 4)
    expect(patterns.hottest(1)).toEqual([{ key: 'key:500', count: 6 }])
    expect(patterns.hottest(200).map(({ key }) => key)).not.toContain('key:7')
  })

  it('holds at most 128 keys, and counts no key too low, nor higher than by the rarest count', () => {
    const seen = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 2000 })
    fc.assert(fc.property(seen, checkSummary), { numRuns: 50 })
  })
})

function checkSummary(seen: readonly number[]): void {
  const patterns = new AccessPatterns()
  const exact = new Map<CacheKey, number>()
  for (const at of seen) {
    const key = named(at * at)
    patterns.record(key, 1)
    exact.set(key, (exact.get(key) ?? 0) + 1)
  }
  const counted = patterns.hottest(1000)
  expect(counted.length).toBeLessThanOrEqual(128)
  const rarest = counted.length < 128 ? 0 : (counted.at(-1)?.count ?? 0)
  for (const { key, count } of counted) {
    const tooHigh = count - (exact.get(key) ?? 0)
    expect(tooHigh).toBeGreaterThanOrEqual(0)
    expect(tooHigh).toBeLessThanOrEqual(rarest)
  }
  const frequent = [...exact].filter(([, count]) => count > rarest).map(([key]) => key)
  expect(counted.map(({ key }) => key)).toEqual(expect.arrayContaining(frequent))
}

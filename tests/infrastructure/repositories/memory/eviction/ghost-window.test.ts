import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GhostWindow } from '../../../../../src/infrastructure/repositories/memory/eviction/ghost-window.ts'

/** What a ghost window is: the last so many hashes, each once. */
class NaiveWindow {
  #hashes: (number | undefined)[] = []

  remember(hash: number, length: number): void {
    this.#drop(hash)
    this.#hashes = [...this.#hashes, hash].slice(-length)
  }

  take(hash: number): boolean {
    const isIn = this.#hashes.includes(hash)
    this.#drop(hash)
    return isIn
  }

  /** The place stays taken: the window goes by how many came after. */
  #drop(hash: number): void {
    this.#hashes = this.#hashes.map((each) => (each === hash ? undefined : each))
  }
}

/** Hashes without a pattern: the n-th of a sequence that visits all numbers of 32 bits. */
function hashAt(n: number): number {
  return Math.imul(n, 0x9e37_79b1) ^ 0x5bd1_e995
}

/** The hash that MurmurHash3's finisher turns into this number. */
function hashMixedTo(mixed: number): number {
  let hash = mixed ^ (mixed >>> 16)
  hash = Math.imul(hash, 0x7ed1_b41d)
  hash ^= (hash >>> 13) ^ (hash >>> 26)
  hash = Math.imul(hash, 0xa5cb_9243)
  return hash ^ (hash >>> 16)
}

/** How many of these are in, each asked once. */
function countTaken(window: GhostWindow, from: number, to: number): number {
  let taken = 0
  for (let n = from; n < to; n += 1) if (window.take(hashAt(n))) taken += 1
  return taken
}

describe('GhostWindow', () => {
  it('knows nobody at first, not even hash 0', () => {
    const window = new GhostWindow()
    expect([0, 1, -1].map((hash) => window.take(hash))).toEqual([false, false, false])
  })

  it('keeps the last ones: of three in a window of two, the first is gone', () => {
    const window = new GhostWindow()
    for (const hash of [10, 20, 30]) window.remember(hash, 2)
    expect([10, 20, 30].map((hash) => window.take(hash))).toEqual([false, true, true])
  })

  it('take() answers true once', () => {
    const window = new GhostWindow()
    window.remember(10, 1)
    expect(window.take(10)).toBe(true)
    expect(window.take(10)).toBe(false)
    window.remember(10, 1)
    expect(window.take(10)).toBe(true)
  })

  it('does not bring back who left the window when it grows', () => {
    const window = new GhostWindow()
    for (const hash of [10, 20, 30]) window.remember(hash, 1)
    window.remember(40, 4)
    expect([10, 20, 30, 40].map((hash) => window.take(hash))).toEqual([false, false, true, true])
  })

  it('is a list of the last hashes, over any steps', () => {
    const step = fc.record({
      isTake: fc.boolean(),
      hash: fc.oneof(fc.integer({ min: -3, max: 12 }), fc.integer()),
      length: fc.constantFrom(1, 2, 5, 5, 5, 20),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const window = new GhostWindow()
        const model = new NaiveWindow()
        for (const { isTake, hash, length } of steps) {
          if (isTake) expect(window.take(hash)).toBe(model.take(hash))
          else {
            window.remember(hash, length)
            model.remember(hash, length)
          }
        }
        for (const { hash } of steps) expect(window.take(hash)).toBe(model.take(hash))
      }),
      { numRuns: 300 },
    )
  })

  it('remembers exactly the last 20 000 of 60 000, through all the pages that this takes', () => {
    const window = new GhostWindow()
    for (let n = 0; n < 60_000; n += 1) window.remember(hashAt(n), 20_000)
    expect(countTaken(window, 0, 40_000)).toBe(0)
    expect(countTaken(window, 40_000, 60_000)).toBe(20_000)
    expect(countTaken(window, 40_000, 60_000)).toBe(0)
  })

  it('remembers all while every other hash is taken back', () => {
    const window = new GhostWindow()
    for (let n = 0; n < 30_000; n += 1) {
      window.remember(hashAt(n), 30_000)
      if (n % 2 === 1) expect(window.take(hashAt(n))).toBe(true)
    }
    expect(countTaken(window, 0, 30_000)).toBe(15_000)
  })

  it('begins with a few hundred bytes, and stays below 32 for each hash of a full window', () => {
    const window = new GhostWindow()
    expect(window.bytes).toBeLessThan(200)
    for (let n = 0; n < 400_000; n += 1) window.remember(hashAt(n), 50_000)
    expect(window.bytes).toBeLessThan(32 * 50_000)
    expect(window.bytes).toBeGreaterThan(8 * 50_000)
  })

  it('does not grow over one hash that comes again and again, nor over hashes taken back', () => {
    const window = new GhostWindow()
    for (let n = 0; n < 10_000; n += 1) {
      window.remember(7, 1000)
      window.remember(hashAt(n), 1000)
      window.take(hashAt(n))
    }
    expect(window.bytes).toBeLessThan(20_000)
  })

  it('gives the memory of a large window back when a far smaller one takes its place', () => {
    const window = new GhostWindow()
    for (let n = 0; n < 50_000; n += 1) window.remember(hashAt(n), 50_000)
    for (let n = 0; n < 100; n += 1) window.remember(hashAt(n), 100)
    expect(window.bytes).toBeLessThan(5000)
    expect(countTaken(window, 0, 100)).toBe(100)
    expect(countTaken(window, 100, 50_000)).toBe(0)
  })

  it('keeps its window when that shrinks to a half', () => {
    const window = new GhostWindow()
    for (let n = 0; n < 20_000; n += 1) window.remember(hashAt(n), 20_000)
    window.remember(hashAt(20_000), 10_000)
    expect(countTaken(window, 0, 10_001)).toBe(0)
    expect(countTaken(window, 10_001, 20_001)).toBe(10_000)
  })

  it('spends no memory on thousands of hashes that all begin alike, and never answers a false yes', () => {
    const window = new GhostWindow()
    const alike = Array.from({ length: 8000 }, (_, n) => hashMixedTo((0x5a5a << 16) | (n << 1)))
    for (const hash of alike) window.remember(hash, 8000)
    expect(window.bytes).toBeLessThan(64 * 8000)
    const others = alike.map((hash) => hash ^ 0x0100_0000)
    const known = new Set(alike)
    expect(others.filter((hash) => !known.has(hash) && window.take(hash))).toEqual([])
    expect(alike.slice(-100).filter((hash) => window.take(hash))).toHaveLength(100)
  })
})

import { describe, expect, it } from 'vitest'
import { FrequencySketch } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/frequency-sketch.ts'

/** A hash as good as that of a key. Source of the constants: Wellons, lowbias32. */
function hashOf(key: number): number {
  let mixed = key | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}

function count(sketch: FrequencySketch, key: number, times: number): void {
  for (let at = 0; at < times; at += 1) sketch.add(hashOf(key))
}

/** A sketch as large as it gets for so many entries. */
function sketchFor(entries: number): FrequencySketch {
  const sketch = new FrequencySketch()
  for (let bytes = -1; bytes !== sketch.bytes; ) {
    bytes = sketch.bytes
    sketch.fit(entries, entries)
  }
  return sketch
}

function frequencies(sketch: FrequencySketch, keys: number): number[] {
  return Array.from({ length: keys }, (_, key) => sketch.frequency(hashOf(key)))
}

describe('FrequencySketch', () => {
  it('knows nobody at first', () => {
    expect(frequencies(new FrequencySketch(), 100)).toEqual(Array(100).fill(0))
  })

  it('counts each key by itself, up to 15', () => {
    const sketch = sketchFor(1000)
    for (let times = 0; times <= 17; times += 1) count(sketch, times, times)
    expect(frequencies(sketch, 18)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15,
    ])
  })

  it('never says less than was counted, and hardly ever more, with as many keys as entries', () => {
    for (const entries of [1024, 8192, 40_000]) {
      const sketch = sketchFor(entries)
      for (let key = 0; key < entries; key += 1) count(sketch, key, 1 + (key & 3))
      const all = frequencies(sketch, entries)
      const tooLow = all.filter((frequency, key) => frequency < 1 + (key & 3)).length
      const tooHigh = all.filter((frequency, key) => frequency > 1 + (key & 3)).length
      expect(tooLow).toBe(0)
      expect(tooHigh).toBeLessThan(entries / 50)
    }
  })

  it('spreads keys whose hashes are near each other', () => {
    const sketch = sketchFor(1024)
    for (let hash = 0; hash < 1024; hash += 1) sketch.add(hash)
    const strangers = Array.from({ length: 1024 }, (_, at) => sketch.frequency(5000 + at))
    expect(strangers.filter((frequency) => frequency > 0).length).toBeLessThan(100)
  })

  it('halves all counts once there were ten requests per entry, and not before', () => {
    const sketch = sketchFor(100)
    count(sketch, 1, 15)
    count(sketch, 2, 5)
    for (let request = 20; request < 999; request += 1) count(sketch, 1000 + (request % 98), 1)
    expect(frequencies(sketch, 3)).toEqual([0, 15, 5])
    count(sketch, 3, 1)
    expect(frequencies(sketch, 3)).toEqual([0, 7, 2])
  })

  it('halves again before ten more requests per entry, for half of them are in the counts still', () => {
    const sketch = sketchFor(100)
    const requestsUntil = (frequency: number): number => {
      let requests = 0
      while (sketch.frequency(hashOf(1)) > frequency) {
        // In turn, so that nobody is counted more than 15 times.
        count(sketch, 1000 + (requests % 100), 1)
        requests += 1
      }
      return requests
    }
    count(sketch, 1, 15)
    expect(requestsUntil(7)).toBe(985)
    const second = requestsUntil(3)
    expect(second).toBeGreaterThan(500)
    expect(second).toBeLessThan(700)
  })

  it('does not count requests for keys that are at 15 already', () => {
    const sketch = sketchFor(100)
    count(sketch, 2, 6)
    count(sketch, 1, 5000)
    expect(frequencies(sketch, 3)).toEqual([0, 15, 6])
  })

  it('halves a large sketch page by page, one with each request', () => {
    const sketch = sketchFor(10_000)
    const keys = 2000
    for (let key = 0; key < keys; key += 1) count(sketch, key, 4)
    const sum = (): number => frequencies(sketch, keys).reduce((total, each) => total + each)
    for (let request = 0; request < 91_000; request += 1)
      count(sketch, keys + (request % 30_000), 1)
    const before = sum()
    for (let key = 1; sum() >= before; key += 1) count(sketch, -key, 1)
    expect(sum()).toBeGreaterThan(before * 0.7)
    for (let more = 0; more < 20; more += 1) count(sketch, -more, 1)
    expect(sum()).toBeLessThan(before * 0.6)
    expect(sum()).toBeGreaterThan(before * 0.4)
  })

  it('begins tiny, and is 32 bytes per entry for 1024 entries, 16 for 8192, and 8 for many more', () => {
    expect(new FrequencySketch().bytes).toBe(256)
    expect(sketchFor(1024).bytes).toBe(32 * 1024)
    expect(sketchFor(8192).bytes).toBe(16 * 8192)
    expect(sketchFor(1_000_000).bytes).toBeGreaterThanOrEqual(8_000_000)
    expect(sketchFor(1_000_000).bytes).toBeLessThan(8_020_000)
  })

  it('is made for what a small cache is going to hold, once it holds a 64th of it', () => {
    const sketch = new FrequencySketch()
    sketch.fit(0, 1024)
    expect(sketch.bytes).toBe(256)
    sketch.fit(8, 1024)
    expect(sketch.bytes).toBe(16 * 1024)
    sketch.fit(16, 1024)
    expect(sketch.bytes).toBe(32 * 1024)
  })

  it('is not made for what a large cache may hold some day', () => {
    const sketch = new FrequencySketch()
    for (let call = 0; call < 500; call += 1) sketch.fit(200, 1_000_000)
    expect(sketch.bytes).toBe(16 * 8192)
  })

  it('grows by one page of 16 KiB a call, so that no call is long', () => {
    const sketch = sketchFor(8192)
    for (let pages = 1; pages <= 50; pages += 1) {
      sketch.fit(1_000_000, 1_000_000)
      expect(sketch.bytes).toBe(16 * 8192 + pages * 16_384)
    }
  })

  it('never shrinks', () => {
    const sketch = sketchFor(1024)
    sketch.fit(1, 1)
    expect(sketch.bytes).toBe(32 * 1024)
  })

  it('forgets no count while it grows', () => {
    const sketch = new FrequencySketch()
    // Long before any halving.
    sketch.fit(8, 8192)
    for (let key = 0; key < 500; key += 1) {
      count(sketch, key, 1 + (key % 7))
      sketch.fit(8 + key * 100, 8 + key * 100)
    }
    const all = frequencies(sketch, 500)
    expect(all.every((frequency, key) => frequency >= 1 + (key % 7))).toBe(true)
    expect(sketch.bytes).toBeGreaterThan(300_000)
  })

  it('does not grow while it halves: each count is halved once', () => {
    const sketch = sketchFor(10_000)
    const keys = 400
    for (let key = 0; key < keys; key += 1) count(sketch, key, 8)
    const sum = (): number => frequencies(sketch, keys).reduce((total, each) => total + each)
    const before = sum()
    const { bytes } = sketch
    for (let request = 0; request < 96_700; request += 1) count(sketch, keys + (request % 9000), 1)
    expect(sum()).toBeLessThan(before * 1.02)
    for (let key = 1; sum() >= before; key += 1) count(sketch, -key, 1)
    sketch.fit(1_000_000, 1_000_000)
    expect(sketch.bytes).toBe(bytes)
    for (let more = 0; more < 20; more += 1) count(sketch, -5000 - more, 1)
    sketch.fit(1_000_000, 1_000_000)
    expect(sketch.bytes).toBeGreaterThan(bytes)
    expect(sum() / before).toBeGreaterThan(0.45)
    expect(sum() / before).toBeLessThan(0.6)
  })
})

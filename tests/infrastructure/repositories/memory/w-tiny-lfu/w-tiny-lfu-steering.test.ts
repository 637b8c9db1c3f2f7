import { describe, expect, it } from 'vitest'
import { FrequencySketch } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/frequency-sketch.ts'
import { W_TINY_LFU_ARMS } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-arm.ts'
import { ShadowSteering } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-steering.ts'

const FREQUENCY = W_TINY_LFU_ARMS[0]

/** A hash as good as that of a key. Source of the constants: Wellons, lowbias32. */
function hashOf(key: number): number {
  let mixed = key | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}

/** A steering for a cache of so many entries, and the sketch it reads. */
class SteeringStage {
  readonly sketch: FrequencySketch = new FrequencySketch()
  readonly steering: ShadowSteering = new ShadowSteering(this.sketch)

  constructor(entries: number) {
    for (let call = 0; call < 20; call += 1) this.sketch.fit(entries, entries)
    this.steering.fit(entries, entries)
  }

  request(key: number, weight = 1): void {
    const hash = hashOf(key)
    this.sketch.add(hash)
    if (this.steering.samples(hash)) this.steering.record(hash, 1, weight)
  }

  /** Each key three times, some keys apart: nothing but recency pays. */
  readAgainSoon(requests: number, distance: number, first = 1_000_000): void {
    for (let at = 0; at < requests; at += 3) {
      this.request(first + at)
      this.request(first + at - distance * 3)
      this.request(first + at - distance * 6)
    }
  }

  loop(requests: number, keys: number): void {
    for (let at = 0; at < requests; at += 1) this.request(at % keys)
  }

  sampledOf(keys: number): number {
    return Array.from({ length: keys }, (_, key) => hashOf(key)).filter((hash) =>
      this.steering.samples(hash),
    ).length
  }
}

describe('ShadowSteering', () => {
  it('begins with the arm for frequency, and stays with it in a loop', () => {
    const stage = new SteeringStage(200)
    expect(stage.steering.arm).toBe(FREQUENCY)
    stage.loop(20_000, 300)
    expect(stage.steering.arm).toBe(FREQUENCY)
  })

  it.each([200, 1000, 20_000])(
    'goes over to a large window where keys come back once and soon, with %i entries',
    (entries) => {
      const stage = new SteeringStage(entries)
      stage.readAgainSoon(entries * 40, Math.floor(entries * 0.2))
      expect(stage.steering.arm.windowShare).toBeGreaterThan(0.5)
    },
  )

  it('comes back when the traffic does', () => {
    const stage = new SteeringStage(200)
    stage.readAgainSoon(8000, 40)
    expect(stage.steering.arm.windowShare).toBeGreaterThan(0.5)
    stage.loop(20_000, 300)
    expect(stage.steering.arm).toBe(FREQUENCY)
  })

  it('stays where it is if all arms are as good', () => {
    const stage = new SteeringStage(200)
    stage.loop(30_000, 150)
    expect(stage.steering.arm).toBe(FREQUENCY)
    for (let key = 0; key < 30_000; key += 1) stage.request(1_000_000 + key)
    expect(stage.steering.arm).toBe(FREQUENCY)
  })

  it('does not take a handful of hits for more than chance', () => {
    const stage = new SteeringStage(1000)
    for (let key = 0; key < 3000; key += 1) stage.request(key)
    // Hits of a large window only, and too few to say anything.
    for (let key = 2500; key < 2503; key += 1) stage.request(key)
    for (let key = 3000; key < 6000; key += 1) stage.request(key)
    expect(stage.steering.arm).toBe(FREQUENCY)
  })

  it('needs more requests if each stands for eight', () => {
    const switchesAfter = (weight: number): number => {
      const stage = new SteeringStage(200)
      for (let key = 0; key < 500; key += 1) stage.request(key)
      for (let at = 0; at < 20_000; at += 1) {
        stage.request(1_000_000 + at, weight)
        stage.request(1_000_000 + at - 60, weight)
        if (stage.steering.arm !== FREQUENCY) return at
      }
      return Number.POSITIVE_INFINITY
    }
    expect(switchesAfter(1)).toBeLessThan(2000)
    expect(switchesAfter(8)).toBeGreaterThanOrEqual(switchesAfter(1))
  })

  describe('its sample', () => {
    it('is all keys of up to 1024 entries, and half of more', () => {
      expect(new SteeringStage(1024).sampledOf(10_000)).toBe(10_000)
      const half = new SteeringStage(1025).sampledOf(10_000)
      expect(half).toBeGreaterThan(4700)
      expect(half).toBeLessThan(5300)
    })

    it('is an eighth of 8192, and a 64th of more', () => {
      const eighth = new SteeringStage(8192).sampledOf(64_000)
      expect(eighth).toBeGreaterThan(7600)
      expect(eighth).toBeLessThan(8400)
      const few = new SteeringStage(8193).sampledOf(64_000)
      expect(few).toBeGreaterThan(850)
      expect(few).toBeLessThan(1150)
    })

    it('is one in four thousand of a million', () => {
      const sampled = new SteeringStage(1_000_000).sampledOf(800_000)
      expect(sampled).toBeGreaterThan(140)
      expect(sampled).toBeLessThan(260)
    })

    it('is few of a cache that has no limit', () => {
      const stage = new SteeringStage(1000)
      stage.steering.fit(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
      expect(stage.sampledOf(100_000)).toBeLessThan(10)
    })

    it('grows again only when the mini caches would be less than three eighths full', () => {
      const stage = new SteeringStage(2048)
      const half = stage.sampledOf(10_000)
      stage.steering.fit(768, 768)
      expect(stage.sampledOf(10_000)).toBe(half)
      stage.steering.fit(767, 767)
      expect(stage.sampledOf(10_000)).toBe(10_000)
    })

    it('keeps what it has when the cache grows or shrinks', () => {
      const stage = new SteeringStage(1000)
      for (let key = 0; key < 1000; key += 1) stage.request(key)
      const { bytes } = stage.steering
      stage.steering.fit(1000, 1000)
      stage.steering.fit(2000, 2000)
      stage.steering.fit(700, 700)
      expect(stage.steering.bytes).toBeLessThanOrEqual(bytes)
      expect(stage.steering.bytes).toBeGreaterThan(0)
    })

    it('becomes smaller if there are more keys than their average size let expect', () => {
      const stage = new SteeringStage(1000)
      stage.steering.fit(1_000_000, 1000)
      for (let key = 0; key < 5000; key += 1) stage.request(key)
      expect(stage.sampledOf(10_000)).toBe(10_000)
      stage.steering.fit(1_000_000, 1000)
      expect(stage.sampledOf(10_000)).toBeLessThan(5300)
    })
  })

  it('forgets keys that were deleted: they are no hits', () => {
    const stage = new SteeringStage(200)
    for (let at = 0; at < 8000; at += 1) {
      stage.request(1_000_000 + at)
      stage.steering.forget(hashOf(1_000_000 + at))
      stage.request(1_000_000 + at - 60)
      stage.steering.forget(hashOf(1_000_000 + at - 60))
    }
    expect(stage.steering.arm).toBe(FREQUENCY)
  })

  it('takes little memory at first', () => {
    expect(new ShadowSteering(new FrequencySketch()).bytes).toBeLessThan(8000)
  })
})

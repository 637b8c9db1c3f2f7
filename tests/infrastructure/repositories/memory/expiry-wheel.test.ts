import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ExpiryWheel,
  NEVER,
} from '../../../../src/infrastructure/repositories/memory/expiry-wheel.ts'
import { spanArbitrary, stepArbitrary, WheelComparison } from './wheel-comparison.ts'

const LAST = NEVER - 1

const always = (): boolean => true

/** The blocks that an advance visits, in order; none of them has anything more to come. */
function visited(wheel: ExpiryWheel, nowTick: number): number[] {
  const blocks: number[] = []
  const isDone = wheel.advance(
    nowTick,
    (block) => {
      blocks.push(block)
      return NEVER
    },
    always,
  )
  expect(isDone).toBe(true)
  return blocks
}

/** A wheel at this tick that waits for these ticks in blocks 0, 1, 2 ... */
function wheelOf(nowTick: number, ticks: readonly number[]): ExpiryWheel {
  const wheel = new ExpiryWheel(nowTick)
  for (const [block, tick] of ticks.entries()) wheel.note(block, tick)
  return wheel
}

describe('ExpiryWheel', () => {
  // Both sides of where each level begins, seen from ticks in their midst and at their ends.
  const ends = [6, 12, 18, 24, 30].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1])
  const starts = [0, 1, 62, 63, 64, 4095, 123_456, 2 ** 24 - 1, 2 ** 30 - 1, 2 ** 30]

  it.each(starts)(
    'visits a block at its tick and not the tick before, beginning at %i',
    (start) => {
      const ticks = [1, ...ends].map((span) => start + span).filter((tick) => tick <= LAST)
      expect(ticks.length).toBeGreaterThan(12)
      for (const tick of ticks) {
        const oneStep = wheelOf(start, [tick])
        expect(visited(oneStep, tick - 1)).toEqual([])
        expect(oneStep.nextTick()).toBeLessThanOrEqual(tick)
        expect(visited(oneStep, tick)).toEqual([0])
        expect(oneStep.nextTick()).toBe(NEVER)
        expect(visited(wheelOf(start, [tick]), tick)).toEqual([0])
        expect(visited(wheelOf(start, [tick]), LAST)).toEqual([0])
      }
    },
  )

  it('visits a block that is noted at the tick it stands at, or before it, by the next advance', () => {
    const wheel = wheelOf(100, [100, 99, 0, -5])
    expect(wheel.nextTick()).toBe(-5)
    expect(visited(wheel, 100).sort()).toEqual([0, 1, 2, 3])
    expect(wheel.nextTick()).toBe(NEVER)
  })

  it('visits blocks in the order of their ticks', () => {
    const ticks = Array.from(
      { length: 400 },
      (_, i) => (i * 7919 * (i % 7 === 0 ? 9973 : 1)) % 2 ** 30,
    )
    const blocks = visited(wheelOf(0, ticks), LAST)
    expect(blocks).toHaveLength(400)
    expect(blocks.map((block) => ticks[block])).toEqual([...ticks].sort((a, b) => a - b))
  })

  it('waits for the last tick there is, and for nothing at NEVER', () => {
    const wheel = wheelOf(0, [LAST, NEVER])
    expect(visited(wheel, LAST - 1)).toEqual([])
    expect(visited(wheel, LAST)).toEqual([0])
    expect(visited(wheel, NEVER)).toEqual([])
  })

  it('is empty when new, and takes no memory until something is noted', () => {
    const wheel = new ExpiryWheel(5)
    wheel.note(3, NEVER)
    expect(wheel.bytes).toBe(0)
    expect(wheel.nextTick()).toBe(NEVER)
    expect(visited(wheel, 1000)).toEqual([])
    wheel.note(3, 1500)
    expect(wheel.bytes).toBe(16 * 16 + 385 * 4 + 13 * 4)
  })

  it('grows with the highest block, at least twofold', () => {
    const wheel = wheelOf(0, [5])
    const fixed = wheel.bytes - 16 * 16
    wheel.note(15, 6)
    expect(wheel.bytes - fixed).toBe(16 * 16)
    wheel.note(16, 7)
    expect(wheel.bytes - fixed).toBe(32 * 16)
    wheel.note(100_000, 4)
    expect(wheel.bytes - fixed).toBe(100_001 * 16)
    expect(visited(wheel, 7)).toEqual([100_000, 0, 15, 16])
  })
})

describe('ExpiryWheel.note()', () => {
  it('moves a block forward, never back', () => {
    const wheel = wheelOf(0, [500])
    wheel.note(0, 501)
    wheel.note(0, 100_000)
    expect(visited(wheel, 499)).toEqual([])
    wheel.note(0, NEVER)
    expect(visited(wheel, 500)).toEqual([0])
    wheel.note(0, 9000)
    wheel.note(0, 600)
    wheel.note(0, 600)
    expect(visited(wheel, 600)).toEqual([0])
    expect(visited(wheel, 10_000)).toEqual([])
  })

  it.each([
    ['the first', 2],
    ['one in the middle', 1],
    ['the last', 0],
  ])('takes %s of a bucket out without losing the others', (_, block) => {
    const wheel = wheelOf(0, [70, 70, 70])
    wheel.note(block, 3)
    expect(visited(wheel, 3)).toEqual([block])
    expect(visited(wheel, 69)).toEqual([])
    expect(visited(wheel, 70).sort()).toEqual([0, 1, 2].filter((other) => other !== block))
  })

  it('moves a block that is overdue already', () => {
    const wheel = wheelOf(100, [50, 60])
    wheel.note(0, 40)
    expect(wheel.nextTick()).toBe(40)
    expect(visited(wheel, 100).sort()).toEqual([0, 1])
  })
})

describe('ExpiryWheel.advance()', () => {
  it('comes again when the visit says', () => {
    const wheel = wheelOf(0, [10])
    const seen: number[] = []
    const at = (nowTick: number): void => {
      wheel.advance(
        nowTick,
        () => {
          seen.push(nowTick)
          return nowTick < 5000 ? nowTick * 10 : NEVER
        },
        always,
      )
    }
    for (const nowTick of [9, 10, 99, 100, 999, 1000, 9999, 10_000, 20_000]) at(nowTick)
    expect(seen).toEqual([10, 100, 1000, 10_000])
  })

  it('comes at the next tick when the visit says now or before', () => {
    for (const answer of [20, 19, 0, -1]) {
      const wheel = wheelOf(0, [10])
      let visits = 0
      const visit = (): number => {
        visits += 1
        return answer
      }
      expect(wheel.advance(20, visit, always)).toBe(true)
      expect(visits).toBe(1)
      expect(wheel.nextTick()).toBe(21)
      wheel.advance(21, visit, always)
      expect(visits).toBe(2)
    }
  })

  it('keeps the earlier of what is noted in a visit and what the visit answers', () => {
    for (const [noted, answered] of [
      [30, 40],
      [40, 30],
    ] as const) {
      const wheel = wheelOf(0, [10])
      wheel.advance(
        10,
        (block) => {
          wheel.note(block, noted)
          return answered
        },
        always,
      )
      expect(visited(wheel, 29)).toEqual([])
      expect(visited(wheel, 30)).toEqual([0])
      expect(visited(wheel, 50)).toEqual([])
    }
  })

  it('visits also what a visit notes for now or before', () => {
    const wheel = wheelOf(0, [10])
    const seen: number[] = []
    wheel.advance(
      500,
      (block) => {
        seen.push(block)
        if (block < 6) wheel.note(block + 1, 500 - block * 200)
        return NEVER
      },
      always,
    )
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('stops when it may not go on, and goes on where it stopped', () => {
    const wheel = wheelOf(0, [5, 6, 70, 5000, 5001])
    const seen: number[] = []
    const step = (nowTick: number, more: number): boolean => {
      let left = more
      return wheel.advance(
        nowTick,
        (block) => {
          seen.push(block)
          return NEVER
        },
        () => {
          left -= 1
          return left >= 0
        },
      )
    }
    expect(step(5000, 0)).toBe(false)
    expect(seen).toEqual([0])
    expect(wheel.nextTick()).toBe(6)
    expect(step(5000, 1)).toBe(false)
    expect(seen).toEqual([0, 1, 2])
    wheel.note(9, 50)
    expect(wheel.nextTick()).toBe(50)
    expect(step(5000, 1)).toBe(true)
    expect(seen).toEqual([0, 1, 2, 9, 3])
    expect(step(5001, 0)).toBe(true)
    expect(seen).toEqual([0, 1, 2, 9, 3, 4])
  })

  it('asks whether it may go on only when there is somebody to visit', () => {
    const wheel = wheelOf(0, [5, 6])
    let asked = 0
    const mayGoOn = (): boolean => {
      asked += 1
      return true
    }
    wheel.advance(4, () => NEVER, mayGoOn)
    wheel.advance(5, () => NEVER, mayGoOn)
    expect(asked).toBe(0)
    wheel.note(1, 4)
    wheel.note(2, 5)
    wheel.advance(6, () => NEVER, mayGoOn)
    expect(asked).toBe(1)
  })

  it('loses nobody when time jumps back, and visits nobody early', () => {
    const wheel = wheelOf(1_000_000, [1_000_100, 1_300_000])
    expect(visited(wheel, 1_000_050)).toEqual([])
    wheel.note(2, 600)
    wheel.note(3, 400)
    expect(wheel.nextTick()).toBe(400)
    expect(visited(wheel, 500)).toEqual([3])
    expect(wheel.nextTick()).toBeLessThanOrEqual(600)
    expect(visited(wheel, 599)).toEqual([])
    expect(visited(wheel, 600)).toEqual([2])
    expect(visited(wheel, 1_000_099)).toEqual([])
    expect(visited(wheel, 1_000_100)).toEqual([0])
    expect(visited(wheel, 2_000_000)).toEqual([1])
  })

  it('takes one step, not one per tick, over years of nothing', () => {
    const wheel = wheelOf(0, [LAST])
    for (let turn = 0; turn < 2000; turn += 1) {
      expect(visited(wheel, turn * 1_000_000)).toEqual([])
    }
    expect(visited(wheel, LAST)).toEqual([0])
  })

  it('may be cleared in a visit', () => {
    const wheel = wheelOf(0, [5, 6, 700])
    const seen: number[] = []
    const clearing = (block: number): number => {
      seen.push(block)
      wheel.clear()
      return NEVER
    }
    expect(wheel.advance(1000, clearing, always)).toBe(true)
    expect(seen).toEqual([0])
    expect(wheel.nextTick()).toBe(NEVER)
  })
})

describe('ExpiryWheel.clear()', () => {
  it('forgets all, and takes the same blocks again', () => {
    const wheel = wheelOf(100, [50, 200, 90_000])
    wheel.clear()
    expect(wheel.bytes).toBe(0)
    expect(wheel.nextTick()).toBe(NEVER)
    wheel.note(1, 300)
    expect(visited(wheel, 299)).toEqual([])
    expect(visited(wheel, 300)).toEqual([1])
    expect(visited(wheel, 100_000)).toEqual([])
  })
})

describe('ExpiryWheel against a tick per block', () => {
  it('visits whoever is due, once, and nobody else, whatever the order of events', () => {
    const start = fc.oneof(fc.nat(100), fc.nat(2 ** 30), fc.constantFrom(63, 64, 4095, 2 ** 30 - 1))
    const spans = fc.array(spanArbitrary, { minLength: 1, maxLength: 20 })
    const steps = fc.array(stepArbitrary, { maxLength: 120 })
    fc.assert(
      fc.property(start, spans, steps, (nowTick, visitSpans, sequence) => {
        const comparison = new WheelComparison(nowTick, visitSpans)
        for (const step of sequence) comparison.apply(step)
        comparison.finish()
      }),
      { numRuns: 600 },
    )
  })
})

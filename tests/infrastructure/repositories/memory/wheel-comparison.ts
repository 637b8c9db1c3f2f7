import fc from 'fast-check'
import { expect } from 'vitest'
import {
  ExpiryWheel,
  NEVER,
} from '../../../../src/infrastructure/repositories/memory/expiry-wheel.ts'

const LAST = NEVER - 1

/** What a wheel is to do, as plainly as can be: a tick per block. */
class NaiveWheel {
  readonly ticks: Map<number, number> = new Map()

  note(block: number, tick: number): void {
    if (tick !== NEVER) this.ticks.set(block, Math.min(tick, this.ticks.get(block) ?? NEVER))
  }

  earliest(): number {
    return Math.min(NEVER, ...this.ticks.values())
  }

  isDue(nowTick: number): boolean {
    return this.earliest() <= nowTick
  }
}

/** What happens to a wheel. */
export type WheelStep =
  | { readonly type: 'note'; readonly block: number; readonly span: number }
  | { readonly type: 'advance'; readonly span: number; readonly visits: number }
  | { readonly type: 'clear' }

/** From a tick back to two years ahead. */
export const spanArbitrary: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -3, max: 70 }),
  fc.integer({ min: -200, max: 5000 }),
  fc.integer({ min: 0, max: 2 ** 20 }),
  fc.integer({ min: -(2 ** 20), max: 2 ** 27 }),
)
const blockArbitrary = fc.oneof(fc.nat(6), fc.nat(70))

export const stepArbitrary: fc.Arbitrary<WheelStep> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('note' as const),
      block: blockArbitrary,
      span: spanArbitrary,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      span: spanArbitrary,
      visits: fc.nat(12),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'clear' as const }) },
)

/** Both wheels in step, with what visits answer and note taken from a list by turns. */
export class WheelComparison {
  readonly naive: NaiveWheel = new NaiveWheel()
  readonly wheel: ExpiryWheel
  #nowTick: number
  readonly #spans: readonly number[]
  #turn = 0

  constructor(nowTick: number, spans: readonly number[]) {
    this.#nowTick = nowTick
    this.#spans = spans
    this.wheel = new ExpiryWheel(nowTick)
  }

  apply(step: WheelStep): void {
    if (step.type === 'note') this.#note(step.block, this.#nowTick + step.span)
    else if (step.type === 'advance') this.#advance(step.span, step.visits)
    else {
      this.naive.ticks.clear()
      this.wheel.clear()
    }
    const next = this.wheel.nextTick()
    expect(next).toBeLessThanOrEqual(this.naive.earliest())
    expect(next === NEVER).toBe(this.naive.ticks.size === 0)
  }

  /** Whoever is left comes in time. */
  finish(): void {
    const left = [...this.naive.ticks.keys()]
    const visited: number[] = []
    const visit = (each: number): number => {
      visited.push(each)
      return NEVER
    }
    expect(this.wheel.advance(LAST, visit, () => true)).toBe(true)
    expect(visited.sort()).toEqual(left.sort())
  }

  #note(noted: number, tick: number): void {
    this.naive.note(noted, Math.min(tick, LAST))
    this.wheel.note(noted, Math.min(tick, LAST))
  }

  #advance(by: number, visits: number): void {
    this.#nowTick = Math.min(Math.max(0, this.#nowTick + by), LAST - 1)
    let left = visits
    const isDone = this.wheel.advance(
      this.#nowTick,
      (each) => this.#visit(each),
      () => {
        left -= 1
        return left >= 0
      },
    )
    expect(isDone).toBe(!this.naive.isDue(this.#nowTick))
  }

  #visit(visitedBlock: number): number {
    expect(this.naive.ticks.get(visitedBlock)).toBeLessThanOrEqual(this.#nowTick)
    this.naive.ticks.delete(visitedBlock)
    if (this.#nextSpan() % 3 === 0) {
      const other = Math.abs(this.#nextSpan()) % 40
      this.#note(other, this.#nowTick + Math.max(this.#nextSpan(), 1))
    }
    const answered = this.#nextSpan()
    if (answered % 2 === 0) return NEVER
    const tick = Math.min(this.#nowTick + answered, LAST)
    this.naive.note(visitedBlock, Math.max(tick, this.#nowTick + 1))
    return tick
  }

  #nextSpan(): number {
    this.#turn += 1
    return this.#spans[this.#turn % this.#spans.length] ?? 0
  }
}

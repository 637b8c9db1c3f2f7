import type { Clock } from '../../core/protocols/clock.ts'

/** Most calls of `nowMs` that one reading of the system's clock answers, in a stretch without a timer. */
const MAX_CALLS_PER_READING = 64

/**
 * The clocks of this machine.
 *
 * `nowMs` is coarse: `Date.now()` costs 55 to 85 ns, half a hit (notes/memory-engine.md), so a reading
 * is reused for up to a millisecond, which a timer ends. In code that doesn't let timers run, each
 * reading that finds the time unmoved answers twice as many calls as the one before, at most 64, and
 * one that finds it moved begins again at one: many calls a millisecond share a reading, and rare ones
 * each get their own. An idle process has no timer running.
 */
export class SystemClock implements Clock {
  reading = 0
  #readAtMs: number = Date.now()
  #callsPerReading = 1
  #callsLeft = 0
  #isTimerArmed = true
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setTimeout(() => this.#expireReading(), 1)
    this.#timer.unref()
  }

  nowMs(): number {
    if (this.#callsLeft === 0) this.#read()
    else this.#callsLeft -= 1
    // One way out: with two, the number would go through a box on each call.
    return this.#readAtMs
  }

  takeCalls(): number {
    const calls = this.#callsLeft
    this.#callsLeft = 0
    return calls
  }

  monotonicMs(): number {
    return performance.now()
  }

  #read(): void {
    const nowMs = Date.now()
    this.#callsPerReading =
      nowMs === this.#readAtMs ? Math.min(this.#callsPerReading * 2, MAX_CALLS_PER_READING) : 1
    this.#callsLeft = this.#callsPerReading - 1
    this.#readAtMs = nowMs
    this.reading += 1
    if (!this.#isTimerArmed) {
      this.#isTimerArmed = true
      this.#timer.refresh()
    }
  }

  #expireReading(): void {
    this.#isTimerArmed = false
    this.#callsLeft = 0
    this.#callsPerReading = 1
    this.reading += 1
  }
}

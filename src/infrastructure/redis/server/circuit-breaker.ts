import type { BreakerPosition } from '../../../core/protocols/redis-transport.ts'

/** When a breaker opens, and for how long. */
export interface BreakerSettings {
  /** How long outcomes count, roughly: they leave in two halves. */
  readonly windowMs: number
  /** With fewer outcomes in the window nothing is decided. */
  readonly minOutcomes: number
  /** Which share of failures opens it, above 0 up to 1. */
  readonly failureRatio: number
  /** How long it stays open the first time; each failed probe doubles it. */
  readonly openMs: number
  /** The longest it stays open, so that a server that is back is found soon. */
  readonly maxOpenMs: number
}

/**
 * Three late answers open it: from then on a miss costs the source's time, not a deadline on top. A server
 * that is back is used again within a second.
 */
export const DEFAULT_BREAKER_SETTINGS: BreakerSettings = Object.freeze({
  windowMs: 4000,
  minOutcomes: 3,
  failureRatio: 0.5,
  openMs: 250,
  maxOpenMs: 1000,
})

/** What a breaker says to who wants to send: go, go as the one probe, or don't. */
export type Admission = 'pass' | 'probe' | 'refuse'

interface Outcomes {
  failed: number
  all: number
}

/**
 * Decides whether a node is worth asking. A state machine without a clock: who calls says what time it is.
 *
 * closed → open, when the share of failures in the window reaches the ratio. open → half-open, with the
 * first question after `openMs`: it is the probe, and all others are refused until its outcome is known.
 * half-open → closed if it succeeded, else open for twice as long. Outcomes of what was sent before it
 * opened change nothing any more: only the probe tells about now.
 */
export class CircuitBreaker {
  readonly #settings: BreakerSettings
  #position: BreakerPosition = 'closed'
  #openUntilMs = 0
  #openMs: number
  #halfStartedAtMs = 0
  #current: Outcomes = { failed: 0, all: 0 }
  #previous: Outcomes = { failed: 0, all: 0 }

  constructor(settings: BreakerSettings = DEFAULT_BREAKER_SETTINGS) {
    this.#settings = settings
    this.#openMs = settings.openMs
  }

  get position(): BreakerPosition {
    return this.#position
  }

  /** Who gets `probe` has to report its outcome, or nobody is let through again. */
  admit(nowMs: number): Admission {
    if (this.#position === 'closed') return 'pass'
    if (this.#position === 'half-open' || nowMs < this.#openUntilMs) return 'refuse'
    this.#position = 'half-open'
    return 'probe'
  }

  /** True if the position has changed by it. */
  report(outcome: 'success' | 'failure', admission: Admission, nowMs: number): boolean {
    if (admission === 'probe') return this.#reportProbe(outcome, nowMs)
    if (this.#position !== 'closed') return false
    this.#turn(nowMs)
    this.#current.all += 1
    if (outcome === 'success') return false
    this.#current.failed += 1
    if (!this.#isTooMuch()) return false
    this.#open(nowMs)
    return true
  }

  /** The node is known to be well, by a new connection that was tried, say. True if that changed the position. */
  reset(): boolean {
    const wasOpen = this.#position !== 'closed'
    this.#position = 'closed'
    this.#openMs = this.#settings.openMs
    this.#forget()
    return wasOpen
  }

  #reportProbe(outcome: 'success' | 'failure', nowMs: number): boolean {
    // Closed meanwhile by a reset: the probe is older than what is known.
    if (this.#position !== 'half-open') return false
    if (outcome === 'success') return this.reset()
    this.#openMs = Math.min(this.#openMs * 2, this.#settings.maxOpenMs)
    this.#open(nowMs)
    return true
  }

  #open(nowMs: number): void {
    this.#position = 'open'
    this.#openUntilMs = nowMs + this.#openMs
    this.#forget()
  }

  #isTooMuch(): boolean {
    const failed = this.#current.failed + this.#previous.failed
    const all = this.#current.all + this.#previous.all
    return all >= this.#settings.minOutcomes && failed >= all * this.#settings.failureRatio
  }

  #turn(nowMs: number): void {
    const halfMs = this.#settings.windowMs / 2
    const passedMs = nowMs - this.#halfStartedAtMs
    if (passedMs < halfMs) return
    const idle: Outcomes = { failed: 0, all: 0 }
    this.#previous = passedMs < halfMs * 2 ? this.#current : idle
    this.#current = { failed: 0, all: 0 }
    this.#halfStartedAtMs = nowMs
  }

  #forget(): void {
    this.#current = { failed: 0, all: 0 }
    this.#previous = { failed: 0, all: 0 }
  }
}

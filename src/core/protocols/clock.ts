/**
 * Where time comes from. Core and application never read a clock of their own, so that tests move
 * time by hand.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. May lag by a millisecond or two: it is read on every hit. */
  nowMs(): number
  /** Moves on whenever `nowMs` has looked at the time, or would the next time. Absent, as `takeCalls`, if it looks each time. */
  readonly reading?: number
  /**
   * How many more calls of `nowMs` the reading it gave last would answer. They are the caller's from here
   * on: it may take that time as the present one so often, as long as `reading` stays the same.
   */
  takeCalls?(): number
  /** Milliseconds from an arbitrary origin that never run backwards; for durations and deadlines. */
  monotonicMs(): number
}

/**
 * Where time comes from. Core and application never read a clock of their own, so that tests move
 * time by hand.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. May lag by a millisecond or two: it is read on every hit. */
  nowMs(): number
  /** Milliseconds from an arbitrary origin that never run backwards; for durations and deadlines. */
  monotonicMs(): number
}

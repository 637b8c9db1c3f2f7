/** How a newcomer at the window's end and the next victim of the main queue decide who stays. */
export const CONTEST = 0
export const CLEAR_CONTEST = 1
export const THRESHOLD = 2

/** One way to run W-TinyLFU. */
export interface WTinyLfuArm {
  /** The window's part of the capacity, above 0 and below 1. */
  readonly windowShare: number
  readonly rule: typeof CONTEST | typeof CLEAR_CONTEST | typeof THRESHOLD
}

/**
 * The ways that are tried, from the one for frequency to the one for recency. No fixed one is safe: over
 * the traces of `benchmarks/hit-ratio` each loses tens of points somewhere, and none could be left out
 * without one trace or synthetic stream losing over two points.
 *
 * The first is the one to begin with; it holds on to what it has, which loops and scans want. Shares in
 * between those given differ by less than a point from their neighbours.
 */
export const W_TINY_LFU_ARMS: readonly WTinyLfuArm[] = [
  { windowShare: 0.01, rule: CLEAR_CONTEST },
  { windowShare: 0.2, rule: CONTEST },
  { windowShare: 0.6, rule: CONTEST },
  { windowShare: 0.99, rule: CONTEST },
  { windowShare: 0.1, rule: THRESHOLD },
  { windowShare: 0.4, rule: THRESHOLD },
]

/**
 * Requests lately that let a newcomer in under `THRESHOLD`, whoever must go: its own first one, one that
 * came back, and one more. Like the ghosts of S3-FIFO: it is counted also while the entry isn't here.
 */
const THRESHOLD_COUNT = 3

/**
 * True if the newcomer stays and the victim goes; both given as frequency times the factor of the
 * priority, and for the threshold that factor alone.
 */
export function isNewcomerBetter(
  rule: WTinyLfuArm['rule'],
  newcomer: number,
  victim: number,
  victimFactor: number,
): boolean {
  if (rule === CONTEST) return newcomer > victim
  // In a loop everybody is asked for equally often, but who was asked for in this round is one ahead of
  // who will be. To swap them is to miss the next. So a difference that small decides nothing.
  if (rule === CLEAR_CONTEST) return newcomer > victim * 1.5
  return newcomer >= THRESHOLD_COUNT * victimFactor
}

/** Frequency from which a loser may be let in by chance. Source: Caffeine, `ADMIT_HASHDOS_THRESHOLD`. */
export const WARM_COUNT = 6
/** One in so many (a power of two): else who knows keys of one hash could keep a victim in for ever. */
export const WARM_CHANCE = 128

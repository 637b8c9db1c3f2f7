/** The first wait after a lost connection, in milliseconds: most losses are over at once. */
const FIRST_MS = 25
/** The longest: a server that is back is found within a second, which leaves room in the five that we promise. */
const MAX_MS = 1000

/**
 * How long to wait before connecting again, in milliseconds: doubling from 25 to 1000, of which chance
 * takes up to half, so that the nodes of a fleet don't come back in step.
 *
 * @param attempt 0 for the first one
 * @param chance from 0 (inclusive) to 1 (exclusive)
 */
export function reconnectDelay(attempt: number, chance: number): number {
  // Past the tenth doubling it is the maximum anyway, and 2 ** 1100 would be Infinity.
  const fullMs = Math.min(FIRST_MS * 2 ** Math.min(attempt, 10), MAX_MS)
  return Math.round(fullMs * (1 - chance / 2))
}

/** The first wait after a lost connection, in milliseconds: most losses are over at once. */
const FIRST_MS = 25
/** The longest: less than the time for which nodes trust nothing after an outage, so that all have said what they owe by then. */
const MAX_MS = 300

/**
 * How long to wait before connecting again, in milliseconds: doubling from 25 to 300, of which chance
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

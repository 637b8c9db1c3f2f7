/**
 * Steps that a hand takes at most for one victim. After so many it takes whom it stands at, used or not:
 * a walk through millions of used entries would be a pause that everybody notices, and the entry that is
 * given up for it is one in a thousand.
 */
export const MAX_HAND_STEPS = 1024

/** Most extra rounds, so that they fit into the two bits that a slot has for them. */
const MAX_EXTRA_ROUNDS = 3

/**
 * How many more rounds of the hand than others an entry of this weight stays unused: the whole part of
 * log2(weight), 3 at most. So with every doubling of the weight it stays one round longer.
 */
export function extraRounds(weight: number): number {
  return Math.min(31 - Math.clz32(weight), MAX_EXTRA_ROUNDS)
}

/** How many of the answers are values. */
export function countFound(answers: Iterable<unknown>): number {
  let found = 0
  for (const answer of answers) if (answer !== null && answer !== undefined) found += 1
  return found
}

/** What one round of one subject measured; lower is better. */
export type Round<S> = (subject: S) => Promise<number>

/**
 * Measures the subjects in turn, round by round, each round beginning with another one: whatever else
 * the machine does meanwhile hits them all alike, and none always comes first.
 *
 * @returns a list per subject, of one number per round, in the order of the rounds
 */
export async function alternate<S>(
  subjects: readonly S[],
  rounds: number,
  measure: Round<S>,
): Promise<Map<S, number[]>> {
  const measured = new Map<S, number[]>(subjects.map((subject) => [subject, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const subject = subjects[(round + turn) % subjects.length]
      if (subject === undefined) continue
      measured.get(subject)?.push(await measure(subject))
    }
  }
  return measured
}

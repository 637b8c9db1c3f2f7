import type { EntryPolicy } from '../../../core/value-objects/entry-policy.ts'
import type { NamespacePorts } from '../namespace-ports.ts'
import type { Flight } from '../single-flight.ts'

/** False if a mark reached the load, or would reach the result by what it is a member of. */
export function isStillCurrent(
  { marks }: Pick<NamespacePorts, 'marks'>,
  { isFenced, membership, birth }: Pick<Flight, 'isFenced' | 'membership' | 'birth'>,
  { tags, dependsOn }: Pick<EntryPolicy, 'tags' | 'dependsOn'>,
): boolean {
  if (isFenced) return false
  return marks.check({ key: membership.key, tags, dependsOn, birth }).kind === 'valid'
}

import type { InvalidationMark } from '../../../core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { KeyMatcher } from '../../../core/protocols/regex-engine.ts'
import type { SweepTable, SweptEntry } from '../../../core/protocols/sweep-store.ts'
import { MarkTable } from '../mark-table.ts'

/** By what a sweep removes. */
export interface SweepJudge {
  /** True if a mark of the table makes the entry invalid, or it is of another generation. */
  isInvalid(entry: Pick<SweptEntry, 'namespace' | 'key' | 'tags' | 'dependsOn' | 'birth'>): boolean
  /** Hard marks up to the table's position of which nothing is left once all that is invalid is gone. */
  readonly retirable: readonly PositionedMark[]
}

/**
 * The rule of validity by the marks of a table alone, whatever namespaces this node has open.
 *
 * @param matcherOf the compiled form of a pattern; rejects if there is none: what it reaches stays where it is
 */
export async function sweepJudge(
  { position, marks, floorSeq }: Pick<SweepTable, 'position' | 'marks' | 'floorSeq'>,
  matcherOf: (scope: InvalidationMark['scope']) => Promise<KeyMatcher | undefined>,
): Promise<SweepJudge> {
  const known: (readonly [PositionedMark, KeyMatcher | undefined])[] = []
  for (const positioned of marks) {
    try {
      known.push([positioned, await matcherOf(positioned.mark.scope)])
    } catch {
      // An expression that a newer version could compile: it, or nobody, removes what that reaches.
    }
  }
  const tables = new Map<string, MarkTable>()
  const tableOf = (namespace: string): MarkTable => {
    const table = new MarkTable(() => position, { maxScopes: Number.POSITIVE_INFINITY })
    if (floorSeq > 0) table.raiseFloor({ ...position, seq: floorSeq })
    for (const [positioned, matches] of known) {
      const { mark } = positioned
      const isHere = mark.namespace === namespace || mark.scope.kind === 'dependency'
      if (isHere) table.apply(positioned, matches)
    }
    tables.set(namespace, table)
    return table
  }
  return {
    isInvalid: (entry) => {
      const table = tables.get(entry.namespace) ?? tableOf(entry.namespace)
      return table.check(entry).kind === 'invalid'
    },
    retirable: known
      .map(([positioned]) => positioned)
      .filter((one) => !one.mark.soft && one.position.seq <= position.seq),
  }
}

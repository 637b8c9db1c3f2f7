import type { CacheEntry } from '../../../src/core/entities/cache-entry.ts'
import type { InvalidationScope } from '../../../src/core/entities/invalidation-mark.ts'
import type { KeyMatcher } from '../../../src/core/protocols/regex-engine.ts'

/** A mark as the rule of validity says it, kept one by one. */
export interface NaiveMark {
  readonly seq: number
  readonly scope: InvalidationScope
  readonly soft: boolean
  readonly matches: KeyMatcher | undefined
}

/** The rule of validity word by word: invalid if any mark that matches came after the birth. */
export function naiveVerdict(
  entry: CacheEntry,
  marks: readonly NaiveMark[],
): { readonly kind: 'valid' | 'soft' | 'invalid'; readonly seq: number } {
  const hits = marks.filter((mark) => mark.seq > entry.birth.seq && isHit(entry, mark))
  const newest = (soft: boolean): number =>
    Math.max(-1, ...hits.filter((mark) => mark.soft === soft).map((mark) => mark.seq))
  if (newest(false) >= 0) return { kind: 'invalid', seq: newest(false) }
  if (newest(true) >= 0) return { kind: 'soft', seq: newest(true) }
  return { kind: 'valid', seq: -1 }
}

function isHit(entry: CacheEntry, { scope, matches }: NaiveMark): boolean {
  switch (scope.kind) {
    case 'key':
      return entry.key === scope.key
    case 'prefix':
      return entry.key.indexOf(scope.prefix) === 0
    case 'pattern':
    case 'regex':
      return matches?.(entry.key) === true
    case 'tag':
      return entry.tags.some((tag) => tag === scope.tag)
    case 'dependency':
      return entry.dependsOn.some((name) => scope.closure.some((reached) => reached === name))
    case 'namespace':
      return true
  }
}

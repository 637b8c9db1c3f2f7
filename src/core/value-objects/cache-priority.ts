import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'

/** The priorities, lowest first. */
export const CACHE_PRIORITIES = ['low', 'medium', 'high', 'critical'] as const

/**
 * Who stays when space runs out. `critical` is never evicted while anything lower is left; the others
 * weigh in the choice. Expiry and invalidation don't look at it.
 */
export type CachePriority = (typeof CACHE_PRIORITIES)[number]

/** @throws CacheError CACHE_OPTION_INVALID */
export function parseCachePriority(value: unknown): CachePriority {
  const priority = CACHE_PRIORITIES.find((known) => known === value)
  if (priority !== undefined) return priority
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use priority: expected one of ${CACHE_PRIORITIES.join(', ')}, got ${describeValue(value)}`,
  )
}

/** The priority as a number that sorts: 0 for `low` to 3 for `critical`. */
export function priorityRank(priority: CachePriority): 0 | 1 | 2 | 3 {
  switch (priority) {
    case 'low':
      return 0
    case 'medium':
      return 1
    case 'high':
      return 2
    case 'critical':
      return 3
  }
}

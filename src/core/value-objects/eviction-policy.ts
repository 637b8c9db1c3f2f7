import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'

/** The eviction policies. */
export const EVICTION_POLICIES = ['lru', 'lfu', 'fifo'] as const

/** Which entry goes first when space runs out: the longest unread (`lru`), the least often read (`lfu`), the oldest (`fifo`). */
export type EvictionPolicy = (typeof EVICTION_POLICIES)[number]

/** @throws CacheError CACHE_OPTION_INVALID */
export function parseEvictionPolicy(value: unknown): EvictionPolicy {
  const policy = EVICTION_POLICIES.find((known) => known === value)
  if (policy !== undefined) return policy
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use evictionPolicy: expected one of ${EVICTION_POLICIES.join(', ')}, got ${describeValue(value)}`,
  )
}

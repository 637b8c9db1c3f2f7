import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'

/** The eviction policies. */
export const EVICTION_POLICIES = [
  'w-tinylfu',
  'lru',
  'lfu',
  'fifo',
  's3-fifo',
  'sieve',
  'ttl',
] as const

/**
 * Which entry goes first when space runs out.
 *
 * `w-tinylfu`: the one asked for least, of those that nobody asked for lately; it adapts itself to what
 * is asked for, and is the best guess for traffic that nobody knows. `lru`: the longest unread. `lfu`: the
 * least often read. `fifo`: the oldest. `s3-fifo`: quickly what was never read again, else the oldest that
 * wasn't read lately. `sieve`: the oldest that wasn't read since it was last passed over. `ttl`: what dies
 * soonest.
 */
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

import type { EvictionPolicy } from '../../../../src/core/value-objects/eviction-policy.ts'
import type { PriorityWeights } from '../../../../src/core/value-objects/priority-weights.ts'
import { naiveByAge, naiveLfu, naiveTtl } from './eviction/naive-orders.ts'
import type { NaiveOrder } from './eviction/order-stage.ts'

/**
 * The policy as its definition says it; `undefined` for those whose choice depends on more than a naive
 * store knows.
 *
 * @param weights looked at for each victim, so that they may be changed in place
 */
export function naiveOrderOf(
  policy: EvictionPolicy,
  weights: PriorityWeights,
): NaiveOrder | undefined {
  const space = { weights, isByBytes: false, capacity: () => Number.POSITIVE_INFINITY }
  switch (policy) {
    case 'lru':
    case 'fifo':
      return naiveByAge(space, policy === 'lru')
    case 'lfu':
      return naiveLfu(space)
    case 'ttl':
      return naiveTtl()
    case 's3-fifo':
    case 'sieve':
    case 'w-tinylfu':
      return undefined
  }
}

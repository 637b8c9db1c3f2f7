import type { EvictionPolicy } from '../../../core/value-objects/eviction-policy.ts'
import { fifoPolicy } from './fifo-policy.ts'
import { lfuPolicy } from './lfu-policy.ts'
import { lruPolicy } from './lru-policy.ts'
import type { MemoryEviction } from './memory-eviction.ts'

/** The eviction policies by name. */
export const evictionPolicies: Readonly<Record<EvictionPolicy, MemoryEviction>> = {
  lru: lruPolicy,
  lfu: lfuPolicy,
  fifo: fifoPolicy,
}

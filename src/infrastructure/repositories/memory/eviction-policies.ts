import type { EvictionPolicy } from '../../../core/value-objects/eviction-policy.ts'
import type { CreateEvictionOrder } from './eviction/eviction-order.ts'
import { fifoOrder } from './eviction/fifo-order.ts'
import { lfuOrder } from './eviction/lfu-order.ts'
import { lruOrder } from './eviction/lru-order.ts'
import { s3FifoOrder } from './eviction/s3-fifo-order.ts'
import { sieveOrder } from './eviction/sieve-order.ts'
import { ttlOrder } from './eviction/ttl-order.ts'
import { wTinyLfuOrder } from './w-tiny-lfu/w-tiny-lfu-order.ts'

/** The eviction policies by name. */
export const evictionPolicies: Readonly<Record<EvictionPolicy, CreateEvictionOrder>> = {
  'w-tinylfu': wTinyLfuOrder,
  lru: lruOrder,
  lfu: lfuOrder,
  fifo: fifoOrder,
  's3-fifo': s3FifoOrder,
  sieve: sieveOrder,
  ttl: ttlOrder,
}

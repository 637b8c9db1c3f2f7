import { fifoOrder } from '../../../../../src/infrastructure/repositories/memory/eviction/fifo-order.ts'
import { lfuOrder } from '../../../../../src/infrastructure/repositories/memory/eviction/lfu-order.ts'
import { lruOrder } from '../../../../../src/infrastructure/repositories/memory/eviction/lru-order.ts'
import { s3FifoOrder } from '../../../../../src/infrastructure/repositories/memory/eviction/s3-fifo-order.ts'
import { sieveOrder } from '../../../../../src/infrastructure/repositories/memory/eviction/sieve-order.ts'
import { ttlOrder } from '../../../../../src/infrastructure/repositories/memory/eviction/ttl-order.ts'
import { naiveByAge, naiveLfu, naiveS3Fifo, naiveSieve, naiveTtl } from './naive-orders.ts'
import type { OrderCase } from './order-stage.ts'

/** The policies with exact models, by name. */
export const orderCases: Readonly<
  Record<'lru' | 'fifo' | 'lfu' | 'ttl' | 'sieve' | 's3-fifo', OrderCase>
> = {
  lru: {
    name: 'lru',
    createOrder: lruOrder,
    createModel: (space) => naiveByAge(space, true),
    isChained: true,
  },
  fifo: {
    name: 'fifo',
    createOrder: fifoOrder,
    createModel: (space) => naiveByAge(space, false),
    isChained: true,
  },
  lfu: { name: 'lfu', createOrder: lfuOrder, createModel: naiveLfu, isChained: true },
  ttl: { name: 'ttl', createOrder: ttlOrder, createModel: naiveTtl, isChained: false },
  sieve: { name: 'sieve', createOrder: sieveOrder, createModel: naiveSieve, isChained: true },
  's3-fifo': {
    name: 's3-fifo',
    createOrder: s3FifoOrder,
    createModel: naiveS3Fifo,
    isChained: true,
  },
}

import type { CreateEvictionOrder } from '../../src/infrastructure/repositories/memory/eviction/eviction-order.ts'
import { fifoOrder } from '../../src/infrastructure/repositories/memory/eviction/fifo-order.ts'
import { lfuOrder } from '../../src/infrastructure/repositories/memory/eviction/lfu-order.ts'
import { lruOrder } from '../../src/infrastructure/repositories/memory/eviction/lru-order.ts'
import { s3FifoOrder } from '../../src/infrastructure/repositories/memory/eviction/s3-fifo-order.ts'
import { sieveOrder } from '../../src/infrastructure/repositories/memory/eviction/sieve-order.ts'
import { FrequencySketch } from '../../src/infrastructure/repositories/memory/w-tiny-lfu/frequency-sketch.ts'
import { CONTEST } from '../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-arm.ts'
import {
  WTinyLfuOrder,
  wTinyLfuOrder,
} from '../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-order.ts'

/** W-TinyLFU as it was first published: a window of 1 %, whatever happens. */
const fixedWTinyLfuOrder: CreateEvictionOrder = (space) =>
  new WTinyLfuOrder(space, new FrequencySketch(), {
    arm: { windowShare: 0.01, rule: CONTEST },
    samplings: 0,
    samples: () => false,
    record: () => {},
    forget: () => {},
    fit: () => {},
  })

/** The default policy first, and those that it is held against. */
export const HIT_RATIO_POLICIES: readonly (readonly [name: string, CreateEvictionOrder])[] = [
  ['w-tinylfu', wTinyLfuOrder],
  ['1 % window', fixedWTinyLfuOrder],
  ['s3-fifo', s3FifoOrder],
  ['lru', lruOrder],
  ['sieve', sieveOrder],
  ['lfu', lfuOrder],
  ['fifo', fifoOrder],
]

/** Of these the best one is the measure for each cell. */
export const BEST_OF: readonly string[] = ['1 % window', 's3-fifo', 'lru']

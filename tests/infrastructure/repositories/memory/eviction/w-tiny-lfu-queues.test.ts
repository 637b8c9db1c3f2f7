import { describe, it } from 'vitest'
import { W_TINY_LFU_ARMS } from '../../../../../src/infrastructure/repositories/memory/eviction/w-tiny-lfu-arm.ts'
import { checkOrder } from './check-order.ts'
import { wTinyLfuCase } from './naive-w-tiny-lfu.ts'

describe('WTinyLfuQueues', () => {
  it.each(W_TINY_LFU_ARMS)(
    'picks the victims of the naive model, over any steps, with a window of $windowShare and rule $rule',
    (arm) => checkOrder(wTinyLfuCase(arm)),
  )
})

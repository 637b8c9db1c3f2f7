import { describe, it } from 'vitest'
import { checkOrder } from './check-order.ts'
import { orderCases } from './order-cases.ts'

describe('lfu', () => {
  it('picks the victims of the naive model, over any steps', () => {
    checkOrder(orderCases['lfu'])
  })
})

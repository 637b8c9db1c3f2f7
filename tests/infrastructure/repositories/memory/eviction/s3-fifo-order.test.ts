import { describe, it } from 'vitest'
import { checkOrder } from './check-order.ts'
import { orderCases } from './order-cases.ts'

describe('s3-fifo', () => {
  it('picks the victims of the naive model, over any steps', () => {
    checkOrder(orderCases['s3-fifo'])
  })
})

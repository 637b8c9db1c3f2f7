import { describe, expect, it } from 'vitest'
import { reconnectDelay } from '../../../../src/infrastructure/redis/connection/reconnect-delay.ts'

describe('reconnectDelay()', () => {
  it('doubles from 25 ms and stays at 300', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 2000].map((attempt) => reconnectDelay(attempt, 0))
    expect(delays).toEqual([25, 50, 100, 200, 300, 300, 300, 300, 300])
  })

  it('takes off up to half by chance', () => {
    expect(reconnectDelay(6, 0.5)).toBe(225)
    expect(reconnectDelay(6, 0.9999)).toBe(150)
  })
})

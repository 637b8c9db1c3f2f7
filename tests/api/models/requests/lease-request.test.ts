import { describe, expect, it } from 'vitest'
import { leaseOptions } from '../../../../src/api/models/requests/lease-request.ts'

describe('leaseOptions()', () => {
  it('takes milliseconds and text', () => {
    expect(leaseOptions({})).toEqual({})
    expect(leaseOptions({ ttl: 5, wait: '1s' })).toEqual({ ttlMs: 5, waitMs: 1000 })
  })

  it('refuses what is no span', () => {
    expect(() => leaseOptions({ ttl: '5' })).toThrow('Cannot use ttl')
    expect(() => leaseOptions({ wait: 0.5 })).toThrow('Cannot use wait')
  })
})

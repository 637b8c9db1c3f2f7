import { describe, expect, it } from 'vitest'
import { leaseResponse } from '../../../../src/api/models/responses/lease-response.ts'
import { storedJson } from '../../../../src/api/models/stored-body.ts'
import { lookupOf } from './lookup-fixture.ts'

const fresh = lookupOf({ value: storedJson(1) })
const stale = lookupOf({ value: storedJson(2), state: 'stale' })

describe('leaseResponse()', () => {
  it('has the value of a hit', () => {
    expect(leaseResponse('k', { state: 'hit', lookup: fresh })).toMatchObject({
      state: 'hit',
      entry: { key: 'k', value: 1, state: 'fresh' },
    })
  })

  it('has the stale value for whoever computes or waits', () => {
    const compute = { state: 'compute', token: 't', expiresInMs: 5, stale } as const
    expect(leaseResponse('k', compute)).toMatchObject({
      token: 't',
      entry: { value: 2, state: 'stale' },
    })
    const wait = { state: 'wait', retryAfterMs: 5, stale } as const
    expect(leaseResponse('k', wait)).toMatchObject({ retryAfterMs: 5, entry: { value: 2 } })
  })

  it('has no entry where there is none', () => {
    const compute = { state: 'compute', token: 't', expiresInMs: 5, stale: undefined } as const
    expect(leaseResponse('k', compute)).toEqual({ state: 'compute', token: 't', expiresInMs: 5 })
  })
})

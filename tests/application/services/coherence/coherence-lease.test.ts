import { describe, expect, it } from 'vitest'
import { CoherenceLease } from '../../../../src/application/services/coherence/coherence-lease.ts'

function newLease(): CoherenceLease {
  return new CoherenceLease({ coherenceLeaseMs: 1500, distrustMs: 500 })
}

describe('CoherenceLease', () => {
  it('isn’t held before the first answer', () => {
    expect(newLease().isHeldAt(0)).toBe(false)
  })

  it('counts from the sending of the read, not from its answer', () => {
    const lease = newLease()
    lease.extend(1000, 1200)
    expect([lease.isHeldAt(1200), lease.isHeldAt(2499), lease.isHeldAt(2500)]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('isn’t shortened by the answer of an older read', () => {
    const lease = newLease()
    lease.extend(1000, 1001)
    lease.extend(900, 1002)
    expect(lease.untilMs).toBe(2500)
  })

  it('gives nothing for an answer that comes after the lease it would give', () => {
    const lease = newLease()
    lease.extend(0, 1500)
    expect(lease.untilMs).toBe(Number.NEGATIVE_INFINITY)
  })

  it('begins 500 ms after an outage', () => {
    const lease = newLease()
    lease.extend(0, 1)
    lease.extend(1999, 2000)
    expect([lease.isHeldAt(2000), lease.isHeldAt(2499), lease.isHeldAt(2500)]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('goes on without distrust while it is held', () => {
    const lease = newLease()
    lease.extend(0, 1)
    lease.extend(1400, 1499)
    expect(lease.isHeldAt(1500)).toBe(true)
  })

  it('is over when it is revoked, and distrusts what comes next', () => {
    const lease = newLease()
    lease.extend(0, 1)
    lease.revoke()
    expect(lease.isHeldAt(2)).toBe(false)
    lease.extend(10, 11)
    expect([lease.isHeldAt(11), lease.isHeldAt(511)]).toEqual([false, true])
  })
})

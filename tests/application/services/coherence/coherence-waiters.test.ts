import { describe, expect, it } from 'vitest'
import { CoherenceWaiters } from '../../../../src/application/services/coherence/coherence-waiters.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'

describe('CoherenceWaiters', () => {
  it('tells all who wait, once, and forgets them', async () => {
    const { scheduler, advance } = createFakeClock()
    const waiters = new CoherenceWaiters()
    const waiting = [waiters.wait(scheduler, 100), waiters.wait(scheduler, 200)]
    expect(waiters.size).toBe(2)
    waiters.settleAll(true)
    expect(waiters.size).toBe(0)
    await advance(300)
    expect(await Promise.all(waiting)).toEqual([true, true])
  })

  it('tells each false when its time is up, and not before', async () => {
    const { scheduler, advance } = createFakeClock()
    const waiters = new CoherenceWaiters()
    const first = waiters.wait(scheduler, 100)
    const second = waiters.wait(scheduler, 101)
    await advance(100)
    expect(await first).toBe(false)
    expect(waiters.size).toBe(1)
    waiters.settleAll(true)
    expect(await second).toBe(true)
  })
})

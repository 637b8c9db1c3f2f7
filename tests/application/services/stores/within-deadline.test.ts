import { describe, expect, it } from 'vitest'
import { withinDeadline } from '../../../../src/application/services/stores/within-deadline.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'
import { deferred } from '../../../fakes/deferred.ts'
import { outcome } from '../../../fakes/outcome.ts'

describe('withinDeadline()', () => {
  it('answers what the act answers, at once or later', async () => {
    const { scheduler } = createFakeClock()
    expect(await withinDeadline(scheduler, 10, 'act', () => 1)).toBe(1)
    expect(await withinDeadline(scheduler, 10, 'act', async () => 2)).toBe(2)
  })

  it('rejects with what the act throws or rejects with', async () => {
    const { scheduler } = createFakeClock()
    const error = new Error('no')
    const thrown = withinDeadline(scheduler, 10, 'act', () => {
      throw error
    })
    expect(await outcome(thrown)).toBe(error)
    const rejected = withinDeadline(scheduler, 10, 'act', () => Promise.reject(error))
    expect(await outcome(rejected)).toBe(error)
  })

  it('rejects with CACHE_TIMEOUT at the deadline, not a millisecond before', async () => {
    const time = createFakeClock()
    let end: unknown
    void outcome(withinDeadline(time.scheduler, 10, 'read "key"', () => new Promise(() => 0))).then(
      (error) => {
        end = error
      },
    )
    await time.advance(9)
    expect(end).toBeUndefined()
    await time.advance(1)
    expect(end).toMatchObject({
      code: 'CACHE_TIMEOUT',
      message: 'Cannot read "key": not done within 10 ms',
    })
  })

  it('is not moved by what comes after the deadline', async () => {
    const time = createFakeClock()
    for (const settle of ['resolve', 'reject'] as const) {
      const late = deferred<unknown>()
      const end = outcome(withinDeadline(time.scheduler, 10, 'act', () => late.promise))
      await time.advance(10)
      late[settle]('late')
      expect(await end).toMatchObject({ code: 'CACHE_TIMEOUT' })
    }
  })

  it('leaves no timer behind', async () => {
    let timers = 0
    const scheduler = {
      after: () => () => undefined,
      deadline: () => {
        timers += 1
        return () => {
          timers -= 1
        }
      },
      every: () => () => undefined,
      soon: () => () => undefined,
    }
    await withinDeadline(scheduler, 10, 'act', () => 1)
    await outcome(withinDeadline(scheduler, 10, 'act', () => Promise.reject(new Error('no'))))
    await Promise.resolve()
    expect(timers).toBe(0)
  })
})

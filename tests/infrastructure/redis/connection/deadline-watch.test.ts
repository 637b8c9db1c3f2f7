import { describe, expect, it } from 'vitest'
import {
  type Deadline,
  DeadlineWatch,
  TICK_MS,
} from '../../../../src/infrastructure/redis/connection/deadline-watch.ts'
import { createFakeClock, type FakeClock } from '../../../../src/testing/fake-clock.ts'
import { countingScheduler } from '../../../fakes/counting-scheduler.ts'

interface Stage {
  readonly time: FakeClock
  readonly watch: DeadlineWatch
}

function stage(): Stage {
  const time = createFakeClock()
  return { time, watch: new DeadlineWatch(time.clock, time.scheduler) }
}

function deadlineIn(watch: DeadlineWatch, ms: number, onDue: (self: Deadline) => void): Deadline {
  const deadline: Deadline = { dueAtMs: watch.nowMs() + ms, onDue: () => onDue(deadline) }
  watch.add(deadline)
  return deadline
}

describe('DeadlineWatch', () => {
  it('calls at the first tick at or after the deadline, not before', async () => {
    const { time, watch } = stage()
    let calls = 0
    deadlineIn(watch, 25, (self) => {
      calls += 1
      watch.remove(self)
    })
    await time.advance(29)
    expect(calls).toBe(0)
    await time.advance(1)
    expect(calls).toBe(1)
    await time.advance(100)
    expect(calls).toBe(1)
  })

  it('calls at every tick until the deadline is moved or removed', async () => {
    const { time, watch } = stage()
    const atMs: number[] = []
    deadlineIn(watch, 10, (self) => {
      atMs.push(watch.nowMs())
      if (atMs.length === 2) self.dueAtMs = watch.nowMs() + 50
      if (atMs.length === 3) watch.remove(self)
    })
    await time.advance(200)
    expect(atMs).toEqual([10, 20, 70])
  })

  it('never calls what was removed', async () => {
    const { time, watch } = stage()
    const deadline = deadlineIn(watch, 10, () => {
      throw new Error('was removed')
    })
    watch.remove(deadline)
    await time.advance(100)
  })

  it('lets one deadline remove another that is due at the same tick', async () => {
    const { time, watch } = stage()
    let calls = 0
    const ends: Deadline[] = []
    const end = (self: Deadline): void => {
      calls += 1
      watch.remove(self)
      for (const other of ends) watch.remove(other)
    }
    ends.push(deadlineIn(watch, 10, end), deadlineIn(watch, 10, end))
    await time.advance(50)
    expect(calls).toBe(1)
  })

  it('counts a stop of the event loop as two ticks, so that answers that lie unread are not late', async () => {
    const time = createFakeClock()
    let stoppedMs = 0
    const clock = { ...time.clock, monotonicMs: () => time.clock.monotonicMs() + stoppedMs }
    const watch = new DeadlineWatch(clock, time.scheduler)
    let calls = 0
    deadlineIn(watch, 100, (self) => {
      calls += 1
      watch.remove(self)
    })
    await time.advance(TICK_MS)
    stoppedMs = 5000
    await time.advance(TICK_MS)
    expect(calls).toBe(0)
    expect(watch.nowMs()).toBe(30)
    await time.advance(60)
    expect(calls).toBe(0)
    await time.advance(TICK_MS)
    expect(calls).toBe(1)
  })

  it('has no timer while nothing is watched, and its clock stands still', async () => {
    const time = createFakeClock()
    const counting = countingScheduler(time.scheduler)
    const watch = new DeadlineWatch(time.clock, counting)
    expect(counting.tasks.size).toBe(0)
    const deadline = deadlineIn(watch, 1000, () => undefined)
    expect(counting.tasks.size).toBe(1)
    watch.remove(deadline)
    await time.advance(TICK_MS)
    expect(counting.tasks.size).toBe(0)
    const beforeMs = watch.nowMs()
    await time.advance(5000)
    expect(watch.nowMs()).toBe(beforeMs)
  })
})

import { describe, expect, it } from 'vitest'
import { createFakeClock, FAKE_START_MS } from '../../src/testing/fake-clock.ts'

describe('createFakeClock()', () => {
  it('stands still until it is moved', async () => {
    const time = createFakeClock()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(time.nowMs).toBe(FAKE_START_MS)
    expect(time.clock.nowMs()).toBe(FAKE_START_MS)
    expect(time.clock.monotonicMs()).toBe(0)
  })

  it('starts where it is told to', () => {
    expect(createFakeClock(5).clock.nowMs()).toBe(5)
  })

  it('moves both of its clocks', async () => {
    const time = createFakeClock(1000)
    await time.advance(30)
    expect([time.nowMs, time.clock.nowMs(), time.clock.monotonicMs()]).toEqual([1030, 1030, 30])
  })
})

describe('the scheduler of a fake clock', () => {
  it.each(['after', 'deadline'] as const)(
    'runs %s() once, at its instant and not before',
    async (method) => {
      const time = createFakeClock(0)
      const runs: number[] = []
      time.scheduler[method](10, () => runs.push(time.nowMs))
      await time.advance(9)
      expect(runs).toEqual([])
      await time.advance(1)
      expect(runs).toEqual([10])
      await time.advance(100)
      expect(runs).toEqual([10])
    },
  )

  it('runs every() at each period, until it is cancelled', async () => {
    const time = createFakeClock(0)
    const runs: number[] = []
    const cancel = time.scheduler.every(10, () => runs.push(time.nowMs))
    await time.advance(35)
    cancel()
    cancel()
    await time.advance(35)
    expect(runs).toEqual([10, 20, 30])
  })

  it('runs soon() in the next advance, also one of 0 ms', async () => {
    const time = createFakeClock(0)
    const runs: number[] = []
    time.scheduler.soon(() => runs.push(time.nowMs))
    expect(runs).toEqual([])
    await time.advance(0)
    expect(runs).toEqual([0])
  })

  it('runs tasks in the order of their instants, those of one instant in the order they came', async () => {
    const time = createFakeClock(0)
    const runs: string[] = []
    time.scheduler.after(20, () => runs.push('late'))
    time.scheduler.after(10, () => runs.push('first of two'))
    time.scheduler.after(10, () => runs.push('second of two'))
    time.scheduler.after(5, () => runs.push('early'))
    await time.advance(20)
    expect(runs).toEqual(['early', 'first of two', 'second of two', 'late'])
  })

  it('runs what a task schedules within the same advance', async () => {
    const time = createFakeClock(0)
    const runs: number[] = []
    time.scheduler.after(10, () => {
      time.scheduler.after(5, () => runs.push(time.nowMs))
      time.scheduler.after(50, () => runs.push(time.nowMs))
    })
    await time.advance(20)
    expect(runs).toEqual([15])
  })

  it('runs nothing that was cancelled, also by another task of the same instant', async () => {
    const time = createFakeClock(0)
    const runs: string[] = []
    const cancels: (() => void)[] = []
    time.scheduler.after(10, () => {
      runs.push('first')
      for (const cancel of cancels) cancel()
    })
    cancels.push(time.scheduler.after(10, () => runs.push('second')))
    cancels.push(time.scheduler.every(10, () => runs.push('third')))
    await time.advance(50)
    expect(runs).toEqual(['first'])
  })

  it('lets a task cancel itself', async () => {
    const time = createFakeClock(0)
    let runs = 0
    const cancel = time.scheduler.every(10, () => {
      runs += 1
      cancel()
    })
    await time.advance(50)
    expect(runs).toBe(1)
  })

  it('lets promises and immediates settle between two tasks', async () => {
    const time = createFakeClock(0)
    const seen: string[] = []
    const work = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
      seen.push('after promises')
      await new Promise((resolve) => setImmediate(resolve))
      seen.push('after an immediate')
    }
    time.scheduler.after(10, () => void work())
    time.scheduler.after(10, () => seen.push('next task'))
    await time.advance(10)
    expect(seen).toEqual(['after promises', 'after an immediate', 'next task'])
  })

  it('lets settle what was under way before the first task', async () => {
    const time = createFakeClock(0)
    const seen: string[] = []
    void Promise.resolve().then(() => time.scheduler.after(10, () => seen.push('scheduled late')))
    await time.advance(10)
    expect(seen).toEqual(['scheduled late'])
  })

  it('rejects the advance with what a task throws, and can be moved on after it', async () => {
    const time = createFakeClock(0)
    let runs = 0
    time.scheduler.after(10, () => {
      throw new Error('a task failed')
    })
    time.scheduler.after(20, () => {
      runs += 1
    })
    await expect(time.advance(30)).rejects.toThrow('a task failed')
    expect(time.nowMs).toBe(10)
    await time.advance(10)
    expect(runs).toBe(1)
  })

  it('runs every() with a period of 0 once a millisecond, not for ever', async () => {
    const time = createFakeClock(0)
    let runs = 0
    time.scheduler.every(0, () => {
      runs += 1
    })
    await time.advance(5)
    expect(runs).toBe(5)
  })
})

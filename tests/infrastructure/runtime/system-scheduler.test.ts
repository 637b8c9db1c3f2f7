import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SystemScheduler } from '../../../src/infrastructure/runtime/system-scheduler.ts'

const SOURCE = fileURLToPath(
  new URL('../../../src/infrastructure/runtime/system-scheduler.ts', import.meta.url),
)

function stage() {
  const errors: unknown[] = []
  return { errors, scheduler: new SystemScheduler((error) => errors.push(error)) }
}

describe('SystemScheduler', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('runs after() once, not before its time', () => {
    const { scheduler } = stage()
    const task = vi.fn()
    scheduler.after(10, task)
    vi.advanceTimersByTime(9)
    expect(task).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('runs deadline() once, not before its time, and not after it was cancelled', () => {
    const { scheduler } = stage()
    const task = vi.fn()
    scheduler.deadline(10, task)
    scheduler.deadline(10, task)()
    vi.advanceTimersByTime(9)
    expect(task).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('waits out a delay longer than one timer can be', () => {
    const { scheduler } = stage()
    const task = vi.fn()
    const monthMs = 30 * 86_400_000
    scheduler.after(monthMs, task)
    vi.advanceTimersByTime(monthMs - 1)
    expect(task).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('cancels a long delay also after its first timer', () => {
    const { scheduler } = stage()
    const task = vi.fn()
    const monthMs = 30 * 86_400_000
    const cancel = scheduler.after(monthMs, task)
    vi.advanceTimersByTime(monthMs - 1)
    cancel()
    vi.advanceTimersByTime(monthMs)
    expect(task).not.toHaveBeenCalled()
  })

  it('runs every() at each period', () => {
    const { scheduler } = stage()
    const task = vi.fn()
    scheduler.every(10, task)
    vi.advanceTimersByTime(35)
    expect(task).toHaveBeenCalledTimes(3)
  })

  it('runs nothing after it was cancelled, however often', () => {
    const { scheduler } = stage()
    const task = vi.fn()
    const cancels = [scheduler.after(1, task), scheduler.every(1, task), scheduler.soon(task)]
    for (const cancel of cancels) {
      cancel()
      cancel()
    }
    vi.advanceTimersByTime(100)
    expect(task).not.toHaveBeenCalled()
  })

  it('hands what a task throws to onError, and goes on', () => {
    const { scheduler, errors } = stage()
    const failure = new Error('a task failed')
    const fail = () => {
      throw failure
    }
    scheduler.after(1, fail)
    scheduler.soon(fail)
    scheduler.every(10, fail)
    vi.advanceTimersByTime(25)
    expect(errors).toEqual([failure, failure, failure, failure])
  })
})

describe('SystemScheduler.soon()', () => {
  it('runs after what is under way, and before long', async () => {
    const { scheduler } = stage()
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      scheduler.soon(() => {
        seen.push('soon')
        resolve()
      })
      queueMicrotask(() => seen.push('microtask'))
      seen.push('now')
    })
    expect(seen).toEqual(['now', 'microtask', 'soon'])
  })
})

describe('a process with scheduled tasks only', () => {
  const run = (tasks: string) => {
    const program = `
      import { SystemScheduler } from ${JSON.stringify(SOURCE)}
      const scheduler = new SystemScheduler(() => {})
      ${tasks}
    `
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
    return promisify(execFile)(process.execPath, args, { timeout: 20_000 })
  }

  it('ends, unless a deadline is among them', async () => {
    const ending = run(`
      scheduler.after(60_000, () => {})
      scheduler.after(3_000_000_000, () => {})
      scheduler.every(60_000, () => {})
      scheduler.soon(() => {})
      scheduler.deadline(60_000, () => {})()
    `)
    const waiting = run(`scheduler.deadline(50, () => console.log('ran'))`)
    await expect(ending).resolves.toMatchObject({ stdout: '', stderr: '' })
    await expect(waiting).resolves.toMatchObject({ stdout: 'ran\n', stderr: '' })
  }, 30_000)
})

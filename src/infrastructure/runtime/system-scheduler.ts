import type { CancelTask, Scheduler } from '../../core/protocols/scheduler.ts'

/**
 * Longest delay of one timer, in milliseconds: 2^31 - 1, about 24.8 days.
 *
 * Node runs a timer with a longer one after 1 ms. Source: Node.js documentation, `setTimeout`.
 */
const MAX_TIMER_MS = 2_147_483_647

/** Timers of this process. */
export class SystemScheduler implements Scheduler {
  readonly #onError: (error: unknown) => void

  /** @param onError told what a task threw, which would else end the process; must not throw itself */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  after(delayMs: number, task: () => void): CancelTask {
    return this.#once(delayMs, task, false)
  }

  deadline(delayMs: number, task: () => void): CancelTask {
    return this.#once(delayMs, task, true)
  }

  every(periodMs: number, task: () => void): CancelTask {
    const timer = setInterval(() => this.#run(task), Math.min(periodMs, MAX_TIMER_MS))
    timer.unref()
    return () => clearInterval(timer)
  }

  soon(task: () => void): CancelTask {
    // Not an unref'd immediate: that wakes nobody, so it would wait for the next event of others.
    return this.after(0, task)
  }

  #once(delayMs: number, task: () => void, keepsAlive: boolean): CancelTask {
    let timer: NodeJS.Timeout
    const wait = (restMs: number): void => {
      const stepMs = Math.min(restMs, MAX_TIMER_MS)
      const next = stepMs < restMs ? () => wait(restMs - stepMs) : () => this.#run(task)
      timer = setTimeout(next, stepMs)
      if (!keepsAlive) timer.unref()
    }
    wait(delayMs)
    return () => clearTimeout(timer)
  }

  #run(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#onError(error)
    }
  }
}

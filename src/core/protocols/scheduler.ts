/** Stops what was scheduled. Idempotent; after it the task never runs again. */
export type CancelTask = () => void

/**
 * Where timers come from. A task that throws must not take the process down. Only `deadline` keeps the
 * process alive: nobody's program should run on because a cache sweeps, nor end while it waits for one.
 */
export interface Scheduler {
  /** Runs `task` once, `delayMs` milliseconds from now at the earliest. */
  after(delayMs: number, task: () => void): CancelTask
  /** As `after`, for a task that a caller waits for: until it has run or is cancelled, the process stays alive. */
  deadline(delayMs: number, task: () => void): CancelTask
  /** Runs `task` every `periodMs` milliseconds. */
  every(periodMs: number, task: () => void): CancelTask
  /** Runs `task` as soon as the event loop has served what waits for it. */
  soon(task: () => void): CancelTask
}

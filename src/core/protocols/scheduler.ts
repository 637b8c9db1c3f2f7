/** Stops what was scheduled. Idempotent; after it the task never runs again. */
export type CancelTask = () => void

/**
 * Where timers come from. A task that throws must not take the process down: the caller guards it.
 * No scheduled task keeps the process alive.
 */
export interface Scheduler {
  /** Runs `task` once, `delayMs` milliseconds from now at the earliest. */
  after(delayMs: number, task: () => void): CancelTask
  /** Runs `task` every `periodMs` milliseconds. */
  every(periodMs: number, task: () => void): CancelTask
  /** Runs `task` as soon as the event loop has served what waits for it. */
  soon(task: () => void): CancelTask
}

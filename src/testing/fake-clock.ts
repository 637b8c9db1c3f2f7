import type { Clock } from '../core/protocols/clock.ts'
import type { CancelTask, Scheduler } from '../core/protocols/scheduler.ts'

/** Time that moves when the test says so. */
export interface FakeClock {
  readonly clock: Clock
  readonly scheduler: Scheduler
  /**
   * Moves time on by `ms` milliseconds, which may be 0, and runs what comes due on the way, in order,
   * each at its own instant. Before, between and after, promises and immediates settle. Rejects with
   * what a task throws.
   */
  advance(ms: number): Promise<void>
  /** The time now, in milliseconds since the Unix epoch. */
  readonly nowMs: number
}

/** Where a fake clock starts when nothing else is said: 1 January 2026, 00:00 UTC. */
export const FAKE_START_MS = 1_767_225_600_000

interface Task {
  readonly run: () => void
  readonly periodMs: number | undefined
  dueAtMs: number
}

/** Immediates let pass whenever things are to settle: a promise resolved in one may lead to another. */
const SETTLING_TURNS = 3

/** Taken now, before a test replaces the timers of the process. */
const immediately = setImmediate

/** A clock and a scheduler that share one time, moved by hand. */
export function createFakeClock(startMs: number = FAKE_START_MS): FakeClock {
  const tasks = new Set<Task>()
  let nowMs = startMs

  const add = (dueAtMs: number, periodMs: number | undefined, run: () => void): CancelTask => {
    const task: Task = { run, periodMs, dueAtMs }
    tasks.add(task)
    return () => {
      tasks.delete(task)
    }
  }

  const runDueBy = async (endMs: number): Promise<void> => {
    for (let task = earliest(tasks, endMs); task !== undefined; task = earliest(tasks, endMs)) {
      nowMs = Math.max(nowMs, task.dueAtMs)
      tasks.delete(task)
      if (task.periodMs !== undefined) {
        task.dueAtMs += task.periodMs
        tasks.add(task)
      }
      task.run()
      await settle()
    }
  }

  return {
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs - startMs },
    scheduler: {
      after: (delayMs, run) => add(nowMs + delayMs, undefined, run),
      deadline: (delayMs, run) => add(nowMs + delayMs, undefined, run),
      every: (periodMs, run) => add(nowMs + Math.max(periodMs, 1), Math.max(periodMs, 1), run),
      soon: (run) => add(nowMs, undefined, run),
    },
    async advance(ms) {
      const endMs = nowMs + ms
      await settle()
      await runDueBy(endMs)
      nowMs = endMs
      await settle()
    },
    get nowMs() {
      return nowMs
    },
  }
}

/** The task that is due first, at `endMs` at the latest; of several at one instant the one that was added first. */
function earliest(tasks: ReadonlySet<Task>, endMs: number): Task | undefined {
  let first: Task | undefined
  for (const task of tasks) {
    if (task.dueAtMs <= endMs && (first === undefined || task.dueAtMs < first.dueAtMs)) first = task
  }
  return first
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLING_TURNS; turn += 1) {
    await new Promise<void>((resolve) => {
      immediately(resolve)
    })
  }
}

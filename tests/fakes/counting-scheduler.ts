import type { Scheduler } from '../../src/core/protocols/scheduler.ts'

/** A scheduler that counts the tasks under way. */
export function countingScheduler(
  scheduler: Scheduler,
): Scheduler & { readonly tasks: Set<object> } {
  const tasks = new Set<object>()
  const counted =
    (verb: 'after' | 'deadline' | 'every') =>
    (ms: number, task: () => void): (() => void) => {
      const token = {}
      tasks.add(token)
      const cancel = scheduler[verb](ms, () => {
        if (verb !== 'every') tasks.delete(token)
        task()
      })
      return () => {
        tasks.delete(token)
        cancel()
      }
    }
  return {
    tasks,
    after: counted('after'),
    deadline: counted('deadline'),
    every: counted('every'),
    soon: (task) => counted('after')(0, task),
  }
}

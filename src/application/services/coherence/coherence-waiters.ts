import type { Scheduler } from '../../../core/protocols/scheduler.ts'

/** Those who wait until a node is coherent, each with a time of their own. */
export class CoherenceWaiters {
  readonly #settles = new Set<(isCoherent: boolean) => void>()

  get size(): number {
    return this.#settles.size
  }

  /** False if `settleAll` isn't called before the time is up. */
  wait(scheduler: Pick<Scheduler, 'deadline'>, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isCoherent: boolean): void => {
        cancel()
        this.#settles.delete(settle)
        resolve(isCoherent)
      }
      const cancel = scheduler.deadline(timeoutMs, () => settle(false))
      this.#settles.add(settle)
    })
  }

  settleAll(isCoherent: boolean): void {
    for (const settle of [...this.#settles]) settle(isCoherent)
  }
}

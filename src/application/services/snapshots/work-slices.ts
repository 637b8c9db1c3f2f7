import type { Clock } from '../../../core/protocols/clock.ts'
import type { Scheduler } from '../../../core/protocols/scheduler.ts'

/** Longest piece of work between two pauses. Others wait that long, and for what a single value takes. */
const SLICE_MS = 1

/** Long work in slices, so that it doesn't hold the event loop. */
export class WorkSlices {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  #endMs: number

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock
    this.#scheduler = scheduler
    this.#endMs = clock.monotonicMs() + SLICE_MS
  }

  get isOver(): boolean {
    return this.#clock.monotonicMs() >= this.#endMs
  }

  /** A new slice begins, since others have had their turn. */
  begin(): void {
    this.#endMs = this.#clock.monotonicMs() + SLICE_MS
  }

  /** Gives others their turn if the slice is over. The process stays alive meanwhile. */
  async pauseIfOver(): Promise<void> {
    if (!this.isOver) return
    await new Promise<void>((resolve) => {
      this.#scheduler.deadline(0, resolve)
    })
    this.begin()
  }
}

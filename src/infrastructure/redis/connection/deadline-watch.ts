import type { Clock } from '../../../core/protocols/clock.ts'
import type { CancelTask, Scheduler } from '../../../core/protocols/scheduler.ts'

/** How often deadlines are looked at, in milliseconds; they are kept to about this. */
export const TICK_MS = 10

/** Something that has to happen at a time. */
export interface Deadline {
  /** On the watch's clock. May move; it is read at each tick. */
  dueAtMs: number
  /** Called at most once per tick, when it is due. Stays on the watch until it is removed. Must not throw. */
  onDue(): void
}

/**
 * One coarse timer for all that waits: a timer per command costs more than the command (notes,
 * section 1.1). It runs only while something is watched, and keeps the process alive as long: somebody
 * waits for an answer. Connections themselves don't.
 *
 * Its clock stands still while the event loop does: after a pause of 300 ms all answers lie in the
 * sockets unread, and whoever counts the pause takes a healthy server for dead. So a tick that comes late
 * counts as two at most.
 */
export class DeadlineWatch {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #deadlines = new Set<Deadline>()
  #passedMs = 0
  #tickedAtMs = 0
  #cancel: CancelTask | undefined

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock
    this.#scheduler = scheduler
  }

  /** Milliseconds in which the event loop ran and something was watched. */
  nowMs(): number {
    if (this.#cancel === undefined) return this.#passedMs
    return this.#passedMs + this.#sinceTickMs()
  }

  add(deadline: Deadline): void {
    this.#deadlines.add(deadline)
    if (this.#cancel !== undefined) return
    this.#tickedAtMs = this.#clock.monotonicMs()
    this.#arm()
  }

  remove(deadline: Deadline): void {
    this.#deadlines.delete(deadline)
  }

  #arm(): void {
    this.#cancel = this.#scheduler.deadline(TICK_MS, () => this.#tick())
  }

  #tick(): void {
    this.#passedMs += this.#sinceTickMs()
    this.#tickedAtMs = this.#clock.monotonicMs()
    // A set may lose and gain members while it is walked; what is added is due later anyway.
    for (const deadline of this.#deadlines) {
      if (deadline.dueAtMs <= this.#passedMs) deadline.onDue()
    }
    if (this.#deadlines.size > 0) this.#arm()
    else this.#cancel = undefined
  }

  #sinceTickMs(): number {
    return Math.min(this.#clock.monotonicMs() - this.#tickedAtMs, 2 * TICK_MS)
  }
}

/**
 * How long those who read wait for the servers: beyond what these usually take, 60 to 80 ms over all that one
 * read asks of them. The deadlines of the servers are for invalidations; a reader who waited for them while a
 * server is frozen would wait longer than his factory takes.
 *
 * Time is counted in ticks of one coarse timer: after a pause of the process all answers lie there unread, and
 * whoever counts the pause takes a healthy server for dead.
 */
import type { CancelTask, Scheduler } from '../../../core/protocols/scheduler.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'

const TICK_MS = 20
/** What a read may wait beyond what is usual. */
const PATIENCE_TICKS = 4
/** As long as who waits for the holder of a lease doesn't ask again, it waits, too: see `SharedLoad`. */
const POLL_TICKS = 3
/** How many ticks of waiting make what was usual count no more, from one to two times as many. */
const WINDOW_TICKS = 50

/** What one read has left, in ticks, over all that it asks. */
export interface ReadBudget {
  leftTicks: number
}

/** What is asked of the servers, for whom, and what to answer instead of them. */
export interface Question<T> {
  readonly keys: readonly CacheKey[]
  readonly budget: ReadBudget
  /** True for an answer of a server, false for that it didn't answer. */
  readonly isAnswer: (answer: T) => boolean
  readonly otherwise: () => T
}

interface Waiting {
  readonly keys: readonly CacheKey[]
  readonly budget: ReadBudget
  ticks: number
  giveUp: (() => void) | undefined
}

/** The budget of a read that begins; more for each hundred keys beyond the first. */
export function readBudget(keyCount = 1): ReadBudget {
  return { leftTicks: PATIENCE_TICKS + Math.floor((keyCount - 1) / 100) }
}

export class Patience {
  readonly #scheduler: Scheduler
  /** What isn't answered yet, given up or not. */
  readonly #waiting = new Set<Waiting>()
  /** By key: what isn't answered since a tick or more. */
  readonly #late = new Map<CacheKey, Waiting>()
  /** The quickest answers of this window and of the one before, in ticks. */
  #quickest: number | undefined
  #quickestBefore: number | undefined
  #windowTicks = 0
  #cancel: CancelTask | undefined

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** The answer, or `otherwise` once the patience of the read is at its end. `asked` never rejects. */
  within<T>(asked: Promise<T>, question: Question<T>): Promise<T> {
    const { keys, budget, isAnswer, otherwise } = question
    if (this.#late.size > 0) this.#inherit(keys, budget)
    return new Promise((resolve) => {
      const waiting: Waiting = { keys, budget, ticks: 0, giveUp: () => resolve(otherwise()) }
      if (budget.leftTicks <= 0) this.#giveUp(waiting)
      this.#waiting.add(waiting)
      this.#cancel ??= this.#scheduler.deadline(TICK_MS, () => this.#tick())
      void asked.then((answer) => {
        this.#end(waiting)
        if (isAnswer(answer)) this.#note(waiting.ticks)
        if (waiting.giveUp === undefined) return
        budget.leftTicks -= Math.max(0, waiting.ticks - this.#usualTicks)
        resolve(answer)
      })
    })
  }

  /** The server has answered, and will be asked again in a moment. */
  renew(budget: ReadBudget): void {
    budget.leftTicks = POLL_TICKS
  }

  /** A server that is far away is slow, and well; one that is frozen was quick before. */
  get #usualTicks(): number {
    if (this.#quickest === undefined) return this.#quickestBefore ?? 0
    return Math.min(this.#quickest, this.#quickestBefore ?? this.#quickest)
  }

  /** Who asks for a key again isn't answered sooner than who asked before. */
  #inherit(keys: readonly CacheKey[], budget: ReadBudget): void {
    for (const key of keys) {
      const earlier = this.#late.get(key)
      if (earlier === undefined) continue
      const leftTicks = earlier.budget.leftTicks + this.#usualTicks - earlier.ticks
      budget.leftTicks = Math.min(budget.leftTicks, leftTicks)
    }
  }

  #note(ticks: number): void {
    this.#quickest = Math.min(ticks, this.#quickest ?? ticks)
    if (this.#windowTicks < WINDOW_TICKS) return
    this.#windowTicks = 0
    this.#quickestBefore = this.#quickest
    this.#quickest = undefined
  }

  #tick(): void {
    this.#windowTicks += 1
    const usualTicks = this.#usualTicks
    for (const waiting of this.#waiting) {
      waiting.ticks += 1
      for (const key of waiting.keys) this.#late.set(key, waiting)
      if (waiting.ticks >= usualTicks + waiting.budget.leftTicks) this.#giveUp(waiting)
    }
    this.#cancel =
      this.#waiting.size === 0 ? undefined : this.#scheduler.deadline(TICK_MS, () => this.#tick())
  }

  #giveUp(waiting: Waiting): void {
    waiting.giveUp?.()
    waiting.giveUp = undefined
  }

  #end(waiting: Waiting): void {
    this.#waiting.delete(waiting)
    if (waiting.ticks === 0) return
    for (const key of waiting.keys) if (this.#late.get(key) === waiting) this.#late.delete(key)
  }
}

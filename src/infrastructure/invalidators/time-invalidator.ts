/**
 * Drives the sweeps of the memory stores, in slices that leave the event loop free in between.
 *
 * Every so often each store removes what has expired unread, which costs next to nothing when nothing has,
 * however many entries there are. After a mark a whole round over all entries is asked for, which runs at once, slice by slice. Rounds that are asked for while one runs share
 * the next one, and a store rests between two for `REST_PER_WORK` times as long as the first one worked:
 * a stream of marks costs a tenth of the time at most, however many entries there are.
 */
import type { MemoryStore } from '../../core/protocols/cache-repository.ts'
import type { Clock } from '../../core/protocols/clock.ts'
import type { CancelTask, Scheduler } from '../../core/protocols/scheduler.ts'

/** What a time invalidator goes by. */
export interface TimeInvalidatorOptions {
  readonly scheduler: Scheduler
  readonly clock: Clock
  /** How often each store gets a slice, in milliseconds. */
  readonly sweepEveryMs?: number
  /** How long a slice takes, in milliseconds; below 5, the longest that anything may hold the event loop. */
  readonly budgetMs?: number
}

/** How often each store gets a slice when nothing else is said. */
export const DEFAULT_SWEEP_EVERY_MS = 1000
/** How long a slice takes when nothing else is said. */
export const DEFAULT_SWEEP_BUDGET_MS = 4

const REST_PER_WORK = 9

/** What a round that was asked for calls back. Neither may throw. */
export interface RequestedRound {
  /** Right before it begins. */
  readonly onStart?: () => void
  /** Everything that was there when it began has been looked at. */
  readonly onDone: () => void
}

/** A store with the rounds that it owes. */
interface Sweep {
  readonly store: MemoryStore
  running: RequestedRound[]
  waiting: RequestedRound[]
  workedMs: number
  cancelRest: CancelTask | undefined
}

export class TimeInvalidator {
  readonly #scheduler: Scheduler
  readonly #clock: Clock
  readonly #sweepEveryMs: number
  readonly #budgetMs: number
  readonly #sweeps = new Map<MemoryStore, Sweep>()
  /** Who gets a slice next, in this order. */
  readonly #queue = new Set<Sweep>()
  #cancelTick: CancelTask | undefined
  #cancelSlice: CancelTask | undefined

  constructor(options: TimeInvalidatorOptions) {
    this.#scheduler = options.scheduler
    this.#clock = options.clock
    this.#sweepEveryMs = options.sweepEveryMs ?? DEFAULT_SWEEP_EVERY_MS
    this.#budgetMs = options.budgetMs ?? DEFAULT_SWEEP_BUDGET_MS
  }

  /** Sweeps a store from now on. */
  add(store: MemoryStore): void {
    if (this.#sweeps.has(store)) return
    this.#sweeps.set(store, {
      store,
      running: [],
      waiting: [],
      workedMs: 0,
      cancelRest: undefined,
    })
    this.#cancelTick ??= this.#scheduler.every(this.#sweepEveryMs, () => this.#tick())
  }

  /** Sweeps a store no more; rounds that it owes are never done. */
  remove(store: MemoryStore): void {
    const sweep = this.#sweeps.get(store)
    if (sweep === undefined) return
    this.#sweeps.delete(store)
    this.#queue.delete(sweep)
    sweep.cancelRest?.()
  }

  /** Looks at all of a store that was added, as soon as the event loop allows. */
  requestRound(store: MemoryStore, round: RequestedRound): void {
    const sweep = this.#sweeps.get(store)
    if (sweep === undefined) return
    sweep.waiting.push(round)
    if (sweep.running.length === 0 && sweep.cancelRest === undefined) this.#startRound(sweep)
  }

  /** Sweeps nothing any more. Idempotent. */
  close(): void {
    for (const store of [...this.#sweeps.keys()]) this.remove(store)
    this.#cancelTick?.()
    this.#cancelTick = undefined
    this.#cancelSlice?.()
    this.#cancelSlice = undefined
  }

  #tick(): void {
    for (const sweep of this.#sweeps.values()) this.#enqueue(sweep)
  }

  #enqueue(sweep: Sweep): void {
    this.#queue.add(sweep)
    this.#cancelSlice ??= this.#scheduler.soon(() => this.#slice())
  }

  #startRound(sweep: Sweep): void {
    sweep.running = sweep.waiting
    sweep.waiting = []
    sweep.workedMs = 0
    for (const round of sweep.running) round.onStart?.()
    sweep.store.startRound()
    this.#enqueue(sweep)
  }

  /** One after another of those who wait, until the time is up. */
  #slice(): void {
    this.#cancelSlice = undefined
    const startedAtMs = this.#clock.monotonicMs()
    let spentMs = 0
    for (const sweep of this.#queue) {
      this.#queue.delete(sweep)
      const leftMs = this.#budgetMs - spentMs
      const isRound = sweep.running.length > 0
      const isDone = isRound ? sweep.store.sweep(leftMs) : sweep.store.expire(leftMs)
      const nowSpentMs = this.#clock.monotonicMs() - startedAtMs
      sweep.workedMs += nowSpentMs - spentMs
      spentMs = nowSpentMs
      if (!isDone) this.#queue.add(sweep)
      else if (isRound) this.#endRound(sweep)
      if (spentMs >= this.#budgetMs) break
    }
    if (this.#queue.size > 0) this.#cancelSlice ??= this.#scheduler.soon(() => this.#slice())
  }

  #endRound(sweep: Sweep): void {
    const done = sweep.running
    sweep.running = []
    sweep.cancelRest = this.#scheduler.after(sweep.workedMs * REST_PER_WORK, () => {
      sweep.cancelRest = undefined
      if (sweep.waiting.length > 0) this.#startRound(sweep)
    })
    for (const round of done) round.onDone()
  }
}

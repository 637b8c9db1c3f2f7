import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { Flight } from '../single-flight.ts'

/** Gives the place back. Idempotent. */
export type ReleaseLoad = () => void

/** What the limiter looks at of a load. */
export type LimitedLoad = Pick<Flight, 'membership' | 'controller' | 'outer'>

/**
 * Bounds how many factories of a namespace run at once; those beyond it wait in order, up to a limit.
 *
 * A load that a running factory of the namespace waits for runs in that one's place: it would wait for
 * itself otherwise. So the limit counts the loads that callers began, not what these load on their way.
 */
export class LoadLimiter {
  readonly #running = new Set<LimitedLoad>()
  #maxRunning: number | undefined
  #maxQueued: number
  /** Waiting loads, in order, with what lets each of them start. */
  readonly #queue = new Map<LimitedLoad, () => void>()

  constructor(maxRunning: number | undefined, maxQueued: number) {
    this.#maxRunning = maxRunning
    this.#maxQueued = maxQueued
  }

  get running(): number {
    return this.#running.size
  }

  get queued(): number {
    return this.#queue.size
  }

  /** Applies changed limits; a higher one lets waiting loads start at once. */
  configure(maxRunning: number | undefined, maxQueued: number): void {
    this.#maxRunning = maxRunning
    this.#maxQueued = maxQueued
    this.#startWaiting()
  }

  /**
   * Resolves with the way to give the place back. Rejects at once with the signal's reason on abort.
   *
   * @throws CacheError CACHE_LOAD_REJECTED if the queue is full
   */
  async acquire(load: LimitedLoad): Promise<ReleaseLoad> {
    if (this.#hasPlace() || this.#isInside(load.outer)) {
      this.#running.add(load)
    } else if (this.#queue.size < this.#maxQueued) {
      await this.#turn(load)
    } else {
      throw new CacheError(
        'CACHE_LOAD_REJECTED',
        `Cannot load ${describeValue(load.membership.key)}: ${this.#running.size} loads run and ${this.#queue.size} wait, which is the limit`,
      )
    }
    return () => {
      if (this.#running.delete(load)) this.#startWaiting()
    }
  }

  /** A factory inside `asking` waits for `load` now: if that one waits for a place, it gets one. */
  lend(load: LimitedLoad, asking: LimitedLoad): void {
    if (this.#queue.has(load) && this.#isInside(asking)) this.#start(load)
  }

  #hasPlace(): boolean {
    return this.#maxRunning === undefined || this.#running.size < this.#maxRunning
  }

  /** True if the load, or one that waits for it, holds a place here. */
  #isInside(load: LimitedLoad | undefined): boolean {
    for (let one = load; one !== undefined; one = one.outer) {
      if (this.#running.has(one)) return true
    }
    return false
  }

  #turn(load: LimitedLoad): Promise<void> {
    const { signal } = load.controller
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.delete(load)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#queue.set(load, () => {
        signal.removeEventListener('abort', leave)
        resolve()
      })
    })
  }

  #startWaiting(): void {
    for (const load of this.#queue.keys()) {
      if (!this.#hasPlace()) return
      this.#start(load)
    }
  }

  /** The place is taken here, not when the waiting load wakes, so that nobody slips in between. */
  #start(load: LimitedLoad): void {
    const start = this.#queue.get(load)
    this.#queue.delete(load)
    this.#running.add(load)
    start?.()
  }
}

import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'

/** Gives the place back. Idempotent. */
export type ReleaseLoad = () => void

/** Bounds how many factories of a namespace run at once; those beyond it wait in order, up to a limit. */
export class LoadLimiter {
  #running = 0
  #maxRunning: number | undefined
  #maxQueued: number
  readonly #queue = new Set<() => void>()

  constructor(maxRunning: number | undefined, maxQueued: number) {
    this.#maxRunning = maxRunning
    this.#maxQueued = maxQueued
  }

  get running(): number {
    return this.#running
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
   * Resolves with the way to give the place back. Rejects at once with `signal.reason` on abort.
   *
   * @throws CacheError CACHE_LOAD_REJECTED if the queue is full
   */
  async acquire(key: string, signal: AbortSignal): Promise<ReleaseLoad> {
    if (this.#hasPlace()) return this.#take()
    if (this.#queue.size >= this.#maxQueued) {
      throw new CacheError(
        'CACHE_LOAD_REJECTED',
        `Cannot load ${describeValue(key)}: ${this.#running} loads run and ${this.#queue.size} wait, which is the limit`,
      )
    }
    await this.#turn(signal)
    return this.#once()
  }

  #hasPlace(): boolean {
    return this.#maxRunning === undefined || this.#running < this.#maxRunning
  }

  #take(): ReleaseLoad {
    this.#running += 1
    return this.#once()
  }

  #once(): ReleaseLoad {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#running -= 1
      this.#startWaiting()
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        this.#queue.delete(start)
        reject(signal.reason)
      }
      if (signal.aborted) {
        reject(signal.reason)
        return
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#queue.add(start)
    })
  }

  /** The place is taken here, not when the waiting load wakes, so that nobody slips in between. */
  #startWaiting(): void {
    for (const start of this.#queue) {
      if (!this.#hasPlace()) return
      this.#queue.delete(start)
      this.#running += 1
      start()
    }
  }
}

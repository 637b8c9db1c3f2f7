import type { CacheKey } from '../../../core/value-objects/cache-key.ts'

/** Most keys that are remembered one by one. */
const MAX_UNSTORED_KEYS = 10_000

/**
 * The keys of which this node has served a value that L2 didn't take: during an outage, say, or since a
 * mark came while it was made. L2 may hold an older value, and handing that out next would go back in
 * time. So the next load of such a key uses nothing that is stored, until one of this node's own is.
 *
 * When there are too many, `onOverflow` has to mark everything, and to say so with `onMarked` when the mark
 * has its place in the log. Until then every key counts as one of them.
 */
export class UnstoredKeys {
  readonly #onOverflow: () => void
  readonly #limit: number
  /** When such a value was served last. */
  readonly #keys = new Map<CacheKey, number>()
  /** Marks over everything that are under way. */
  #overflows = 0

  constructor(onOverflow: () => void, limit: number = MAX_UNSTORED_KEYS) {
    this.#onOverflow = onOverflow
    this.#limit = limit
  }

  has(key: CacheKey): boolean {
    return this.#overflows > 0 || this.#keys.has(key)
  }

  /** A value of the key was served that isn't in L2. */
  note(key: CacheKey, nowMs: number): void {
    this.#keys.set(key, nowMs)
    if (this.#keys.size <= this.#limit) return
    // What is noted from here on may be newer than what is made after the mark: it stays.
    this.#keys.clear()
    this.#overflows += 1
    this.#onOverflow()
  }

  /** L2 holds a value of this node whose computation began then. Only if it began after those were served, it can't be older. */
  forget(key: CacheKey, startedAtMs: number): void {
    const notedAtMs = this.#keys.get(key)
    if (notedAtMs !== undefined && startedAtMs >= notedAtMs) this.#keys.delete(key)
  }

  /** The mark of one overflow has taken effect here. */
  onMarked(): void {
    this.#overflows = Math.max(0, this.#overflows - 1)
  }
}

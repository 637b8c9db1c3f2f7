import type { CacheKey } from '../../core/value-objects/cache-key.ts'

/** Most refreshes of a namespace that run behind answers at once; beyond it a request's refresh is left to the next request. */
export const MAX_BACKGROUND_REFRESHES = 64

/**
 * Runs refreshes behind answers. They are driven by requests, never by a timer per key, so keys that
 * nobody reads are never refreshed, and their number is bounded.
 */
export class RefreshScheduler {
  readonly #running = new Set<CacheKey>()
  readonly #onError: (key: CacheKey, error: unknown) => void

  constructor(onError: (key: CacheKey, error: unknown) => void) {
    this.#onError = onError
  }

  get running(): number {
    return this.#running.size
  }

  /** Starts `refresh` unless one of the key runs already or too many do. True if it was started. */
  request(key: CacheKey, refresh: () => Promise<unknown>): boolean {
    if (this.#running.has(key) || this.#running.size >= MAX_BACKGROUND_REFRESHES) return false
    this.#running.add(key)
    refresh()
      .catch((error: unknown) => this.#onError(key, error))
      .finally(() => this.#running.delete(key))
    return true
  }
}

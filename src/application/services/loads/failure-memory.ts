import type { CacheKey } from '../../../core/value-objects/cache-key.ts'

const MAX_KEYS = 10_000
const MAX_BACKOFF = 16

interface Failure {
  readonly error: unknown
  readonly untilMs: number
  readonly backoff: number
}

/**
 * The loads that failed lately, under `errorTtl`: the same error is answered without a new attempt.
 * Each failure in a row doubles the time, up to 16 times. The oldest of 10 000 keys gives way.
 */
export class FailureMemory {
  readonly #failures = new Map<CacheKey, Failure>()

  /** The failure to answer now; `undefined` if an attempt is due. */
  find(key: CacheKey, nowMs: number): { readonly error: unknown } | undefined {
    const failure = this.#failures.get(key)
    return failure !== undefined && nowMs < failure.untilMs ? failure : undefined
  }

  note(key: CacheKey, error: unknown, errorTtlMs: number, nowMs: number): void {
    const before = this.#failures.get(key)
    const backoff = before === undefined ? 1 : Math.min(before.backoff * 2, MAX_BACKOFF)
    this.#failures.delete(key)
    this.#failures.set(key, { error, untilMs: nowMs + errorTtlMs * backoff, backoff })
    if (this.#failures.size <= MAX_KEYS) return
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest)
      return
    }
  }

  forget(key: CacheKey): void {
    if (this.#failures.size > 0) this.#failures.delete(key)
  }

  clear(): void {
    this.#failures.clear()
  }
}

import type { RedisArgument, RedisRequest } from '../../../core/protocols/redis-transport.ts'

/** Values above this, in bytes, travel on a connection of their own: others would wait behind them (notes, section 3.9). */
export const LARGE_BYTES: number = 64 * 1024
/** Keys that are remembered at most; the oldest leaves. */
const MAX_KEYS = 1024

/** Knows which requests are large: by what they send, or by what their key held the last time. */
export class LargeKeys {
  readonly #keys = new Set<string>()

  /** Remembers how large the value of a key was. */
  note(key: RedisArgument | undefined, sizeBytes: number): void {
    const isLarge = sizeBytes > LARGE_BYTES
    if (typeof key !== 'string' || (!isLarge && this.#keys.size === 0)) return
    this.#keys.delete(key)
    if (!isLarge) return
    this.#keys.add(key)
    if (this.#keys.size <= MAX_KEYS) return
    const [oldest] = this.#keys
    if (oldest !== undefined) this.#keys.delete(oldest)
  }

  hasLarge(requests: readonly RedisRequest[]): boolean {
    for (const request of requests) if (this.#isLarge(request)) return true
    return false
  }

  #isLarge(request: RedisRequest): boolean {
    const key = 'script' in request ? request.keys[0] : request.key
    if (this.#keys.size > 0 && typeof key === 'string' && this.#keys.has(key)) return true
    let sizeBytes = 0
    for (const arg of request.args) sizeBytes += arg.length
    return sizeBytes > LARGE_BYTES
  }
}

import type { CacheKey } from '../../core/value-objects/cache-key.ts'

/** A key with how often it was seen, estimated. */
export interface HotKey {
  readonly key: CacheKey
  readonly count: number
}

const CAPACITY = 128

/**
 * The keys that are asked for most, from a sample of the lookups.
 *
 * Space-saving summary: when a new key meets a full table it takes the place and the count of the
 * rarest one, so a count is never too low and too high by at most the rarest count.
 * Source: Metwally, Agrawal, El Abbadi: Efficient computation of frequent and top-k elements in data
 * streams, ICDT 2005.
 */
export class AccessPatterns {
  readonly #counts = new Map<CacheKey, number>()

  /** Counts `weight` lookups of the key: 1 for each one seen, times the sampling rate. */
  record(key: CacheKey, weight: number): void {
    const known = this.#counts.get(key)
    if (known !== undefined) {
      this.#counts.set(key, known + weight)
      return
    }
    if (this.#counts.size < CAPACITY) {
      this.#counts.set(key, weight)
      return
    }
    const rarest = this.#rarest()
    this.#counts.delete(rarest.key)
    this.#counts.set(key, rarest.count + weight)
  }

  /** The most frequent keys first, at most `limit`. */
  hottest(limit: number): readonly HotKey[] {
    return [...this.#counts]
      .map(([key, count]) => ({ key, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, limit)
  }

  #rarest(): HotKey {
    let rarest: HotKey | undefined
    for (const [key, count] of this.#counts) {
      if (rarest === undefined || count < rarest.count) rarest = { key, count }
    }
    if (rarest === undefined) throw new RangeError('the summary is empty')
    return rarest
  }
}

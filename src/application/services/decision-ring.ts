import type { RemovalCause } from '../../core/protocols/cache-repository.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'

/** Why a value isn't there: it left, or it was never stored. */
export type DecisionCause =
  | RemovalCause
  | { readonly kind: 'not-stored'; readonly why: string }
  | { readonly kind: 'load-failed'; readonly error: string }

/** One decision about one key. */
export interface Decision {
  readonly key: CacheKey
  readonly cause: DecisionCause
  readonly atMs: number
}

const SIZE = 4096

/**
 * The last decisions of a namespace, so that `explain` can say why a key is absent. A write is one array
 * store per column; a search walks the ring, newest first, which is cheap enough for a question an operator asks.
 */
export class DecisionRing {
  /** Written over in place: a record per decision would live just long enough to be moved by the collector. */
  readonly #keys: CacheKey[] = []
  readonly #causes: DecisionCause[] = []
  readonly #atMs: number[] = []
  #next = 0

  note(key: CacheKey, cause: DecisionCause, atMs: number): void {
    this.#keys[this.#next] = key
    this.#causes[this.#next] = cause
    this.#atMs[this.#next] = atMs
    this.#next = (this.#next + 1) % SIZE
  }

  /** The newest decision about the key; `undefined` if none of the last 4096 was about it. */
  find(key: CacheKey): Decision | undefined {
    const { length } = this.#keys
    for (let back = 1; back <= length; back += 1) {
      const at = (this.#next - back + SIZE) % SIZE
      const cause = this.#keys[at] === key ? this.#causes[at] : undefined
      if (cause !== undefined) return { key, cause, atMs: this.#atMs[at] ?? 0 }
    }
    return undefined
  }
}

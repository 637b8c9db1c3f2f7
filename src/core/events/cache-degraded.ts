import type { CacheKey } from '../value-objects/cache-key.ts'

/** Which part failed. */
export type DegradedPart =
  | 'repository'
  | 'log'
  | 'factory'
  | 'listener'
  | 'hook'
  | 'schema'
  | 'value'
  | 'refresh'
  | 'snapshot'

/** The cache did less than it was asked, to keep its caller going. */
export interface CacheDegraded {
  readonly type: 'degraded'
  readonly namespace: string
  /** `undefined` if it concerns no single key. */
  readonly key: CacheKey | undefined
  readonly part: DegradedPart
  /** What it did instead, in a few words, such as `counted a miss` or `served the stale value`. */
  readonly did: string
  readonly error: unknown
  readonly atMs: number
}

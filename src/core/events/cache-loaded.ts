import type { CacheKey } from '../value-objects/cache-key.ts'

/** A factory ended, well or not. */
export interface CacheLoaded {
  readonly type: 'loaded'
  readonly namespace: string
  readonly key: CacheKey
  readonly outcome: 'success' | 'failure' | 'timeout'
  readonly durationMs: number
  /** What the factory threw; `undefined` on success. */
  readonly error: unknown
  readonly isRefresh: boolean
  readonly atMs: number
}

import type { CacheKey } from '../value-objects/cache-key.ts'

/** Where an answer came from. */
export type CacheTier = 'memory' | 'repository'

/** A lookup was answered from the cache. */
export interface CacheHit {
  readonly type: 'hit'
  readonly namespace: string
  readonly key: CacheKey
  readonly tier: CacheTier
  readonly stale: boolean
  readonly atMs: number
}

import type { CacheKey } from '../value-objects/cache-key.ts'

/** A lookup found nothing that may be served. */
export interface CacheMiss {
  readonly type: 'miss'
  readonly namespace: string
  readonly key: CacheKey
  readonly atMs: number
}

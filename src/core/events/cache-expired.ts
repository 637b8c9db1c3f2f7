import type { CacheKey } from '../value-objects/cache-key.ts'

/** An entry left because its time was over; seen at the next read or sweep, not at the very instant. */
export interface CacheExpired {
  readonly type: 'expired'
  readonly namespace: string
  readonly key: CacheKey
  readonly expiredAtMs: number
  readonly atMs: number
}

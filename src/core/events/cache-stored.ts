import type { CacheKey } from '../value-objects/cache-key.ts'
import type { CacheTag } from '../value-objects/cache-tag.ts'

/** A value was stored: by `set`, or by a factory (`load`, `refresh`). */
export interface CacheStored {
  readonly type: 'stored'
  readonly namespace: string
  readonly key: CacheKey
  readonly by: 'set' | 'load' | 'refresh'
  readonly sizeBytes: number
  readonly expiresAtMs: number
  readonly tags: readonly CacheTag[]
  readonly atMs: number
}

import type { CacheKey } from '../value-objects/cache-key.ts'
import type { CachePriority } from '../value-objects/cache-priority.ts'

/** An entry left, or wasn't let in (`refused`), for want of space. */
export interface CacheEvicted {
  readonly type: 'evicted'
  readonly namespace: string
  readonly key: CacheKey
  readonly priority: CachePriority
  readonly sizeBytes: number
  /** The rule that chose it, such as `lru`, `too large`, `full of critical entries`. */
  readonly rule: string
  readonly refused: boolean
  readonly atMs: number
}

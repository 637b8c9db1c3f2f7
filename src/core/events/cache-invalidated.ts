import type { InvalidationMark } from '../entities/invalidation-mark.ts'
import type { LogPosition } from '../value-objects/log-position.ts'

/** A mark was applied on this node. */
export interface CacheInvalidated {
  readonly type: 'invalidated'
  readonly namespace: string
  readonly mark: InvalidationMark
  readonly position: LogPosition
  readonly atMs: number
}

import type { InvalidationMark, InvalidationScope } from '../entities/invalidation-mark.ts'
import type { LogPosition } from '../value-objects/log-position.ts'

/** What an invalidation asks for. */
export interface InvalidationRequest {
  readonly namespace: string
  readonly scope: InvalidationScope
  readonly soft: boolean
  readonly act: InvalidationMark['act']
  readonly reason: string | undefined
  readonly origin: string | undefined
}

/** What became of it. `propagated` is true only if the log holds the mark. */
export interface InvalidationResult {
  readonly position: LogPosition
  readonly propagated: boolean
}

/** Makes cached data wrong, on this node and, through the log, on all others. */
export interface InvalidationService {
  /** After it resolves, no read that starts later on this node answers a value computed before it. */
  invalidate(request: InvalidationRequest): Promise<InvalidationResult>
}

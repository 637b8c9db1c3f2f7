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
  /** True to wait for all nodes; not if not said. */
  readonly isAwaited?: boolean
}

/**
 * What became of it. `propagated` is true only if the log holds the mark. If it is false, this node answers
 * nothing that the mark reaches, and brings it to the log as soon as that can be reached; there is no position yet.
 */
export type InvalidationResult =
  | { readonly position: LogPosition; readonly propagated: true }
  | { readonly position: undefined; readonly propagated: false }

/** Makes cached data wrong, on this node and, through the log, on all others. */
export interface InvalidationService {
  /** After it resolves, no read that starts later on this node answers a value computed before it. */
  invalidate(request: InvalidationRequest): Promise<InvalidationResult>
}

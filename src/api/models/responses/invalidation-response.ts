import Type from 'typebox'
import type { InvalidationPreview } from '../../../application/queries/preview-invalidation.ts'
import { describeScope } from '../../../core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { InvalidationResult } from '../../../core/protocols/invalidation-service.ts'
import { formatLogPosition } from '../../../core/value-objects/log-position.ts'
import { type Model, model } from '../model.ts'
import { instantSchema } from './cache-response.ts'

/** What became of an invalidation; or, of a dry run, what it would have hit. */
export interface InvalidationResponse {
  readonly dryRun: boolean
  /** Its place in the invalidation log; absent as long as the log doesn't hold it. */
  readonly position?: string
  /** True if the log holds it, and so every node gets it. */
  readonly propagated?: boolean
  /** Entries it would have hit. */
  readonly matched?: number
  readonly scanned?: number
  /** False if there was more than was looked at: `matched` is then a lower bound. */
  readonly isComplete?: boolean
  readonly sample?: readonly string[]
}

export const InvalidationResponse: Model<InvalidationResponse> = model<InvalidationResponse>()(
  Type.Object({
    dryRun: Type.Boolean(),
    position: Type.Optional(Type.String({ description: 'Its place in the invalidation log' })),
    propagated: Type.Optional(Type.Boolean({ description: 'True if the log holds it' })),
    matched: Type.Optional(Type.Integer({ description: 'Entries it would have hit' })),
    scanned: Type.Optional(Type.Integer({ description: 'Entries that were looked at' })),
    isComplete: Type.Optional(
      Type.Boolean({ description: 'False: there is more, and matched is a lower bound' }),
    ),
    sample: Type.Optional(Type.Array(Type.String(), { description: 'Some of the keys' })),
  }),
)

export function invalidationResponse({
  position,
  propagated,
}: InvalidationResult): InvalidationResponse {
  if (position === undefined) return { dryRun: false, propagated }
  return { dryRun: false, position: formatLogPosition(position), propagated }
}

export function previewResponse(preview: InvalidationPreview): InvalidationResponse {
  const { matched, scanned, isComplete, sample } = preview
  return { dryRun: true, matched, scanned, isComplete, sample }
}

/** One invalidation of the past. */
export interface PastInvalidation {
  readonly position: string
  readonly cache: string
  /** What it reached, in words, such as `tag org:7`. */
  readonly scope: string
  readonly soft: boolean
  /** Who made it: a node, or a credential. */
  readonly origin: string
  /** `null`: not said. */
  readonly reason: string | null
  readonly atMs: number
}

/** The newest invalidations first. */
export interface InvalidationListResponse {
  readonly invalidations: readonly PastInvalidation[]
}

export const InvalidationListResponse: Model<InvalidationListResponse> =
  model<InvalidationListResponse>()(
    Type.Object({
      invalidations: Type.Array(
        Type.Object({
          position: Type.String(),
          cache: Type.String(),
          scope: Type.String({ description: 'What it reached, such as: tag org:7' }),
          soft: Type.Boolean(),
          origin: Type.String({ description: 'A node, or a credential' }),
          reason: Type.Union([Type.String(), Type.Null()]),
          atMs: instantSchema,
        }),
        { description: 'Newest first' },
      ),
    }),
  )

export function invalidationListResponse(
  marks: readonly PositionedMark[],
): InvalidationListResponse {
  return {
    invalidations: marks.map(({ position, mark }) => ({
      position: formatLogPosition(position),
      cache: mark.namespace,
      scope: describeScope(mark.scope),
      soft: mark.soft,
      origin: mark.origin,
      reason: mark.reason ?? null,
      atMs: mark.atMs,
    })),
  }
}

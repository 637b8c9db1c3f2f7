import Type from 'typebox'
import type { LeaseOptions } from '../../../application/commands/lease-cache-entry.ts'
import { parseDuration } from '../../../core/value-objects/duration.ts'
import { type Model, model } from '../model.ts'
import type { WireDuration } from './set-cache-request.ts'

/** Asks for the value of a key, or for the lease to compute it. */
export interface LeaseRequest {
  /** How long the lease holds. */
  readonly ttl?: WireDuration
  /** How long to wait for whoever holds it. */
  readonly wait?: WireDuration
}

const Span = Type.Union([Type.Integer({ minimum: 0 }), Type.String()])

export const LeaseRequest: Model<LeaseRequest> = model<LeaseRequest>()(
  Type.Object(
    {
      ttl: Type.Optional(
        Type.Union(Span.anyOf, {
          description: 'How long the lease holds; whole milliseconds or text such as 5s',
        }),
      ),
      wait: Type.Optional(
        Type.Union(Span.anyOf, { description: 'How long to wait for whoever holds it' }),
      ),
    },
    { additionalProperties: false },
  ),
)

/** @throws CacheError CACHE_OPTION_INVALID */
export function leaseOptions(request: LeaseRequest): LeaseOptions {
  const { ttl, wait } = request
  return {
    ...(ttl === undefined ? {} : { ttlMs: parseDuration(ttl, 'ttl') }),
    ...(wait === undefined ? {} : { waitMs: parseDuration(wait, 'wait') }),
  }
}

import Type from 'typebox'
import type { NamespaceOptions } from '../../../core/entities/cache-namespace.ts'
import type { CachePriority } from '../../../core/value-objects/cache-priority.ts'
import type { EvictionPolicy } from '../../../core/value-objects/eviction-policy.ts'
import type { MemoryStorage } from '../../../core/value-objects/memory-storage.ts'
import {
  MAX_PRIORITY_WEIGHT,
  type PriorityWeightOptions,
} from '../../../core/value-objects/priority-weights.ts'
import { type Model, model } from '../model.ts'
import type { WireDuration } from './set-cache-request.ts'

/** The settings of a cache, as they are defined and changed. What isn't named keeps its value. */
export interface DefineCacheRequest {
  readonly description?: string
  readonly ttl?: WireDuration
  readonly tags?: readonly string[]
  readonly dependsOn?: readonly string[]
  readonly priority?: CachePriority
  readonly staleWhileRevalidate?: WireDuration
  readonly staleIfError?: WireDuration
  readonly jitter?: number
  readonly slidingTtl?: WireDuration
  readonly maxEntries?: number
  readonly maxBytes?: number | string
  readonly evictionPolicy?: EvictionPolicy
  readonly priorityWeights?: PriorityWeightOptions
  readonly storage?: MemoryStorage
  readonly maxConcurrentLoads?: number
  readonly maxQueuedLoads?: number
}

const Span = Type.Optional(
  Type.Union([Type.Integer({ minimum: 0 }), Type.String()], {
    description: 'Whole milliseconds, or text with a unit such as 5m',
  }),
)
const Weight = Type.Optional(Type.Number({ minimum: 1, maximum: MAX_PRIORITY_WEIGHT }))
const Count = Type.Optional(Type.Integer({ minimum: 1 }))

export const DefineCacheRequest: Model<DefineCacheRequest> = model<DefineCacheRequest>()(
  Type.Object(
    {
      description: Type.Optional(Type.String({ maxLength: 1000 })),
      ttl: Type.Optional(
        Type.Union([Type.Number(), Type.String()], {
          description: 'Life of an entry that says none: a duration, never, or 0',
        }),
      ),
      tags: Type.Optional(Type.Array(Type.String())),
      dependsOn: Type.Optional(Type.Array(Type.String())),
      priority: Type.Optional(
        Type.Union([
          Type.Literal('low'),
          Type.Literal('medium'),
          Type.Literal('high'),
          Type.Literal('critical'),
        ]),
      ),
      staleWhileRevalidate: Span,
      staleIfError: Span,
      jitter: Type.Optional(Type.Number({ minimum: 0, exclusiveMaximum: 1 })),
      slidingTtl: Span,
      maxEntries: Count,
      maxBytes: Type.Optional(
        Type.Union([Type.Integer({ minimum: 1 }), Type.String()], {
          description: 'Bytes, or text such as 64mb',
        }),
      ),
      evictionPolicy: Type.Optional(
        Type.Union([
          Type.Literal('w-tinylfu'),
          Type.Literal('lru'),
          Type.Literal('lfu'),
          Type.Literal('fifo'),
          Type.Literal('s3-fifo'),
          Type.Literal('sieve'),
          Type.Literal('ttl'),
        ]),
      ),
      priorityWeights: Type.Optional(
        Type.Object(
          { low: Weight, medium: Weight, high: Weight },
          { additionalProperties: false, description: 'What priorities weigh when space runs out' },
        ),
      ),
      storage: Type.Optional(
        Type.Union([Type.Literal('reference'), Type.Literal('buffer')], {
          description: 'How values are kept; said when the cache is made, and never changed',
        }),
      ),
      maxConcurrentLoads: Count,
      maxQueuedLoads: Count,
    },
    { additionalProperties: false, description: 'What is not named keeps its value' },
  ),
)

/** The same as the cache takes it, which parses each and says what is wrong. */
export function namespaceOptions(request: DefineCacheRequest): NamespaceOptions {
  return request as NamespaceOptions // Durations are wider here than what the cache accepts of them.
}

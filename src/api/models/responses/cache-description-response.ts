import { createHash } from 'node:crypto'
import Type from 'typebox'
import type { CacheNamespace } from '../../../core/entities/cache-namespace.ts'
import type { CacheTtl } from '../../../core/value-objects/cache-ttl.ts'
import { type Model, model } from '../model.ts'

/** What a cache is set to. */
export interface CacheDescriptionResponse {
  readonly name: string
  readonly description: string
  /** Life of an entry that says none: `never`, milliseconds, or an instant. */
  readonly ttl: string
  readonly tags: readonly string[]
  readonly dependsOn: readonly string[]
  readonly priority: string
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  readonly jitter: number
  readonly slidingTtlMs: number | null
  /** `null`: no limit of its own. */
  readonly maxEntries: number | null
  readonly maxBytes: number | null
  readonly evictionPolicy: string
  readonly priorityWeights: { readonly low: number; readonly medium: number; readonly high: number }
  readonly storage: string
  readonly isolation: string
  readonly maxConcurrentLoads: number | null
  readonly maxQueuedLoads: number
}

const integerOrNull = Type.Union([Type.Integer(), Type.Null()])

const fields = {
  name: Type.String(),
  description: Type.String(),
  ttl: Type.String({ description: 'Life of an entry that says none, such as 300000ms or never' }),
  tags: Type.Array(Type.String()),
  dependsOn: Type.Array(Type.String()),
  priority: Type.String(),
  staleWhileRevalidateMs: Type.Integer(),
  staleIfErrorMs: Type.Integer(),
  jitter: Type.Number(),
  slidingTtlMs: integerOrNull,
  maxEntries: integerOrNull,
  maxBytes: integerOrNull,
  evictionPolicy: Type.String(),
  priorityWeights: Type.Object({
    low: Type.Number(),
    medium: Type.Number(),
    high: Type.Number(),
  }),
  storage: Type.String(),
  isolation: Type.String(),
  maxConcurrentLoads: integerOrNull,
  maxQueuedLoads: Type.Integer(),
}

export const CacheDescriptionResponse: Model<CacheDescriptionResponse> =
  model<CacheDescriptionResponse>()(Type.Object(fields))

/** All caches of a tenant. */
export interface CacheListResponse {
  readonly caches: readonly CacheDescriptionResponse[]
}

export const CacheListResponse: Model<CacheListResponse> = model<CacheListResponse>()(
  Type.Object({ caches: Type.Array(CacheDescriptionResponse) }),
)

export function cacheDescriptionResponse(namespace: CacheNamespace): CacheDescriptionResponse {
  const { entryPolicy } = namespace
  const [low, medium, high] = namespace.priorityWeights
  return {
    name: namespace.name,
    description: namespace.description,
    ttl:
      typeof entryPolicy.ttl === 'function' ? 'a function of the value' : ttlText(entryPolicy.ttl),
    tags: entryPolicy.tags,
    dependsOn: entryPolicy.dependsOn,
    priority: entryPolicy.priority,
    staleWhileRevalidateMs: entryPolicy.staleWhileRevalidateMs,
    staleIfErrorMs: entryPolicy.staleIfErrorMs,
    jitter: entryPolicy.jitter,
    slidingTtlMs: entryPolicy.slidingTtlMs ?? null,
    maxEntries: namespace.maxEntries ?? null,
    maxBytes: namespace.maxBytes ?? null,
    evictionPolicy: namespace.evictionPolicy,
    priorityWeights: { low, medium, high },
    storage: namespace.storage,
    isolation: namespace.isolation,
    maxConcurrentLoads: namespace.maxConcurrentLoads ?? null,
    maxQueuedLoads: namespace.maxQueuedLoads,
  }
}

/** The entity tag of a description: it changes when a setting does. */
export function descriptionTag(description: CacheDescriptionResponse): string {
  const digest = createHash('sha256').update(JSON.stringify(description)).digest('base64url')
  return `"${digest}"`
}

function ttlText(ttl: CacheTtl): string {
  switch (ttl.kind) {
    case 'never':
      return 'never'
    case 'instant':
      return '0ms'
    case 'span':
      return `${ttl.ms}ms`
    case 'until':
      return new Date(ttl.atMs).toISOString()
  }
}

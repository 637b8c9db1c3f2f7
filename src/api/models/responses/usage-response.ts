import Type from 'typebox'
import { type Model, model } from '../model.ts'
import { CacheStatsResponse } from './cache-stats-response.ts'

/** What a tenant uses, cache by cache and together. */
export interface UsageResponse {
  readonly tenant: string
  readonly total: CacheStatsResponse
  readonly caches: readonly CacheUsage[]
}

/** What one cache uses. */
export interface CacheUsage {
  readonly name: string
  readonly entries: number
  readonly bytes: number
  readonly hitRatio: number
  /** `null`: no limit of its own. */
  readonly maxEntries: number | null
  readonly maxBytes: number | null
}

const limit = Type.Union([Type.Integer(), Type.Null()])

export const UsageResponse: Model<UsageResponse> = model<UsageResponse>()(
  Type.Object({
    tenant: Type.String(),
    total: CacheStatsResponse,
    caches: Type.Array(
      Type.Object({
        name: Type.String(),
        entries: Type.Integer(),
        bytes: Type.Integer(),
        hitRatio: Type.Number(),
        maxEntries: limit,
        maxBytes: limit,
      }),
    ),
  }),
)

/** A tenant with how its cache is. */
export interface TenantResponse {
  readonly name: string
  readonly description: string
  readonly status: 'pass' | 'warn' | 'fail'
  readonly caches: number
  readonly entries: number
  readonly bytes: number
  readonly hitRatio: number
}

export const TenantResponse: Model<TenantResponse> = model<TenantResponse>()(
  Type.Object({
    name: Type.String(),
    description: Type.String(),
    status: Type.Union([Type.Literal('pass'), Type.Literal('warn'), Type.Literal('fail')]),
    caches: Type.Integer(),
    entries: Type.Integer(),
    bytes: Type.Integer(),
    hitRatio: Type.Number(),
  }),
)

/** All tenants. */
export interface TenantListResponse {
  readonly tenants: readonly TenantResponse[]
}

export const TenantListResponse: Model<TenantListResponse> = model<TenantListResponse>()(
  Type.Object({ tenants: Type.Array(TenantResponse) }),
)

/** The whole service at a glance. */
export interface OverviewResponse {
  readonly status: 'pass' | 'warn' | 'fail'
  readonly readiness: string
  readonly caches: number
  readonly total: CacheStatsResponse
  readonly tenants: readonly TenantResponse[]
}

export const OverviewResponse: Model<OverviewResponse> = model<OverviewResponse>()(
  Type.Object({
    status: Type.Union([Type.Literal('pass'), Type.Literal('warn'), Type.Literal('fail')]),
    readiness: Type.String({ description: 'starting, ready or draining' }),
    caches: Type.Integer(),
    total: CacheStatsResponse,
    tenants: Type.Array(TenantResponse),
  }),
)

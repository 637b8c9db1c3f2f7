import Type, { type TInteger } from 'typebox'
import type { CacheStats } from '../../../application/queries/get-cache-stats.ts'
import type { HitRatioEstimates } from '../../../core/protocols/cache-repository.ts'
import { type Model, model } from '../model.ts'

/** The counters, each with what it counts. */
const COUNTERS = {
  hits: 'Lookups answered with a fresh value',
  staleHits: 'Lookups answered with a stale value',
  misses: 'Lookups that found nothing to answer with',
  sets: 'Values stored on request',
  deletes: 'Deletions on request',
  loads: 'Factories that ended',
  loadFailures: 'Factories that failed',
  loadTimeouts: 'Factories that ran out of time',
  coalesced: 'Lookups that joined a running load',
  refreshes: 'Loads behind an answer already given',
  expired: 'Entries that left because their time was over',
  evicted: 'Entries that left for want of space',
  evictedForEntries: 'Of these, for the most entries of their cache',
  evictedForBytes: 'Of these, for the most bytes of their cache',
  evictedForShared: 'Of these, for what all caches of the tenant may hold together',
  evictedForResize: 'Of these, for a limit that was lowered',
  evictedBytes: 'Bytes of the values that left for want of space',
  refused: 'Entries that were not let in',
  invalidations: 'Invalidations applied',
  invalidated: 'Entries that invalidations removed',
  degraded: 'Times the cache did less than asked to keep its caller going',
  entries: 'Entries held now',
  bytes: 'Bytes held now',
  activeLoads: 'Loads and leases that run now',
  queuedLoads: 'Loads that wait for a place now',
} as const

type Counters = { readonly [Name in keyof typeof COUNTERS]: number }

/** What a cache, or all of a tenant's, has done since the start, and what it holds now. */
export interface CacheStatsResponse extends Counters {
  /** Hits, stale ones included, per lookup; 0 before the first. */
  readonly hitRatio: number
  /** Sum of the factories' run times. */
  readonly loadMs: number
  /** `null`: no limit of its own. */
  readonly maxEntries: number | null
  readonly maxBytes: number | null
  /** What the hit ratio would be with half, twice and four times the memory; `null`: not known (yet). */
  readonly estimatedHitRatio: HitRatioEstimates | null
  /** The keys asked for most, estimated from a sample. */
  readonly hotKeys: readonly { readonly key: string; readonly count: number }[]
}

const limit = Type.Union([Type.Integer(), Type.Null()], {
  description: 'null: no limit of its own',
})

const ratio = Type.Number({ minimum: 0, maximum: 1 })

export const CacheStatsResponse: Model<CacheStatsResponse> = model<CacheStatsResponse>()(
  Type.Object({
    ...counterFields(),
    hitRatio: ratio,
    loadMs: Type.Number({ description: "Sum of the factories' run times" }),
    maxEntries: limit,
    maxBytes: limit,
    estimatedHitRatio: Type.Union(
      [Type.Object({ half: ratio, double: ratio, quadruple: ratio }), Type.Null()],
      {
        description:
          'The hit ratio with half, twice and four times the memory, estimated from a sample; null: not known (yet)',
      },
    ),
    hotKeys: Type.Array(Type.Object({ key: Type.String(), count: Type.Integer() }), {
      description: 'The keys asked for most, estimated from a sample',
    }),
  }),
)

function counterFields(): { [Name in keyof typeof COUNTERS]: TInteger } {
  const fields = Object.entries(COUNTERS).map(([name, description]) => [
    name,
    Type.Integer({ minimum: 0, description }),
  ])
  // `fromEntries` forgets the names; they are those of COUNTERS.
  return Object.fromEntries(fields) as { [Name in keyof typeof COUNTERS]: TInteger }
}

/** The statistics with `null` where there is no limit or estimate, since JSON has no `undefined`. */
export function cacheStatsResponse(stats: CacheStats): CacheStatsResponse {
  const { maxEntries = null, maxBytes = null, estimatedHitRatio = null } = stats
  return { ...stats, maxEntries, maxBytes, estimatedHitRatio }
}

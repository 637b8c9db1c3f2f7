import type { CacheTtl } from '../../core/value-objects/cache-ttl.ts'
import { expiresAtMs, jittered, parseCacheTtl } from '../../core/value-objects/cache-ttl.ts'
import type { EntryPolicy } from '../../core/value-objects/entry-policy.ts'

/** The life of a value that is about to be stored. */
export interface EntryLife {
  readonly ttl: CacheTtl
  readonly expiresAtMs: number
  readonly staleUntilMs: number
}

/**
 * Decides how long a value lives under a policy; `undefined` if it is to be stored nowhere: its TTL is
 * instant, or it is `undefined` and there is no `negativeTtl`.
 *
 * @param random from 0 to below 1, for the jitter
 * @throws CacheError CACHE_TTL_INVALID if the policy's TTL function answers no valid TTL
 */
export function ttlValidator(
  policy: EntryPolicy,
  value: unknown,
  nowMs: number,
  random: number,
): EntryLife | undefined {
  const ttl = ttlOf(policy, value, nowMs)
  if (ttl === undefined || ttl.kind === 'instant') return undefined
  const ends = expiresAtMs(ttl, nowMs)
  // An instant the caller named is meant as it is; only spans are spread.
  const spread = ttl.kind === 'span' ? nowMs + jittered(ttl.ms, policy.jitter, random) : ends
  const slid =
    policy.slidingTtlMs === undefined ? spread : Math.min(spread, nowMs + policy.slidingTtlMs)
  const staleMs = Math.max(policy.staleWhileRevalidateMs, policy.staleIfErrorMs)
  return { ttl, expiresAtMs: slid, staleUntilMs: slid + staleMs }
}

function ttlOf(policy: EntryPolicy, value: unknown, nowMs: number): CacheTtl | undefined {
  if (value === undefined || value === null) {
    if (policy.negativeTtlMs !== undefined) return parseCacheTtl(policy.negativeTtlMs, nowMs)
    if (value === undefined) return undefined
  }
  if (typeof policy.ttl !== 'function') return policy.ttl
  return parseCacheTtl(policy.ttl(value), nowMs)
}

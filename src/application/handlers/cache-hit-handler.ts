// hot path: benchmarks/memory-hit.bench.ts
import type { CacheTier } from '../../core/events/cache-hit.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { HandlerPorts } from '../services/namespace-ports.ts'

/** One hit in so many is looked at for access patterns; a prime, so that reads that take turns are all met. */
export const SAMPLING = 251

/** Counts a hit, samples it for the access patterns, and tells listeners if there are any. */
export function cacheHitHandler(
  ports: HandlerPorts,
): (key: CacheKey, tier: CacheTier, isStale: boolean) => void {
  const { statistics, patterns, events, clock, name } = ports
  let untilSample = SAMPLING
  return (key, tier, isStale) => {
    if (isStale) statistics.staleHits += 1
    else statistics.hits += 1
    untilSample -= 1
    if (untilSample === 0) {
      untilSample = SAMPLING
      patterns.record(key, SAMPLING)
    }
    if (events.hears('hit')) {
      events.emit({ type: 'hit', namespace: name, key, tier, stale: isStale, atMs: clock.nowMs() })
    }
  }
}

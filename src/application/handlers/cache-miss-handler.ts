import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { HandlerPorts } from '../services/namespace-ports.ts'

/**
 * Of a full table of access patterns, one miss in so many is noted, for all of them; a prime, so that keys
 * that take turns are all met. Noting costs as much as all else of a miss and a set together.
 */
export const MISS_SAMPLING = 17

/** Counts a miss, samples it for the access patterns, and tells listeners if there are any. */
export function cacheMissHandler(ports: HandlerPorts): (key: CacheKey) => void {
  const { statistics, patterns, events, clock, name } = ports
  let weight = 1
  let untilSample = 1
  return (key) => {
    statistics.misses += 1
    untilSample -= 1
    if (untilSample === 0) {
      patterns.record(key, weight)
      weight = patterns.isFull ? MISS_SAMPLING : 1
      untilSample = weight
    }
    if (events.hears('miss'))
      events.emit({ type: 'miss', namespace: name, key, atMs: clock.nowMs() })
  }
}

import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { HandlerPorts } from '../services/namespace-ports.ts'

/** Counts a miss, notes it in the access patterns, and tells listeners if there are any. */
export function cacheMissHandler(ports: HandlerPorts): (key: CacheKey) => void {
  const { statistics, patterns, events, clock, name } = ports
  return (key) => {
    statistics.misses += 1
    // A miss costs a load anyway, so each one is looked at, not a sample.
    patterns.record(key, 1)
    if (events.hears('miss'))
      events.emit({ type: 'miss', namespace: name, key, atMs: clock.nowMs() })
  }
}

import type { RemovalCause, RemovedEntry } from '../../core/protocols/cache-repository.ts'
import { countRemoval } from '../services/cache-statistics.ts'
import type { HandlerPorts } from '../services/namespace-ports.ts'

/**
 * Handles an entry that left the memory store, by expiry or otherwise: counts it under its cause, keeps
 * the cause for `explain`, and tells listeners of expiries and evictions.
 */
export function cacheExpiredHandler(
  ports: HandlerPorts,
): (entry: RemovedEntry, cause: RemovalCause) => void {
  return (entry, cause) => {
    countRemoval(ports.statistics, entry, cause)
    if (cause.kind !== 'replaced') ports.decisions.note(entry.key, cause, ports.clock.nowMs())
    announce(ports, entry, cause)
  }
}

function announce(ports: HandlerPorts, entry: RemovedEntry, cause: RemovalCause): void {
  const { name: namespace, events, clock } = ports
  const { key, priority, sizeBytes } = entry
  if (cause.kind === 'expired') {
    if (!events.hears('expired')) return
    events.emit({
      type: 'expired',
      namespace,
      key,
      expiredAtMs: entry.expiresAtMs,
      atMs: clock.nowMs(),
    })
  } else if (cause.kind === 'evicted' || cause.kind === 'refused') {
    if (!events.hears('evicted')) return
    const refused = cause.kind === 'refused'
    events.emit({
      type: 'evicted',
      namespace,
      key,
      priority,
      sizeBytes,
      rule: cause.rule,
      refused,
      atMs: clock.nowMs(),
    })
  }
}

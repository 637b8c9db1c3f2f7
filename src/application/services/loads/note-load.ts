import type { CacheLoaded } from '../../../core/events/cache-loaded.ts'
import { errorText } from '../../../core/exceptions/error-text.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { NamespacePorts } from '../namespace-ports.ts'

/** How one run of a factory ended. */
export type LoadResult = Pick<CacheLoaded, 'outcome' | 'durationMs' | 'error' | 'isRefresh'>

/** Counts a run of a factory, keeps its failure for `explain`, and tells listeners. */
export function noteLoad(
  ports: Pick<NamespacePorts, 'name' | 'clock' | 'statistics' | 'decisions' | 'events'>,
  key: CacheKey,
  result: LoadResult,
): void {
  const { name: namespace, clock, statistics, decisions, events } = ports
  const atMs = clock.nowMs()
  statistics.loads += 1
  statistics.loadMs += result.durationMs
  if (result.outcome === 'success') {
    if (result.isRefresh) statistics.refreshes += 1
  } else {
    statistics.loadFailures += 1
    if (result.outcome === 'timeout') statistics.loadTimeouts += 1
    decisions.note(key, { kind: 'load-failed', error: errorText(result.error) }, atMs)
  }
  if (events.hears('loaded')) events.emit({ type: 'loaded', namespace, key, atMs, ...result })
}

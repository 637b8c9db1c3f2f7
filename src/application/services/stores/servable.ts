import { type CacheEntry, freshnessAt } from '../../../core/entities/cache-entry.ts'
import type { EntryValidity } from '../../../core/protocols/cache-repository.ts'
import type { Clock } from '../../../core/protocols/clock.ts'

/** What a backend's entries are judged by. */
export interface ServablePorts {
  /** The namespace that is read. */
  readonly name: string
  readonly marks: Pick<EntryValidity, 'check'>
  readonly clock: Pick<Clock, 'nowMs'>
}

/** The entry under the rule of validity and its own life; `undefined` if it may not be served at all. */
export function servable(ports: ServablePorts, entry: CacheEntry): CacheEntry | undefined {
  if (entry.namespace !== ports.name) return undefined
  const validity = ports.marks.check(entry)
  if (validity.kind === 'invalid') return undefined
  const judged = validity.kind === 'soft' ? { ...entry, isSoftInvalidated: true } : entry
  return freshnessAt(judged, ports.clock.nowMs()) === 'dead' ? undefined : judged
}

import type { CacheEvent } from '../events/cache-event.ts'

/** Where events go. Emitting costs nothing when nobody listens: ask `active` before making the event. */
export interface EventSink {
  readonly active: boolean
  /** Never throws: a listener that does is isolated. */
  emit(event: CacheEvent): void
}

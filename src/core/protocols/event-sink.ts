import type { CacheEvent, CacheEventType } from '../events/cache-event.ts'

/** Where events go. Emitting costs nothing when nobody listens: ask `hears` before making the event. */
export interface EventSink {
  /** True if somebody listens to events of this type. Cheap: it is asked on every hit. */
  hears(type: CacheEventType): boolean
  /** Never throws: a listener that does is isolated. */
  emit(event: CacheEvent): void
}

import type { CacheEvent, CacheEventOf, CacheEventType } from '../../core/events/cache-event.ts'
import type { EventSink } from '../../core/protocols/event-sink.ts'

/** Hears events. What it throws, or rejects with, is isolated. */
export type CacheEventListener<T extends CacheEventType> = (event: CacheEventOf<T>) => unknown

/** Where failures of listeners go. */
export type ListenerFault = (event: CacheEvent, error: unknown) => void

type AnyListener = (event: CacheEvent) => unknown

/** Hands each event to those who asked for its type, in the order they asked. */
export class EventDispatcher implements EventSink {
  /** A type that nobody listens to isn't in it. */
  readonly #listeners = new Map<CacheEventType | '*', Set<AnyListener>>()
  readonly #onFault: ListenerFault

  constructor(onFault: ListenerFault) {
    this.#onFault = onFault
  }

  hears(type: CacheEventType): boolean {
    if (this.#listeners.size === 0) return false
    return this.#listeners.has(type) || this.#listeners.has('*')
  }

  /** Calls `listener` for each event of the type (`*`: every type); answers a function that ends it. */
  on<T extends CacheEventType>(type: T | '*', listener: CacheEventListener<T>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    // One wrapper per call, so that the same function may be registered twice and ended once.
    const wrapped: AnyListener = (event) => listener(event as CacheEventOf<T>) // The map's key is the type.
    listeners.add(wrapped)
    return () => {
      listeners.delete(wrapped)
      // Not another set of the same type, made after this one had gone.
      if (listeners.size === 0 && this.#listeners.get(type) === listeners)
        this.#listeners.delete(type)
    }
  }

  emit(event: CacheEvent): void {
    this.#hand(this.#listeners.get(event.type), event)
    this.#hand(this.#listeners.get('*'), event)
  }

  /** Forgets all listeners. */
  clear(): void {
    this.#listeners.clear()
  }

  #hand(listeners: ReadonlySet<AnyListener> | undefined, event: CacheEvent): void {
    if (listeners === undefined) return
    for (const listener of listeners) {
      try {
        const result = listener(event)
        if (result instanceof Promise) result.catch((error: unknown) => this.#onFault(event, error))
      } catch (error) {
        // A listener's failure is its own: neither the cache's caller nor the other listeners may feel it.
        this.#onFault(event, error)
      }
    }
  }
}

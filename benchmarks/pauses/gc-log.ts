import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'

/** One collection, on the clock of `performance.now()`. */
export interface Collection {
  readonly kind: 'major' | 'minor' | 'other'
  readonly startMs: number
  readonly endMs: number
}

/** Notes the collections of this process. They are told of a turn or more after they happened. */
export class GcLog {
  readonly #collections: Collection[] = []
  readonly #observer: PerformanceObserver

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { startTime: startMs, duration } = entry
        this.#collections.push({ kind: kindOf(entry), startMs, endMs: startMs + duration })
      }
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  between(fromMs: number, toMs: number): readonly Collection[] {
    return this.#collections.filter(({ startMs, endMs }) => endMs > fromMs && startMs < toMs)
  }
}

/** Incremental steps belong to a major collection, and stop the program as its end does. */
function kindOf(entry: PerformanceEntry): Collection['kind'] {
  const { kind } = Reflect.get(entry, 'detail') as { readonly kind: number } // So Node documents entries of this type.
  const { NODE_PERFORMANCE_GC_MAJOR, NODE_PERFORMANCE_GC_INCREMENTAL } = constants
  if (kind === NODE_PERFORMANCE_GC_MAJOR || kind === NODE_PERFORMANCE_GC_INCREMENTAL) return 'major'
  return kind === constants.NODE_PERFORMANCE_GC_MINOR ? 'minor' : 'other'
}

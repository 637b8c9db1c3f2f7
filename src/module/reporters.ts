import type { CacheStatistics } from '../application/services/cache-statistics.ts'
import type { EventDispatcher } from '../application/services/event-dispatcher.ts'
import type { DegradedReporter } from '../application/services/namespace-ports.ts'
import type { CacheLogger } from '../cache-options.ts'
import type { Clock } from '../core/protocols/clock.ts'

/** What reports go to. */
interface ReporterPorts {
  readonly clock: Clock
  readonly dispatcher: EventDispatcher
  readonly logger: CacheLogger | undefined
}

/** Counts, logs and announces what a cache did less than it was asked. */
export class Reporters {
  readonly #ports: ReporterPorts

  constructor(ports: ReporterPorts) {
    this.#ports = ports
  }

  /** Of one namespace. */
  of(namespace: string, statistics: CacheStatistics): DegradedReporter {
    return (part, did, error, key) => {
      statistics.degraded += 1
      this.#tell(namespace)(part, did, error, key)
    }
  }

  /** Of the log that all namespaces share. */
  ofLog(cache: string): (did: string, error: unknown) => void {
    return (did, error) => this.#tell(cache)('log', did, error, undefined)
  }

  #tell(namespace: string): DegradedReporter {
    const { clock, dispatcher, logger } = this.#ports
    return (part, did, error, key) => {
      logger?.warn({ err: error, namespace, part, did }, 'the cache did less than it was asked')
      if (!dispatcher.hears('degraded')) return
      dispatcher.emit({ type: 'degraded', namespace, key, part, did, error, atMs: clock.nowMs() })
    }
  }
}

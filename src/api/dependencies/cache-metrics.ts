import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CacheStats } from '../../application/queries/get-cache-stats.ts'
import type { CacheManager } from '../../application/services/cache-manager.ts'
import type { CacheSource } from './cache-source.ts'
import { DURATION_BUCKETS, RequestDurations, type RequestRecorder } from './request-durations.ts'

/** Most pairs of tenant and cache with series of their own; the rest add up under `other`. */
export const MAX_LABELLED_CACHES = 500
const OTHER = 'other'

/** The metrics of a service in Prometheus' terms. */
export interface CacheMetrics {
  /** To be merged with a host's own, or rendered alone. */
  readonly registry: Registry
  /** Where a route notes its requests; made once per route and method. */
  recorder(route: string, method: string): RequestRecorder
}

/** What may be said of the metrics. */
export interface CacheMetricsOptions {
  /** Also the process: CPU, memory, event loop. Default: false, for hosts that have these already. */
  readonly processMetrics?: boolean
}

type Labels = Readonly<Record<string, string>>

/** One metric that is read off the statistics when somebody asks, so that counting costs a hit nothing. */
interface StatisticMetric {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  /** The label besides `tenant` and `cache`, if there is one. */
  readonly label?: string
  /** The values by that label; `undefined` leaves the series out. */
  readonly read: (stats: CacheStats) => Readonly<Record<string, number | undefined>>
}

const STATISTIC_METRICS: readonly StatisticMetric[] = [
  {
    name: 'cache_gets_total',
    help: 'Lookups, by what they found.',
    kind: 'counter',
    label: 'result',
    read: (stats) => ({
      hit: stats.hits,
      stale: stats.staleHits,
      miss: stats.misses,
    }),
  },
  {
    name: 'cache_puts_total',
    help: 'Values stored on request.',
    kind: 'counter',
    read: (stats) => ({ '': stats.sets }),
  },
  {
    name: 'cache_removals_total',
    help: 'Entries removed on request: one by one, or by an invalidation that matched them.',
    kind: 'counter',
    label: 'cause',
    read: (stats) => ({ explicit: stats.deletes, invalidated: stats.invalidated }),
  },
  {
    name: 'cache_evictions_total',
    help: 'Entries that left, or were not let in, without being asked to.',
    kind: 'counter',
    label: 'cause',
    read: (stats) => ({ size: stats.evicted, expired: stats.expired, admission: stats.refused }),
  },
  {
    name: 'cache_invalidations_total',
    help: 'Invalidations applied, however many entries each of them hit.',
    kind: 'counter',
    read: (stats) => ({ '': stats.invalidations }),
  },
  {
    name: 'cache_coalesced_total',
    help: 'Lookups that joined a running load instead of starting one.',
    kind: 'counter',
    read: (stats) => ({ '': stats.coalesced }),
  },
  {
    name: 'cache_refreshes_total',
    help: 'Loads behind an answer that was given already.',
    kind: 'counter',
    read: (stats) => ({ '': stats.refreshes }),
  },
  {
    name: 'cache_size',
    help: 'Entries held.',
    kind: 'gauge',
    read: (stats) => ({ '': stats.entries }),
  },
  {
    name: 'cache_size_bytes',
    help: 'Bytes held.',
    kind: 'gauge',
    read: (stats) => ({ '': stats.bytes }),
  },
  {
    name: 'cache_limit_bytes',
    help: 'Most bytes that the cache may hold, where it has a limit of its own.',
    kind: 'gauge',
    read: (stats) => ({ '': stats.maxBytes }),
  },
]

/** Makes the metrics of all caches of `source`, those that appear later included. */
export function cacheMetrics(source: CacheSource, options: CacheMetricsOptions = {}): CacheMetrics {
  const registry = new Registry()
  const reader = new StatisticsReader(source, registry)
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry })
  const requests = new RequestDurations(registry)
  reader.watchLoads()
  return { registry, recorder: (route, method) => requests.recorder(route, method) }
}

/** Copies the statistics of every cache into the metrics whenever these are collected. */
class StatisticsReader {
  readonly #source: CacheSource
  readonly #metrics: readonly (readonly [StatisticMetric, Counter | Gauge])[]
  readonly #loads: Histogram
  readonly #watched = new WeakSet<CacheManager>()
  readonly #labelled = new Set<string>()
  /** All metrics of one scrape wait for the same reading. */
  #reading: Promise<void> | undefined

  constructor(source: CacheSource, registry: Registry) {
    this.#source = source
    this.#metrics = STATISTIC_METRICS.map((metric) => {
      const settings = {
        name: metric.name,
        help: metric.help,
        labelNames: ['tenant', 'cache', ...(metric.label === undefined ? [] : [metric.label])],
        registers: [registry],
        collect: () => this.#read(),
      }
      return [metric, metric.kind === 'counter' ? new Counter(settings) : new Gauge(settings)]
    })
    this.#loads = new Histogram({
      name: 'cache_load_duration_seconds',
      help: 'Run time of the factories, by success, error or timeout.',
      labelNames: ['tenant', 'cache', 'result'],
      buckets: [...DURATION_BUCKETS],
      registers: [registry],
    })
  }

  watchLoads(): void {
    for (const { name } of this.#source.tenants()) {
      const cache = this.#source.cacheFor(name)
      if (cache !== undefined) this.#watch(name, cache)
    }
  }

  #watch(tenant: string, cache: CacheManager): void {
    if (this.#watched.has(cache)) return
    this.#watched.add(cache)
    cache.on('loaded', (event) => {
      const result = event.outcome === 'failure' ? 'error' : event.outcome
      const labels = { ...this.#labelsOf(tenant, event.namespace), result }
      this.#loads.observe(labels, event.durationMs / 1000)
    })
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readAll(): Promise<void> {
    this.watchLoads()
    const readings = this.#source.tenants().flatMap(({ name: tenant }) => {
      const cache = this.#source.cacheFor(tenant)
      if (cache === undefined) return []
      return cache.namespaces().map(async ({ name }) => ({
        labels: this.#labelsOf(tenant, name),
        stats: await cache.namespace(name).stats(),
      }))
    })
    const read = await Promise.all(readings)
    for (const [, target] of this.#metrics) target.reset()
    for (const { labels, stats } of read) this.#add(labels, stats)
  }

  /** Adds rather than sets, so that the caches under `other` sum up. */
  #add(labels: Labels, stats: CacheStats): void {
    for (const [metric, target] of this.#metrics) {
      for (const [value, count] of Object.entries(metric.read(stats))) {
        if (count === undefined) continue
        target.inc(
          metric.label === undefined ? labels : { ...labels, [metric.label]: value },
          count,
        )
      }
    }
  }

  /** First come, first labelled: what a tenant names its caches must not grow the scrape without end. */
  #labelsOf(tenant: string, cache: string): Labels {
    const pair = `${tenant}/${cache}`
    if (this.#labelled.has(pair)) return { tenant, cache }
    if (this.#labelled.size >= MAX_LABELLED_CACHES) return { tenant: OTHER, cache: OTHER }
    this.#labelled.add(pair)
    return { tenant, cache }
  }
}

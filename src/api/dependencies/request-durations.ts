import type { Metric, Registry } from 'prom-client'

/** Half a millisecond to 10 s: where requests and loads lie that somebody waits for. In seconds. */
export const DURATION_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

const NAME = 'http_request_duration_seconds'
const HELP = 'Time from the arrival of a request to the end of its answer.'

/** Notes how long one request took, and how it ended. */
export type RequestRecorder = (status: number, durationMs: number) => void

/** What happened to the requests of one route with one status. */
interface Series {
  readonly labels: { readonly route: string; readonly method: string; readonly status: string }
  /** Per bucket, those that fit into none of the smaller ones; the last is for the rest. */
  readonly counts: Float64Array
  sumSeconds: number
}

/**
 * The histogram of the requests, counted in arrays of its own: the client's histogram puts its labels
 * together anew for every observation, which cost a hit over HTTP 10 % of its processor time (2.2 of
 * 21 µs, Node 20.20, 2026-11). It appears in the client's registry like any other.
 */
export class RequestDurations {
  readonly #series: Series[] = []

  constructor(registry: Registry) {
    const metric = { name: NAME, get: () => this.#collect(), reset: () => this.#reset() }
    // The registry asks a metric for no more than these.
    registry.registerMetric(metric as unknown as Metric)
  }

  /** Made once per route and method. The route is the pattern, never the path, which holds keys. */
  recorder(route: string, method: string): RequestRecorder {
    const byStatus = new Map<number, Series>()
    return (status, durationMs) => {
      const seconds = durationMs / 1000
      const series = byStatus.get(status) ?? this.#open(byStatus, { route, method }, status)
      let bucket = 0
      while (seconds > (DURATION_BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
      series.sumSeconds += seconds
    }
  }

  #open(
    byStatus: Map<number, Series>,
    labels: { readonly route: string; readonly method: string },
    status: number,
  ): Series {
    const series: Series = {
      labels: { ...labels, status: String(status) },
      counts: new Float64Array(DURATION_BUCKETS.length + 1),
      sumSeconds: 0,
    }
    byStatus.set(status, series)
    this.#series.push(series)
    return series
  }

  async #collect(): Promise<object> {
    const values = this.#series.flatMap(samplesOf)
    return { name: NAME, help: HELP, type: 'histogram', aggregator: 'sum', values }
  }

  #reset(): void {
    for (const series of this.#series) {
      series.counts.fill(0)
      series.sumSeconds = 0
    }
  }
}

/** Buckets as Prometheus wants them: each with all that took no longer. */
function samplesOf({ labels, counts, sumSeconds }: Series): object[] {
  let count = 0
  const buckets = [...counts].map((own, index) => {
    count += own
    const le = DURATION_BUCKETS[index] ?? '+Inf'
    return { metricName: `${NAME}_bucket`, labels: { le, ...labels }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${NAME}_sum`, labels, value: sumSeconds },
    { metricName: `${NAME}_count`, labels, value: count },
  ]
}

import { GhostEstimator } from '../src/infrastructure/repositories/memory/w-tiny-lfu/ghost-estimator.ts'
import { wTinyLfuOrder } from '../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-order.ts'
import { playTrace } from './hit-ratio/play-trace.ts'
import { type PublishedFigures, publishedFigures } from './hit-ratio/published-figures.ts'
import { readTrace } from './hit-ratio/read-trace.ts'
import type { Report } from './measure/report.ts'

const PARTS = [0.5, 2, 4]
/** Each cell is played at three more sizes, so the longest trace is cut. */
const MAX_REQUESTS = 600_000
const POINTS_OFF = 2

interface Cell {
  readonly published: PublishedFigures
  /** At each part of the capacity, in per cent: as estimated at the capacity itself, and as it is. */
  readonly estimated: readonly number[]
  readonly real: readonly number[]
}

/** How far estimates of the hit ratio with other capacities are from what the policy has with these. */
export async function hitRatioGhosts(folder: string | undefined): Promise<Report> {
  const cells = folder === undefined ? [] : publishedFigures.map((each) => cellOf(each, folder))
  const errors = cells.flatMap(({ estimated, real }) =>
    estimated.map((value, at) => Math.abs(value - (real[at] ?? Number.NaN))),
  )
  return {
    title: 'Estimated hit ratio at half, twice and four times the capacity (%)',
    method: `Estimated from a sample while the policy runs with the entries given, against the policy itself run at each size; the first ${MAX_REQUESTS} requests.`,
    columns: ['trace', 'entries', ...PARTS.flatMap((part) => [`x${part} est.`, 'real'])],
    rows: cells.map(({ published, estimated, real }) => [
      published.trace,
      String(published.entries),
      ...PARTS.flatMap((_, at) => [(estimated[at] ?? 0).toFixed(1), (real[at] ?? 0).toFixed(1)]),
    ]),
    targets: [
      {
        what: 'estimates: mean error, points',
        measured: errors.reduce((sum, error) => sum + error, 0) / errors.length,
        bound: 'at most',
        limit: 1,
      },
      {
        what: `estimates: off by over ${POINTS_OFF} points, of ${errors.length}`,
        measured:
          errors.length === 0 ? Number.NaN : errors.filter((error) => error > POINTS_OFF).length,
        bound: 'at most',
        limit: 0,
      },
    ],
  }
}

function cellOf(published: PublishedFigures, folder: string): Cell {
  const trace = readTrace(folder, published.trace, 'u32').subarray(0, MAX_REQUESTS)
  const estimator = new GhostEstimator()
  estimator.resize(published.entries)
  playTrace(wTinyLfuOrder, {
    trace,
    capacity: published.entries,
    seed: 1,
    onRequest: (hash, charge) => {
      estimator.count(1)
      estimator.record(hash, charge)
    },
  })
  const { half, double, quadruple } = estimator.estimates() ?? {}
  return {
    published,
    estimated: [half, double, quadruple].map((ratio) => 100 * (ratio ?? Number.NaN)),
    real: PARTS.map((part) =>
      playTrace(wTinyLfuOrder, {
        trace,
        capacity: Math.round(published.entries * part),
        seed: 1,
      }),
    ),
  }
}

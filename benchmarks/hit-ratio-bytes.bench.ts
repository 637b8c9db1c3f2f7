import { BEST_OF, HIT_RATIO_POLICIES } from './hit-ratio/hit-ratio-policies.ts'
import { playTrace } from './hit-ratio/play-trace.ts'
import { readTrace } from './hit-ratio/read-trace.ts'
import type { Report } from './measure/report.ts'

/** The one trace that has sizes. */
const TRACE = 'libcachesim_cloudphysics'
const PARTS = [0.01, 0.05, 0.1]

/** Hit ratios where room is counted in bytes, with parts of the bytes of all objects. */
export async function hitRatioBytes(folder: string | undefined): Promise<Report> {
  const rows = folder === undefined ? [] : PARTS.map((part) => ratiosOf(folder, part))
  const leads = rows.map((ratios) => (ratios[0] ?? Number.NaN) - bestOf(ratios))
  return {
    title: `Hit ratio by bytes on ${TRACE} (% of requests)`,
    method: 'The capacity is a part of the bytes of all objects together.',
    columns: ['capacity', ...HIT_RATIO_POLICIES.map(([name]) => name)],
    rows: rows.map((ratios, at) => [
      `${100 * (PARTS[at] ?? 0)} %`,
      ...ratios.map((ratio) => ratio.toFixed(2)),
    ]),
    targets: [
      {
        what: `by bytes: least lead over the best of ${BEST_OF.join(', ')}, points`,
        measured: rows.length === 0 ? Number.NaN : Math.min(...leads),
        bound: 'at least',
        limit: -2,
      },
    ],
  }
}

function ratiosOf(folder: string, part: number): number[] {
  const trace = readTrace(folder, TRACE, 'u32')
  const sizes = readTrace(folder, TRACE, 'sizes')
  const largest = new Map<number, number>()
  for (const [at, key] of trace.entries()) {
    largest.set(key, Math.max(largest.get(key) ?? 0, sizes[at] ?? 0))
  }
  const bytes = [...largest.values()].reduce((sum, size) => sum + size, 0)
  const capacity = Math.round(bytes * part)
  return HIT_RATIO_POLICIES.map(([, create]) =>
    playTrace(create, { trace, sizes, capacity, seed: 1 }),
  )
}

function bestOf(ratios: readonly number[]): number {
  return Math.max(
    ...HIT_RATIO_POLICIES.map(([name], at) => (BEST_OF.includes(name) ? (ratios[at] ?? 0) : 0)),
  )
}

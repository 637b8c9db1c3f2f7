import { BEST_OF, HIT_RATIO_POLICIES } from './hit-ratio/hit-ratio-policies.ts'
import { playTrace } from './hit-ratio/play-trace.ts'
import { type CaffeineCase, runCaffeine } from './hit-ratio/run-caffeine.ts'
import { SYNTHETIC_ENTRIES, syntheticTraces } from './hit-ratio/synthetic-traces.ts'
import type { Report } from './measure/report.ts'

/**
 * A point more than for traces: in the fast drift each key dies at the height of its fame, and whoever gives
 * used entries another round holds on to the dead.
 */
const MIN_LEAD = -3

interface Cell extends CaffeineCase {
  readonly name: string
  /** In the order of the policies, in per cent. */
  readonly ratios: readonly number[]
  /** Of the default policy against the best of the simple ones, in points. */
  readonly lead: number
}

/** Hit ratios on streams made for what traces lack: drift, mixtures, loops, traps for adaptive windows. */
export async function hitRatioSynthetic(): Promise<Report> {
  const cells = SYNTHETIC_ENTRIES.flatMap((entries) =>
    syntheticTraces.map((each) => cellOf(each.name, each.create(entries), entries)),
  )
  const caffeine = runCaffeine(cells)
  const isRun = typeof caffeine !== 'string'
  const leads = cells.map(({ lead }) => lead)
  const least = cells.find(({ lead }) => lead === Math.min(...leads))
  return {
    title: 'Hit ratio on synthetic streams (%, equal weights)',
    method: `300 000 requests each. ${isRun ? '' : `Caffeine was not run beside: ${caffeine}.`}`,
    columns: ['stream', 'entries', ...HIT_RATIO_POLICIES.map(([name]) => name), 'Caffeine'],
    rows: cells.map(({ name, entries, ratios }, at) => [
      name,
      String(entries),
      ...ratios.map((ratio) => ratio.toFixed(2)),
      isRun ? (caffeine[at] ?? Number.NaN).toFixed(2) : '-',
    ]),
    targets: [
      {
        what: `synthetic: least lead over the best of ${BEST_OF.join(', ')}, points (${least?.name} at ${least?.entries})`,
        measured: Math.min(...leads),
        bound: 'at least',
        limit: MIN_LEAD,
      },
      ...(isRun
        ? [
            {
              what: 'synthetic: mean lead over Caffeine as run here, points',
              measured: meanOf(
                cells.map(({ ratios }, at) => (ratios[0] ?? Number.NaN) - (caffeine[at] ?? 0)),
              ),
              bound: 'at least' as const,
              limit: 1,
            },
          ]
        : []),
    ],
  }
}

function cellOf(name: string, trace: Int32Array, entries: number): Cell {
  const ratios = HIT_RATIO_POLICIES.map(([, create]) =>
    playTrace(create, { trace, capacity: entries, seed: 1 }),
  )
  const best = HIT_RATIO_POLICIES.map(([policy], at) =>
    BEST_OF.includes(policy) ? (ratios[at] ?? 0) : 0,
  )
  return { name, trace, entries, ratios, lead: (ratios[0] ?? Number.NaN) - Math.max(...best) }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

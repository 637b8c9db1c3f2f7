import { BEST_OF, HIT_RATIO_POLICIES } from './hit-ratio/hit-ratio-policies.ts'
import { playTrace, type Trace } from './hit-ratio/play-trace.ts'
import { type PublishedFigures, publishedFigures, TUNED_ON } from './hit-ratio/published-figures.ts'
import { readTrace } from './hit-ratio/read-trace.ts'
import { runCaffeine } from './hit-ratio/run-caffeine.ts'
import { median } from './measure/median.ts'
import type { Report, Target } from './measure/report.ts'

const OURS = 'w-tinylfu'
/** Hashes are seeded per process, so the default policy is played with several seeds; the median counts. */
const SEEDS = [1, 2, 3]
/** Of longer traces one seed is as good as another. */
const LONG_TRACE = 1_000_000

/** One trace at one size. */
interface Cell {
  readonly published: PublishedFigures
  readonly trace: Trace
  /** By policy, in per cent. */
  readonly ratios: ReadonlyMap<string, number>
}

/** Hit ratios on the traces of a folder, at the sizes that figures were published for. */
export async function hitRatioTraces(folder: string | undefined): Promise<Report> {
  const title = 'Hit ratio on traces (%, equal weights)'
  const columns = ['trace', 'entries', ...HIT_RATIO_POLICIES.map(([name]) => name)]
  if (folder === undefined) {
    const method = 'The traces are not here: --traces DIR or TRACES=DIR says where they are.'
    return { title, method, columns, rows: [], targets: unmeasured() }
  }
  const cells = cellsOf(folder)
  const caffeine = runCaffeine(
    cells.map(({ trace, published }) => ({ trace, entries: published.entries })),
  )
  const beside = typeof caffeine === 'string' ? `Not run beside: ${caffeine}.` : ''
  return {
    title,
    method: `Median of ${SEEDS.length} hash seeds for ${OURS}; "published" is Caffeine's column and the optimum beside the traces, "Caffeine" is run here, now. * marks the traces that the constants were chosen on. ${beside}`,
    columns: [...columns, 'Caffeine', 'published', 'optimum'],
    rows: cells.map((cell, at) =>
      rowOf(cell, typeof caffeine === 'string' ? undefined : caffeine[at]),
    ),
    targets: [
      ...targetsOf('all traces', cells),
      ...targetsOf('traces tuned on', cells.filter(isTunedOn)),
      ...targetsOf(
        'other traces',
        cells.filter((cell) => !isTunedOn(cell)),
      ),
      ...(typeof caffeine === 'string' ? [] : [besideTarget(cells, caffeine)]),
    ],
  }
}

function cellsOf(folder: string): Cell[] {
  const traces = new Map<string, Trace>()
  return publishedFigures.map((published) => {
    const name = published.trace
    const trace = traces.get(name) ?? readTrace(folder, name, 'u32')
    traces.set(name, trace)
    const ratios = HIT_RATIO_POLICIES.map(([policy, create]) => {
      const seeds = policy === OURS && trace.length < LONG_TRACE ? SEEDS : SEEDS.slice(0, 1)
      const each = seeds.map((seed) =>
        playTrace(create, { trace, capacity: published.entries, seed }),
      )
      return [policy, median(each)] as const
    })
    return { published, trace, ratios: new Map(ratios) }
  })
}

function rowOf({ published, ratios }: Cell, caffeine: number | undefined): string[] {
  const mark = TUNED_ON.includes(published.trace) ? '*' : ''
  return [
    `${published.trace}${mark}`,
    String(published.entries),
    ...[...ratios.values()].map((ratio) => ratio.toFixed(2)),
    caffeine?.toFixed(2) ?? '-',
    published.caffeine.toFixed(2),
    published.optimum.toFixed(2),
  ]
}

function isTunedOn({ published }: Cell): boolean {
  return TUNED_ON.includes(published.trace)
}

function oursOf({ ratios }: Cell): number {
  return ratios.get(OURS) ?? Number.NaN
}

function targetsOf(what: string, cells: readonly Cell[]): Target[] {
  const leads = cells.map((cell) => oursOf(cell) - cell.published.caffeine)
  const best = cells.map((cell) => oursOf(cell) - bestOf(cell))
  return [
    {
      what: `${what}: mean lead over Caffeine, points`,
      measured: meanOf(leads),
      bound: 'at least',
      limit: 1,
    },
    {
      what: `${what}: least lead over Caffeine, points (${nameOfLeast(cells, leads)})`,
      measured: Math.min(...leads),
      bound: 'at least',
      limit: -0.5,
    },
    {
      what: `${what}: least lead over the best of ${BEST_OF.join(', ')}, points (${nameOfLeast(cells, best)})`,
      measured: Math.min(...best),
      bound: 'at least',
      limit: -2,
    },
  ]
}

/** Of the published figures and those of the policies here, the highest. */
function bestOf({ published, ratios }: Cell): number {
  const { lru, s3Fifo, fixedWTinyLfu } = published
  return Math.max(lru, s3Fifo, fixedWTinyLfu, ...BEST_OF.map((name) => ratios.get(name) ?? 0))
}

function besideTarget(cells: readonly Cell[], caffeine: readonly number[]): Target {
  return {
    what: 'all traces: mean lead over Caffeine as run here, points',
    measured: meanOf(cells.map((cell, at) => oursOf(cell) - (caffeine[at] ?? Number.NaN))),
    bound: 'at least',
    limit: 1,
  }
}

function unmeasured(): Target[] {
  return [
    {
      what: 'all traces: mean lead over Caffeine, points',
      measured: Number.NaN,
      bound: 'at least',
      limit: 1,
      unmeasured: 'the traces are not here',
    },
  ]
}

function nameOfLeast(cells: readonly Cell[], leads: readonly number[]): string {
  const { published } = cells[leads.indexOf(Math.min(...leads))] ?? {}
  return published === undefined ? 'none' : `${published.trace} at ${published.entries}`
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

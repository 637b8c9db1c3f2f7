import type { Through } from './demo-options.ts'
import type { StaleAnswer } from './freshness-check.ts'
import type { Latencies } from './latencies.ts'
import type { Visitors } from './visitors.ts'

/** What one part of the demo came to. */
export interface Part {
  readonly through: Through
  readonly visitors: Visitors
  readonly elapsedMs: number
  readonly pagesReadFromDatabase: number
}

const NAMES: Readonly<Record<Through, string>> = {
  none: 'no cache',
  library: 'library',
  service: 'service',
}
const COLUMNS = [
  'through',
  'requests/s',
  'hit ratio',
  'hit p50',
  'hit p99',
  'miss p50',
  'miss p99',
  'changes',
  'queries saved',
  'stale',
]
const MOST_EXAMPLES = 5

/** How a part is going, in a line. */
export function liveLine(part: Part): string {
  const cells = cellsOf(part)
  return `${cells[0]?.padEnd(9)} ${cells[1]} requests/s, hit ratio ${cells[2]}, hits p50 ${cells[3]} p99 ${cells[4]}, misses p50 ${cells[5]} p99 ${cells[6]}, ${cells[8]} queries saved`
}

/** All parts side by side. */
export function resultTable(parts: readonly Part[]): string {
  const lines = [COLUMNS, ...parts.map(cellsOf)]
  const widths = COLUMNS.map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  )
  const texts = lines.map((cells) =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? ''
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  '),
  )
  texts.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return texts.join('\n')
}

/** Whether anybody was told something old, in words, with examples. */
export function verdict(parts: readonly Part[]): string {
  const checked = parts.reduce((sum, { visitors }) => sum + visitors.freshness.checked, 0)
  const stale = parts.flatMap(({ visitors }) => visitors.freshness.stale)
  if (checked === 0) return 'FAILED: not one answer was checked.'
  if (stale.length === 0) {
    return `Checked: not one of ${checked} answers was older than the last change acknowledged before its request was sent.`
  }
  const examples = stale.slice(0, MOST_EXAMPLES).map(exampleOf)
  return [
    `FAILED: ${stale.length} of ${checked} answers were older than the last change acknowledged before their request was sent.`,
    ...examples,
  ].join('\n')
}

/** True if answers were checked, and none was stale. */
export function isAllFresh(parts: readonly Part[]): boolean {
  return (
    parts.some(({ visitors }) => visitors.freshness.checked > 0) &&
    parts.every(({ visitors }) => visitors.freshness.stale.length === 0)
  )
}

function cellsOf({ through, visitors, elapsedMs, pagesReadFromDatabase }: Part): readonly string[] {
  const { hits, misses, writes, freshness } = visitors
  const saved = hits.count + misses.count - pagesReadFromDatabase
  return [
    NAMES[through],
    String(Math.round((visitors.answers * 1000) / elapsedMs)),
    hits.count + misses.count === 0 ? '-' : `${(visitors.hitRatio * 100).toFixed(1)} %`,
    msAt(hits, 0.5),
    msAt(hits, 0.99),
    msAt(misses, 0.5),
    msAt(misses, 0.99),
    String(writes.count),
    String(Math.max(0, saved)),
    String(freshness.stale.length),
  ]
}

function msAt(latencies: Latencies, share: number): string {
  const ms = latencies.quantile(share)
  return ms === undefined ? '-' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}

function exampleOf({ productId, floor, got }: StaleAnswer): string {
  const [what, was, expected] =
    got.product < floor.product
      ? [`product ${productId}`, got.product, floor.product]
      : [`the category of product ${productId}`, got.category, floor.category]
  return `  ${what}: answered version ${was}, although version ${expected} was acknowledged`
}

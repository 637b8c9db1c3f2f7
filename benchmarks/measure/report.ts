import { stripVTControlCharacters } from 'node:util'

/** A limit that a measurement keeps or misses. */
export interface Target {
  /** Names what was measured, for a line such as `MISS: peek, 10 000 entries: 0.41, target at least 0.5`. */
  readonly what: string
  /** Not a number if it was not measured: no limit is kept then. */
  readonly measured: number
  readonly bound: 'at least' | 'at most' | 'exactly' | 'below'
  readonly limit: number
  /** Why it was not measured; `undefined` if it was. */
  readonly unmeasured?: string
}

/** What a benchmark has to say: a table, and the limits that were set for it. */
export interface Report {
  readonly title: string
  /** What the numbers are and how they came about, in a sentence or two. */
  readonly method: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly targets: readonly Target[]
}

/** True if the measurement keeps its limit; one that isn't a number keeps none. */
export function isMet(target: Target): boolean {
  switch (target.bound) {
    case 'at least':
      return target.measured >= target.limit
    case 'at most':
      return target.measured <= target.limit
    case 'below':
      return target.measured < target.limit
    case 'exactly':
      return target.measured === target.limit
  }
}

/** The line that says how a target fared. */
export function targetLine(target: Target): string {
  if (target.unmeasured !== undefined) {
    return `MISS: ${target.what}: not measured, ${target.unmeasured}; target ${target.bound} ${short(target.limit)}`
  }
  const word = isMet(target) ? 'PASS' : 'MISS'
  return `${word}: ${target.what}: ${short(target.measured)}, target ${target.bound} ${short(target.limit)}`
}

/** The report as text, first column to the left and the others to the right. */
export function reportText(report: Report): string {
  const lines = [report.columns, ...report.rows]
  const widths = report.columns.map((_, column) =>
    Math.max(...lines.map((cells) => widthOf(cells[column]))),
  )
  const table = lines.map((cells) =>
    widths.map((width, column) => padded(cells[column] ?? '', width, column === 0)).join('  '),
  )
  table.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return [report.title, report.method, '', ...table, ...report.targets.map(targetLine), ''].join(
    '\n',
  )
}

/** A number as a person reads it: three figures that count, and no more. */
export function short(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function widthOf(cell: string | undefined): number {
  return stripVTControlCharacters(cell ?? '').length
}

function padded(cell: string, width: number, isFirst: boolean): string {
  return isFirst ? cell.padEnd(width) : cell.padStart(width)
}

import type { Verdict } from './judge.ts'

export interface Figures extends Omit<Verdict, 'violations' | 'slowest'> {
  readonly fault: string
  readonly reads: number
  readonly writes: number
  readonly loads: number
  /** From the end of the fault until every node stored, and found in L2 what another one had stored. */
  readonly recoveryMs: number
}

/** The table that a run of the suite ends with. */
export function renderFigures(all: readonly Figures[]): string {
  const head = ['fault', 'reads', 'writes', 'loads', 'stale', 'p50', 'p99.9', 'max', 'recovery']
  const rows = all.map((one) => [
    one.fault,
    ...[one.reads, one.writes, one.loads].map(String),
    ...[one.worstStaleMs, one.p50Ms, one.p999Ms, one.maxMs, one.recoveryMs].map(inMs),
  ])
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
  return `${[head, ...rows].map(line).join('\n')}\n`
}

function inMs(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}

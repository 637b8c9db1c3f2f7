import { installRivals } from '../rivals/install-rivals.ts'
import { machineLine } from './machine-line.ts'
import { isMet, type Report, reportText, type Target, targetLine } from './report.ts'

/** Benchmarks by the name under which one of them can be asked for. */
export type Benchmarks = Readonly<Record<string, () => Promise<Report>>>

/**
 * Runs those that are named, or all, one after the other; prints each report as it comes, and what was
 * missed at the end. The process exits 1 if a target was missed or not measured, 2 for a name that isn't one.
 */
export async function runBenchmarks(
  benchmarks: Benchmarks,
  names: readonly string[],
): Promise<void> {
  const unknown = names.find((name) => !Object.hasOwn(benchmarks, name))
  if (unknown !== undefined) {
    const known = Object.keys(benchmarks).join(', ')
    process.stderr.write(`Cannot run benchmark ${unknown}: expected one of ${known}\n`)
    process.exitCode = 2
    return
  }
  installRivals()
  process.stdout.write(`${machineLine()}\n\n`)
  const targets: Target[] = []
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue
    const startedAtMs = performance.now()
    const report = await benchmark()
    const seconds = Math.round((performance.now() - startedAtMs) / 1000)
    process.stdout.write(`${reportText(report)}(${name}: ${seconds} s)\n\n`)
    targets.push(...report.targets)
  }
  const missed = targets.filter((target) => !isMet(target))
  process.stdout.write(`${targets.length - missed.length} targets met, ${missed.length} missed\n`)
  for (const target of missed) process.stdout.write(`${targetLine(target)}\n`)
  if (missed.length > 0) process.exitCode = 1
}

/**
 * `npm run bench [-- name ...]`: measures Platform Cache, as built, and its peers in one run, prints a
 * table for each benchmark, and exits 1 if a target was missed.
 */
import { httpGet } from './http-get.bench.ts'
import { machineLine } from './measure/machine-line.ts'
import { isMet, type Report, reportText, type Target, targetLine } from './measure/report.ts'
import { memoryHit } from './memory-hit.bench.ts'
import { installRivals } from './rivals/install-rivals.ts'
import { singleFlight } from './single-flight.bench.ts'
import { startup } from './startup.bench.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<Report>>> = {
  'memory-hit': memoryHit,
  'single-flight': singleFlight,
  'http-get': httpGet,
  startup,
}

const names = process.argv.slice(2)
const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown !== undefined) {
  const known = Object.keys(BENCHMARKS).join(', ')
  process.stderr.write(`Cannot run benchmark ${unknown}: expected one of ${known}\n`)
  process.exit(2)
}

installRivals()
process.stdout.write(`${machineLine()}\n\n`)
const targets: Target[] = []
for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (names.length > 0 && !names.includes(name)) continue
  const report = await benchmark()
  process.stdout.write(`${reportText(report)}\n`)
  targets.push(...report.targets)
}
const missed = targets.filter((target) => !isMet(target))
process.stdout.write(`${targets.length - missed.length} targets met, ${missed.length} missed\n`)
for (const target of missed) process.stdout.write(`${targetLine(target)}\n`)
if (missed.length > 0) process.exitCode = 1

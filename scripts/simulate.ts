/**
 * Long runs of the simulated worlds that the tests look at for a moment:
 * `npm run simulate -- --schedules 1000000 --seed 0`. Every fourth world is a cluster. Goes on after a schedule
 * that breaks an invariant, says which, and how it is played again; ends with the number of schedules.
 *
 * `--kind server` or `--kind cluster` leaves the other kind out.
 */
import { parseArgs } from 'node:util'
import { runSchedule } from '../tests/simulation/run-schedule.ts'
import { ALL_SAFEGUARDS, CLUSTER_SAFEGUARDS } from '../tests/simulation/safeguards.ts'

const PROGRESS_EVERY = 10_000

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '0' },
    kind: { type: 'string' },
  },
})
const schedules = Number(values.schedules)
const firstSeed = Number(values.seed)
if (!(schedules > 0) || !Number.isSafeInteger(firstSeed + schedules)) {
  throw new Error('Cannot simulate: expected --schedules above 0 and --seed in whole numbers')
}

const startedAtMs = Date.now()
const sum = { failed: 0, reads: 0, factories: 0 }

function say(count: number): void {
  const seconds = Math.round((Date.now() - startedAtMs) / 1000)
  process.stdout.write(
    `simulate: ${count} schedules from seed ${firstSeed}, ${sum.failed} failed; ${sum.reads} reads, ${sum.factories} factories, ${seconds} s\n`,
  )
}

for (let count = 1; count <= schedules; count += 1) {
  const seed = firstSeed + count - 1
  const isClustered = values.kind === undefined ? seed % 4 === 3 : values.kind === 'cluster'
  const safeguards = isClustered ? CLUSTER_SAFEGUARDS : ALL_SAFEGUARDS
  const report = runSchedule(seed, safeguards, { isClustered })
  sum.reads += report.reads
  sum.factories += report.factories
  const [first] = report.violations
  if (first !== undefined) {
    sum.failed += 1
    const kind = isClustered ? 'cluster' : 'server'
    process.stdout.write(`${first}; faults: ${report.faults.join(', ') || 'none'}\n`)
    process.stdout.write(`Again: npm run simulate -- --schedules 1 --seed ${seed} --kind ${kind}\n`)
  }
  if (count % PROGRESS_EVERY === 0 || count === schedules) say(count)
}
process.exitCode = sum.failed === 0 ? 0 : 1

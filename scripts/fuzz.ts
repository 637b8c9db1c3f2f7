/**
 * Long runs of the comparisons with naive models that the tests do for a moment:
 * `npm run fuzz -- --minutes 10`. Every round gives each comparison a new seed. The first difference ends
 * the run: it prints the shortest steps that show it, and the command that plays it again.
 *
 * `--only <name>` leaves the others out, `--seed <number>` plays that one round.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { orderProperty } from '../tests/infrastructure/repositories/memory/eviction/check-order.ts'
import { orderCases } from '../tests/infrastructure/repositories/memory/eviction/order-cases.ts'

const RUNS_PER_ROUND = 200
/** Rounds begin at a seed of this many bits, and count up from there. */
const SEED_MASK = 0x3fff_ffff

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
})
const cases = Object.values(orderCases).filter(({ name }) =>
  [name, undefined].includes(values.only),
)
if (cases.length === 0) throw new Error(`Cannot fuzz ${values.only}: expected a policy's name`)
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error(`Cannot fuzz: expected minutes above 0, got ${values.minutes}`)

/** True if a policy and its model agree in all runs of a round. */
function playRound(each: (typeof cases)[number], seed: number): boolean {
  const details = fc.check(orderProperty(each), { seed, numRuns: RUNS_PER_ROUND })
  if (!details.failed) return true
  process.stdout.write(`${each.name} differs from its model, seed ${seed}\n`)
  process.stdout.write(`${fc.defaultReportMessage(details)}\n`)
  process.stdout.write(`Again: npm run fuzz -- --only ${each.name} --seed ${seed}\n`)
  return false
}

const endMs = Date.now() + minutes * 60_000
const firstSeed = values.seed === undefined ? Date.now() & SEED_MASK : Number(values.seed)
let rounds = 0
let agree = true
do {
  const seed = firstSeed + rounds
  agree = cases.every((each) => playRound(each, seed))
  rounds += 1
} while (agree && values.seed === undefined && Date.now() < endMs)
const runs = rounds * RUNS_PER_ROUND
process.stdout.write(
  agree
    ? `fuzz: ${cases.map(({ name }) => name).join(', ')} agree with their models in ${runs} runs each, from seed ${firstSeed}\n`
    : 'fuzz: a difference was found\n',
)
process.exitCode = agree ? 0 : 1

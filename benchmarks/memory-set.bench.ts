/** What it costs to store a value under a new key in a full cache: another one has to go. */
import { type Report, short, type Target } from './measure/report.ts'
import { type Contestant, type Cost, compareCosts, ratioOf } from './subjects/compare-costs.ts'
import type { SubjectName } from './subjects/subject-factories.ts'
import type { SetWork } from './subjects/subject-process.ts'

const SIZES: readonly number[] = [10_000, 1_000_000]
/** For the others the ratio is for information. */
const TARGET_SIZE = 1_000_000
const LEAST_RATIO = 1.2
const OURS: readonly SetWork['how'][] = ['awaited', 'collected']
const YARDSTICK: SubjectName = 'lru-cache'
const OTHERS: readonly SubjectName[] = [
  YARDSTICK,
  'lru-cache, ttl + max + maxSize',
  'mnemonist LRUMap',
  'sieve-cache',
  'quick-lru',
]

export async function memorySet(): Promise<Report> {
  const rows: string[][] = []
  const targets: Target[] = []
  for (const entries of SIZES) {
    const costs = await compareCosts(contestantsOf(entries))
    rows.push(...costs.map((cost) => rowOf(cost, costs)))
    if (entries === TARGET_SIZE) targets.push(...targetsOf(costs))
  }
  return {
    title: 'New keys into a full cache',
    method:
      'Processor time of a set that evicts; keys and values are made before. Awaited: one after the other. ' +
      'Collected: a thousand are begun, then awaited together. The others answer at once. ' +
      'Ratios: how many times as fast Platform Cache is, awaited and collected.',
    columns: ['entries', 'cache', 'set', 'ns per set', 'awaited', 'collected'],
    rows,
    targets,
  }
}

function contestantsOf(entries: number): readonly Contestant[] {
  return [
    ...OURS.map((how) => contestant('platform-cache', entries, how)),
    ...OTHERS.map((subject) => contestant(subject, entries, 'at once')),
  ]
}

function contestant(subject: SubjectName, entries: number, how: SetWork['how']): Contestant {
  return { subject, entries, work: { kind: 'sets', how, keys: 'new' } }
}

function rowOf(cost: Cost, costs: readonly Cost[]): string[] {
  const { subject, entries, work } = cost.contestant
  const ratios = OURS.map((_, at) => ratioOf(cost, costs[at]).toFixed(2))
  const how = work.kind === 'sets' ? work.how : ''
  return [String(entries), subject, how, short(cost.opNs), ...ratios]
}

function targetsOf(costs: readonly Cost[]): Target[] {
  const yardstick = costs.find(({ contestant: { subject } }) => subject === YARDSTICK)
  return OURS.map((how, at) => ({
    what: `${how} set with eviction at ${TARGET_SIZE} entries against ${YARDSTICK}`,
    measured: ratioOf(yardstick, costs[at]),
    bound: 'at least',
    limit: LEAST_RATIO,
  }))
}

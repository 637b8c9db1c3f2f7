/** What a hit in memory costs through the public surface, beside the raw lru-cache and the peers with features. */
import { type Report, short, type Target } from './measure/report.ts'
import { type Contestant, type Cost, compareCosts, ratioOf } from './subjects/compare-costs.ts'
import type { SubjectName } from './subjects/subject-factories.ts'
import type { HitMethod } from './subjects/subject-process.ts'

interface Comparison {
  readonly method: HitMethod
  readonly entries: number
  /** The first is the one that is compared; with each other one, how many times as fast it is to be, at least. */
  readonly subjects: readonly (readonly [SubjectName, number])[]
}

const OURS: readonly [SubjectName, number] = ['platform-cache', 1]
const PEERS: Comparison['subjects'] = [
  OURS,
  ['layered-loader', 1],
  ['bentocache', 2],
  ['cacheable', 2],
  ['cache-manager', 2],
]
const COMPARISONS: readonly Comparison[] = [
  { method: 'peek', entries: 10_000, subjects: [OURS, ['lru-cache', 0.85]] },
  { method: 'peek', entries: 1_000_000, subjects: [OURS, ['lru-cache', 1]] },
  { method: 'get', entries: 10_000, subjects: PEERS },
  { method: 'getOrSet', entries: 10_000, subjects: PEERS },
]

export async function memoryHit(): Promise<Report> {
  const rows: string[][] = []
  const targets: Target[] = []
  for (const comparison of COMPARISONS) {
    const costs = await compareCosts(contestantsOf(comparison))
    rows.push(...costs.map((cost) => rowOf(comparison, cost, ratioOf(cost, costs[0]))))
    targets.push(...targetsOf(comparison, costs))
  }
  return {
    title: 'Hits in memory',
    method:
      'Processor time of a hit, keys at random; each subject in processes of its own, in turns. ' +
      'Ratio: how many times as fast Platform Cache is.',
    columns: ['read', 'entries', 'cache', 'ns per hit', 'ratio'],
    rows,
    targets,
  }
}

function contestantsOf({ method, entries, subjects }: Comparison): readonly Contestant[] {
  return subjects.map(([subject]) => ({ subject, entries, work: { kind: 'hits', method } }))
}

function rowOf({ method, entries }: Comparison, cost: Cost, ratio: number): string[] {
  return [
    method === 'peek' ? 'peek' : `await ${method}`,
    String(entries),
    cost.contestant.subject,
    short(cost.opNs),
    ratio.toFixed(2),
  ]
}

function targetsOf({ method, entries, subjects }: Comparison, costs: readonly Cost[]): Target[] {
  return subjects.slice(1).map(([subject, limit], at) => ({
    what: `${method} of ${entries} entries against ${subject}`,
    measured: ratioOf(costs[at + 1], costs[0]),
    bound: 'at least',
    limit,
  }))
}

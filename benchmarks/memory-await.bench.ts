/** What an awaited hit costs, beside every cache with features, and beside the least that such a cache can be. */
import { type Report, short, type Target } from './measure/report.ts'
import { type Cost, compareCosts, ratioOf } from './subjects/compare-costs.ts'
import type { SubjectName } from './subjects/subject-factories.ts'

const ENTRIES = 10_000
const METHODS = ['get', 'getOrSet'] as const
/** With each, how many times as fast ours is to be, at least. */
const PEERS: readonly (readonly [SubjectName, number])[] = [
  ['Map with a TTL', 0.8],
  ['layered-loader', 1],
  ['async-cache-dedupe', 1],
  ['cache-manager', 1],
  ['cacheable', 1],
  ['bentocache', 1],
  ['keyv', 1],
  ['node-cache', 1],
]

export async function memoryAwait(): Promise<Report> {
  const rows: string[][] = []
  const targets: Target[] = []
  for (const method of METHODS) {
    const subjects = ['platform-cache' as const, ...PEERS.map(([subject]) => subject)]
    const work = { kind: 'hits', method } as const
    const costs = await compareCosts(
      subjects.map((subject) => ({ subject, entries: ENTRIES, work })),
    )
    rows.push(...costs.map((cost) => rowOf(method, cost, ratioOf(cost, costs[0]))))
    targets.push(...targetsOf(method, costs))
  }
  return {
    title: 'Awaited hits',
    method:
      `Processor time of an awaited hit among ${ENTRIES} entries, keys at random. A cache that answers at once ` +
      'stands behind an async function. Ratio: how many times as fast Platform Cache is.',
    columns: ['read', 'cache', 'ns per hit', 'ratio'],
    rows,
    targets,
  }
}

function rowOf(method: string, { contestant, opNs }: Cost, ratio: number): string[] {
  return [`await ${method}`, contestant.subject, short(opNs), ratio.toFixed(2)]
}

function targetsOf(method: string, costs: readonly Cost[]): Target[] {
  return PEERS.map(([subject, limit], at) => ({
    what: `await ${method} against ${subject}`,
    measured: ratioOf(costs[at + 1], costs[0]),
    bound: 'at least',
    limit,
  }))
}

/** What a hit in memory costs through the public surface, beside the raw lru-cache and the peers with features. */
import { type Report, short, type Target } from './measure/report.ts'
import { type Comparison, compareHits, type HitCost } from './subjects/compare-hits.ts'
import type { SubjectName } from './subjects/subject-factories.ts'

const PEERS: Comparison['subjects'] = [
  'platform-cache',
  'layered-loader',
  'bentocache',
  'cacheable',
  'cache-manager',
]
const COMPARISONS: readonly Comparison[] = [
  { method: 'peek', entries: 10_000, subjects: ['platform-cache', 'lru-cache'] },
  { method: 'peek', entries: 1_000_000, subjects: ['platform-cache', 'lru-cache'] },
  { method: 'get', entries: 10_000, subjects: PEERS },
  { method: 'getOrSet', entries: 10_000, subjects: PEERS },
]

/** How many times as fast as this one we are to be, at least. */
const LEAST_RATIO: Readonly<Partial<Record<SubjectName, number>>> = {
  'lru-cache': 0.5,
  'layered-loader': 0.8,
  bentocache: 2,
  cacheable: 2,
  'cache-manager': 2,
}

export async function memoryHit(): Promise<Report> {
  const rows: string[][] = []
  const targets: Target[] = []
  for (const comparison of COMPARISONS) {
    const costs = await compareHits(comparison)
    rows.push(...costs.map((cost) => rowOf(comparison, cost)))
    targets.push(...costs.flatMap((cost) => targetOf(comparison, cost)))
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

function rowOf({ method, entries }: Comparison, { name, hitNs, ratio }: HitCost): string[] {
  return [
    method === 'peek' ? 'peek' : `await ${method}`,
    String(entries),
    name,
    short(hitNs),
    ratio.toFixed(2),
  ]
}

function targetOf({ method, entries }: Comparison, { name, ratio }: HitCost): Target[] {
  const limit = LEAST_RATIO[name]
  if (limit === undefined) return []
  const what = `${method} of ${entries} entries against ${name}`
  return [{ what, measured: ratio, bound: 'at least', limit }]
}

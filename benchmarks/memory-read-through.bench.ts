/** What a read costs with all that comes of it: a value that isn't there is stored, and another one has to go. */
import { type Report, short, type Target } from './measure/report.ts'
import { type Cost, compareCosts, ratioOf } from './subjects/compare-costs.ts'
import type { SubjectName } from './subjects/subject-factories.ts'

const SIZES: readonly number[] = [10_000, 1_000_000]
const KEYS_PER_ENTRY = 10
/** Filling a large cache by reads takes long. */
const LAUNCHES = 2
const LEAST_RATIO = 1
const SUBJECTS: readonly SubjectName[] = [
  'platform-cache',
  'lru-cache',
  'lru-cache, ttl + max + maxSize',
  'mnemonist LRUMap',
  'sieve-cache',
  'quick-lru',
]

export async function memoryReadThrough(): Promise<Report> {
  const rows: string[][] = []
  const targets: Target[] = []
  for (const entries of SIZES) {
    const work = { kind: 'read-through', universe: entries * KEYS_PER_ENTRY } as const
    const costs = await compareCosts(
      SUBJECTS.map((subject) => ({ subject, entries, work })),
      LAUNCHES,
    )
    rows.push(...costs.map((cost) => rowOf(cost, ratioOf(cost, costs[0]))))
    targets.push({
      what: `read-through of ${entries} entries against lru-cache`,
      measured: ratioOf(costs[1], costs[0]),
      bound: 'at least',
      limit: LEAST_RATIO,
    })
  }
  return {
    title: 'Zipf read-through',
    method:
      `Processor time of a read by Zipf's law (0.9) over ${KEYS_PER_ENTRY} times as many keys as entries, with the set that ` +
      'follows a miss (peek and set, get and set). Ratio: how many times as fast Platform Cache is.',
    columns: ['entries', 'cache', 'ns per read', 'hit ratio', 'ratio'],
    rows,
    targets,
  }
}

function rowOf(cost: Cost, ratio: number): string[] {
  const { entries, subject } = cost.contestant
  const hits = `${(cost.hitRatio * 100).toFixed(1)} %`
  return [String(entries), subject, short(cost.opNs), hits, ratio.toFixed(2)]
}

/** What a synchronous hit costs, beside the caches that do little else, with the string that was stored and with another one. */
import { type Report, short, type Target } from './measure/report.ts'
import { type Contestant, type Cost, compareCosts, ratioOf } from './subjects/compare-costs.ts'
import type { SubjectName } from './subjects/subject-factories.ts'
import type { HitWork } from './subjects/subject-process.ts'

const ALL: readonly SubjectName[] = [
  'platform-cache',
  'lru-cache',
  'lru-cache, ttl + max + maxSize',
  'mnemonist LRUMap',
  'sieve-cache',
  'quick-lru',
]
const YARDSTICK: readonly SubjectName[] = ['platform-cache', 'lru-cache']

interface Comparison {
  readonly keys: NonNullable<HitWork['keys']>
  readonly entries: number
  readonly subjects: readonly SubjectName[]
  /** How many times as fast as lru-cache ours is to be, at least; `undefined`: for information. */
  readonly leastRatio: number | undefined
}

const COMPARISONS: readonly Comparison[] = [
  { keys: 'kept', entries: 10_000, subjects: ALL, leastRatio: 0.85 },
  { keys: 'kept', entries: 1_000_000, subjects: ALL, leastRatio: 1 },
  { keys: 'built', entries: 10_000, subjects: YARDSTICK, leastRatio: 1.2 },
  { keys: 'built', entries: 1_000_000, subjects: YARDSTICK, leastRatio: 1.2 },
  { keys: 'decoded', entries: 10_000, subjects: YARDSTICK, leastRatio: undefined },
  { keys: 'decoded', entries: 1_000_000, subjects: YARDSTICK, leastRatio: undefined },
]

export async function memoryPeek(): Promise<Report> {
  const rows: string[][] = []
  const targets: Target[] = []
  for (const comparison of COMPARISONS) {
    const costs = await compareCosts(contestantsOf(comparison))
    rows.push(...costs.map((cost) => rowOf(comparison, cost, ratioOf(cost, costs[0]))))
    targets.push(...targetsOf(comparison, costs))
  }
  return {
    title: 'Synchronous hits',
    method:
      'Processor time of a hit, keys at random. Kept: the string that was stored. Built: a template right ' +
      'before the call; what a loop costs that only builds the keys, measured in the same round, is subtracted. ' +
      'Decoded: an equal string, made from bytes before the measurement begins. Ratio: how many times as fast Platform Cache is.',
    columns: ['key', 'entries', 'cache', 'ns per hit', 'ns per key', 'ratio'],
    rows,
    targets,
  }
}

function contestantsOf({ keys, entries, subjects }: Comparison): readonly Contestant[] {
  return subjects.map((subject) => ({
    subject,
    entries,
    work: { kind: 'hits', method: 'peek', keys },
  }))
}

function rowOf({ keys, entries }: Comparison, cost: Cost, ratio: number): string[] {
  return [
    keys,
    String(entries),
    cost.contestant.subject,
    short(cost.opNs),
    cost.buildNs > 0 ? short(cost.buildNs) : '',
    ratio.toFixed(2),
  ]
}

function targetsOf(
  { keys, entries, leastRatio }: Comparison,
  costs: readonly Cost[],
): readonly Target[] {
  if (leastRatio === undefined) return []
  const [ours, yardstick] = costs
  const measured = ratioOf(yardstick, ours)
  const what = `peek of ${entries} entries, ${keys} keys, against get of lru-cache`
  return [{ what, measured, bound: 'at least', limit: leastRatio }]
}

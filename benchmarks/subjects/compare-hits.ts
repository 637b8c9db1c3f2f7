import { alternate } from '../measure/alternate.ts'
import { median } from '../measure/median.ts'
import type { SubjectName } from './subject-factories.ts'
import { type HitMethod, SubjectProcess } from './subject-process.ts'

/** One way to read, measured in several caches of the same size. The first is the one that is compared. */
export interface Comparison {
  readonly method: HitMethod
  readonly entries: number
  readonly subjects: readonly [SubjectName, ...SubjectName[]]
}

/** What a hit costs in one cache. */
export interface HitCost {
  readonly name: SubjectName
  /** Median processor time of a hit. */
  readonly hitNs: number
  /** How many times as fast the first subject is: the median of what the rounds say, each on its own. */
  readonly ratio: number
}

/** Fresh processes each time, since how the compiler goes about a program is partly luck. */
const LAUNCHES = 3
const ROUNDS = 9
const WARM_UP_ROUNDS = 3
/** Long enough that the resolution of the processor's clock, some microseconds, doesn't show. */
const ROUND_NS = 60e6
const FIRST_COUNT = 2000
const MAX_COUNT = 500_000

/** Measures hits, subject against subject, in rounds that alternate between them. */
export async function compareHits(comparison: Comparison): Promise<readonly HitCost[]> {
  const costs = new Map<SubjectName, number[]>()
  for (let launch = 0; launch < LAUNCHES; launch += 1) {
    for (const [name, hitNs] of await measureOnce(comparison)) {
      costs.set(name, [...(costs.get(name) ?? []), ...hitNs])
    }
  }
  const ours = costs.get(comparison.subjects[0]) ?? []
  return comparison.subjects.map((name) => {
    const theirs = costs.get(name) ?? []
    const ratios = theirs.map((hitNs, round) => hitNs / (ours[round] ?? Number.NaN))
    return { name, hitNs: median(theirs), ratio: median(ratios) }
  })
}

async function measureOnce(
  comparison: Comparison,
): Promise<readonly (readonly [SubjectName, readonly number[]])[]> {
  const processes = comparison.subjects.map((name) => new SubjectProcess(name))
  try {
    const counts = new Map<SubjectProcess, number>()
    for (const subject of processes) counts.set(subject, await warmUp(subject, comparison))
    const rounds = await alternate(processes, ROUNDS, (subject) =>
      hitNsOf(subject, comparison.method, counts.get(subject) ?? FIRST_COUNT),
    )
    return [...rounds].map(([subject, hitNs]) => [subject.name, hitNs] as const)
  } finally {
    await Promise.all(processes.map((subject) => subject.end()))
  }
}

/** @returns how many hits fill a round */
async function warmUp(subject: SubjectProcess, comparison: Comparison): Promise<number> {
  await subject.ask({ kind: 'fill', entries: comparison.entries })
  let count = FIRST_COUNT
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    const hitNs = await hitNsOf(subject, comparison.method, count)
    count = Math.max(1, Math.min(MAX_COUNT, Math.round(ROUND_NS / hitNs)))
  }
  return count
}

async function hitNsOf(subject: SubjectProcess, method: HitMethod, count: number): Promise<number> {
  const { cpuNs } = await subject.ask({ kind: 'hits', method, count })
  return cpuNs / count
}

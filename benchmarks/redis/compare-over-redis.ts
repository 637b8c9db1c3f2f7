import { fileURLToPath } from 'node:url'
import { alternate } from '../measure/alternate.ts'
import { AskedProcess } from '../measure/asked-process.ts'
import { median } from '../measure/median.ts'
import type { RedisSubjectName } from './redis-subjects.ts'
import type { RedisSubjectAnswer, RedisSubjectRequest, RedisWork } from './redis-work.ts'

/** Medians of one subject at one work, for one operation. */
export interface RedisCost {
  readonly subject: RedisSubjectName
  readonly wallNs: number
  /** Processor time of the process, without that of the server. */
  readonly cpuNs: number
}

const MAIN = fileURLToPath(new URL('redis-subject-main.ts', import.meta.url))
const ENTRIES = 10_000
const LAUNCHES = 2
const ROUNDS = 11
const WARM_UP_ROUNDS = 4
const ROUND_NS = 120e6
const FIRST_COUNT = 200

/** A subject in a process of its own, with what its rounds measured. */
interface Launched {
  readonly subject: RedisSubjectName
  readonly process: AskedProcess<RedisSubjectRequest, RedisSubjectAnswer>
}

/** Measures the subjects at each work on the server at `url`, in rounds that alternate between them. */
export async function compareOverRedis(
  url: string,
  subjects: readonly RedisSubjectName[],
  works: readonly RedisWork[],
): Promise<ReadonlyMap<RedisWork, readonly RedisCost[]>> {
  const rounds = new Map(works.map((work) => [work, new Map<RedisSubjectName, RedisCost[]>()]))
  for (let launch = 0; launch < LAUNCHES; launch += 1) {
    const launched = subjects.map(launchOne)
    try {
      for (const { subject, process } of launched)
        await process.ask({ kind: 'open', subject, url, entries: ENTRIES })
      for (const [work, costs] of rounds) await measureWork(launched, work, costs)
      for (const { process } of launched) await process.ask({ kind: 'close' })
    } finally {
      await Promise.all(launched.map(({ process }) => process.end()))
    }
  }
  return new Map([...rounds].map(([work, costs]) => [work, subjects.map((s) => medians(s, costs))]))
}

function launchOne(subject: RedisSubjectName): Launched {
  return { subject, process: new AskedProcess(subject, { path: MAIN, args: [] }, []) }
}

async function measureWork(
  launched: readonly Launched[],
  work: RedisWork,
  costs: Map<RedisSubjectName, RedisCost[]>,
): Promise<void> {
  const counts = new Map<Launched, number>()
  for (const one of launched) counts.set(one, await warmUp(one, work))
  await alternate(launched, ROUNDS, async (one) => {
    const cost = await round(one, work, counts.get(one) ?? FIRST_COUNT)
    costs.set(one.subject, [...(costs.get(one.subject) ?? []), cost])
    return cost.wallNs
  })
}

/** Answers how many operations fill a round. */
async function warmUp(one: Launched, work: RedisWork): Promise<number> {
  let count = FIRST_COUNT
  for (let at = 0; at < WARM_UP_ROUNDS; at += 1) {
    const { wallNs } = await round(one, work, count)
    count = Math.max(1, Math.round(ROUND_NS / wallNs))
  }
  return count
}

async function round(one: Launched, work: RedisWork, count: number): Promise<RedisCost> {
  const { wallNs, cpuNs } = await one.process.ask({ ...work, count })
  return { subject: one.subject, wallNs: wallNs / count, cpuNs: cpuNs / count }
}

function medians(
  subject: RedisSubjectName,
  costs: ReadonlyMap<RedisSubjectName, readonly RedisCost[]>,
): RedisCost {
  const own = costs.get(subject) ?? []
  return {
    subject,
    wallNs: median(own.map(({ wallNs }) => wallNs)),
    cpuNs: median(own.map(({ cpuNs }) => cpuNs)),
  }
}

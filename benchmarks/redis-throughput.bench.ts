/** What an answer from Redis costs beside the bare client, and beside other caches over Redis. */
import { type Report, short, type Target } from './measure/report.ts'
import { compareOverRedis, type RedisCost } from './redis/compare-over-redis.ts'
import type { RedisSubjectName } from './redis/redis-subjects.ts'
import type { RedisWork } from './redis/redis-work.ts'
import { withRedis } from './redis/with-redis.ts'

const PEERS: readonly RedisSubjectName[] = [
  'bentocache',
  'cacheable',
  'cache-manager',
  'layered-loader',
  'keyv',
]
const SUBJECTS: readonly RedisSubjectName[] = [
  'platform-cache',
  'node-redis',
  'node-redis, parsed',
  ...PEERS,
]

interface Comparison {
  readonly name: string
  readonly work: RedisWork
  /** How many times as fast as the bare client ours is to be, at least. */
  readonly leastRatio: number
}

const COMPARISONS: readonly Comparison[] = [
  { name: 'get, 200 callers', work: { kind: 'get', callers: 200 }, leastRatio: 0.8 },
  { name: 'get, one by one', work: { kind: 'get', callers: 1 }, leastRatio: 0.8 },
  { name: 'getMany of 100', work: { kind: 'getMany', callers: 1 }, leastRatio: 0.8 },
  { name: 'set, 200 callers', work: { kind: 'set', callers: 200 }, leastRatio: 0.7 },
]

export async function redisThroughput(): Promise<Report> {
  const works = COMPARISONS.map(({ work }) => work)
  const costs = await withRedis(({ url }) => compareOverRedis(url, SUBJECTS, works))
  const rows: string[][] = []
  const targets: Target[] = []
  for (const comparison of COMPARISONS) {
    const ofWork = costs.get(comparison.work) ?? []
    rows.push(...ofWork.map((cost) => rowOf(comparison.name, cost, ofWork[0])))
    targets.push(...targetsOf(comparison, ofWork))
  }
  return {
    title: 'Answers from Redis',
    method:
      'Values of about 1 KiB. Platform Cache keeps what it reads, in a memory that holds nothing of what is read next; ' +
      'the others have no memory. node-redis answers the bare text; parsed: through JSON.parse. ' +
      'Ratio: how many times as fast Platform Cache is, by the clock, and by processor time without the server.',
    columns: ['work', 'client', 'µs by the clock', 'µs of processor', 'ratio', 'processor ratio'],
    rows,
    targets,
  }
}

function rowOf(name: string, cost: RedisCost, ours: RedisCost | undefined): string[] {
  return [
    name,
    cost.subject,
    short(cost.wallNs / 1000),
    short(cost.cpuNs / 1000),
    (cost.wallNs / (ours?.wallNs ?? Number.NaN)).toFixed(2),
    (cost.cpuNs / (ours?.cpuNs ?? Number.NaN)).toFixed(2),
  ]
}

function targetsOf(comparison: Comparison, costs: readonly RedisCost[]): readonly Target[] {
  const ours = costs[0]?.wallNs ?? Number.NaN
  const against = (subject: RedisSubjectName, limit: number): Target => ({
    what: `${comparison.name}, against ${subject}`,
    measured: (costs.find((cost) => cost.subject === subject)?.wallNs ?? Number.NaN) / ours,
    bound: 'at least',
    limit,
  })
  const { leastRatio } = comparison
  return [against('node-redis', leastRatio), ...PEERS.map((peer) => against(peer, 1))]
}

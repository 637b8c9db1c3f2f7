/** What a hit in memory costs a cache whose entries are shared, beside one that shares nothing. */
import { type Report, short, type Target } from './measure/report.ts'
import { withRedis } from './redis/with-redis.ts'
import { type Cost, compareCosts, ratioOf } from './subjects/compare-costs.ts'
import { REDIS_URL } from './subjects/platform-cache.ts'

const ENTRIES = 10_000
const METHODS = ['peek', 'get'] as const
const LEAST_RATIO = 0.8

export function redisL1(): Promise<Report> {
  return withRedis(async ({ url }) => {
    process.env[REDIS_URL] = url
    const rows: string[][] = []
    const targets: Target[] = []
    for (const method of METHODS) {
      const [alone, shared] = await compareCosts(
        (['platform-cache', 'platform-cache, redis'] as const).map((subject) => ({
          subject,
          entries: ENTRIES,
          work: { kind: 'hits', method },
        })),
      )
      const measured = ratioOf(alone, shared)
      rows.push(rowOf(method, alone, 1), rowOf(method, shared, measured))
      const what = `${method} of what memory holds, over Redis, against memory alone`
      targets.push({ what, measured, bound: 'at least', limit: LEAST_RATIO })
    }
    return {
      title: 'Hits in memory over Redis',
      method: `Processor time of a hit among ${ENTRIES} entries, keys at random. Ratio: how many times as fast as without Redis.`,
      columns: ['read', 'cache', 'ns per hit', 'ratio'],
      rows,
      targets,
    }
  })
}

function rowOf(method: string, cost: Cost | undefined, ratio: number): string[] {
  return [method, cost?.contestant.subject ?? '', short(cost?.opNs ?? Number.NaN), ratio.toFixed(2)]
}

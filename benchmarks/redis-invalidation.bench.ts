/** How long until nobody serves what was invalidated: of a tag, however many entries have it, and of a key on another node. */
import { itemKey } from './measure/item-keys.ts'
import { median } from './measure/median.ts'
import { type Report, short, type Target } from './measure/report.ts'
import { fillNodes, msUntilGone, type Node, openNodes } from './redis/nodes.ts'
import { withRedis } from './redis/with-redis.ts'

const NODES = 3
/** How many entries have the tag, and how often it is invalidated. */
const SIZES = [
  [100, 41],
  [10_000, 11],
  [1_000_000, 1],
] as const
const MOST_OF_10_000_MS = 20
/** So many of the entries are asked for over and over until none is there. */
const WATCHED = 50
const KEY_ROUNDS = 500
const MOST_P50_MS = 2
const MOST_P99_MS = 50

export function redisInvalidation(): Promise<Report> {
  return withRedis(async ({ url }) => {
    const nodes = await openNodes(url, NODES, { maxBytes: '4gb' })
    try {
      const rows: string[][] = []
      const targets: Target[] = []
      const latencies = await keyLatencies(nodes)
      rows.push(rowOf('a key, on another node', latencies))
      const p50 = { measured: quantile(latencies, 0.5), limit: MOST_P50_MS }
      const p99 = { measured: quantile(latencies, 0.99), limit: MOST_P99_MS }
      targets.push(
        { what: 'ms until another node has heard of a key, p50', bound: 'below', ...p50 },
        { what: 'ms until another node has heard of a key, p99', bound: 'below', ...p99 },
      )
      for (const [entries, rounds] of SIZES) {
        const times = await tagTimes(nodes, entries, rounds)
        rows.push(rowOf(`a tag of ${entries} entries, on ${NODES} nodes`, times))
        if (entries !== 10_000) continue
        const what = `ms until no node serves one of ${entries} entries of a tag, p50`
        targets.push({ what, measured: median(times), bound: 'below', limit: MOST_OF_10_000_MS })
      }
      return {
        title: 'Invalidation',
        method: `From the call until no node answers: ${NODES} nodes in one process, each with the entries in memory. ${WATCHED} of them are watched, and all looked at afterwards.`,
        columns: ['what', 'times', 'ms p50', 'ms p99'],
        rows,
        targets,
      }
    } finally {
      await Promise.all(nodes.map((node) => node.close()))
    }
  })
}

async function keyLatencies([one, other]: readonly Node[]): Promise<number[]> {
  if (one === undefined || other === undefined) throw new Error('Cannot measure: no nodes')
  const times: number[] = []
  const key = itemKey(0)
  while (times.length < KEY_ROUNDS) {
    await fillNodes([one, other], [key], [])
    if (other.items.peek(key) === undefined) continue
    const startedAtMs = performance.now()
    const invalidated = one.items.invalidate(key)
    times.push(await msUntilGone([other], [key], startedAtMs))
    await invalidated
  }
  return times
}

async function tagTimes(
  nodes: readonly Node[],
  entries: number,
  rounds: number,
): Promise<number[]> {
  const keys = Array.from({ length: entries }, (_, id) => itemKey(id))
  const step = Math.max(1, Math.floor(entries / WATCHED))
  const watched = keys.filter((_, at) => at % step === 0)
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await fillNodes(nodes, keys, ['team'])
    const startedAtMs = performance.now()
    const invalidated = nodes[0]?.items.invalidate({ tag: 'team' })
    times.push(await msUntilGone(nodes, watched, startedAtMs))
    await invalidated
    for (const { items } of nodes) {
      const left = keys.find((key) => items.peek(key) !== undefined)
      if (left !== undefined) throw new Error(`Cannot measure: ${left} is still served`)
    }
  }
  return times
}

function rowOf(what: string, times: readonly number[]): string[] {
  return [what, String(times.length), short(quantile(times, 0.5)), short(quantile(times, 0.99))]
}

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

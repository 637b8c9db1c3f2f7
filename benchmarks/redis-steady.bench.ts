/** What nodes ask of Redis while nothing special happens, and how often a factory runs for a new version. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisServer } from '../tests/servers/redis-server.ts'
import { itemKey } from './measure/item-keys.ts'
import { type Report, short } from './measure/report.ts'
import { Zipf } from './measure/zipf.ts'
import { type Node, openNodes } from './redis/nodes.ts'
import { withRedis } from './redis/with-redis.ts'

const NODES = 3
const KEYS = 10_000
/** By Zipf's law so many of the keys are nine tenths of the reads, about. */
const IN_MEMORY = 3300
const WARM_UP_READS = 60_000
const READS = 60_000
/** Each node reads so many, then rests a millisecond: about as a busy service does. */
const BURST = 4
const VERSIONS = 300
const MOST_COMMANDS = 0.3

export function redisSteady(): Promise<Report> {
  return withRedis(async (server) => {
    const nodes = await openNodes(server.url, NODES, { maxEntries: IN_MEMORY })
    try {
      await readAll(nodes, WARM_UP_READS)
      const { commands, hitRatio } = await steady(server, nodes)
      const calls = await callsPerVersion(nodes)
      return {
        title: 'Steady state',
        method: `${NODES} nodes read ${READS} times by Zipf's law (0.9) with getOrSet, memory for ${IN_MEMORY} of ${KEYS} keys each. Commands as the server counts them, those of scripts, heartbeats and of this count included. A version: invalidated, then asked for by all nodes at once.`,
        columns: ['what', 'measured'],
        rows: [
          ['hit ratio of memory', hitRatio.toFixed(3)],
          ['commands per read', commands.toFixed(3)],
          ['factory calls per version', calls.toFixed(3)],
        ],
        targets: [
          {
            what: `commands per read at a hit ratio of ${short(hitRatio)}`,
            measured: commands,
            bound: 'at most',
            limit: MOST_COMMANDS,
          },
          {
            what: 'factory calls per new version',
            measured: calls,
            bound: 'exactly',
            limit: 1,
          },
        ],
      }
    } finally {
      await Promise.all(nodes.map((node) => node.close()))
    }
  })
}

async function steady(
  server: RedisServer,
  nodes: readonly Node[],
): Promise<{ readonly commands: number; readonly hitRatio: number }> {
  const before = await commandsOf(server)
  const hits = await readAll(nodes, READS)
  return { commands: ((await commandsOf(server)) - before) / READS, hitRatio: hits / READS }
}

/** Answers how many were in memory. */
async function readAll(nodes: readonly Node[], reads: number): Promise<number> {
  let hits = 0
  const perNode = Math.floor(reads / nodes.length)
  await Promise.all(
    nodes.map(async ({ items }) => {
      const zipf = new Zipf(KEYS, 0.9)
      for (let left = perNode; left > 0; left -= 1) {
        const key = itemKey(zipf.next())
        if (items.peek(key) !== undefined) hits += 1
        else await items.getOrSet(key, () => 1)
        if (left % BURST === 0) await sleep(1)
      }
    }),
  )
  return hits
}

async function commandsOf(server: RedisServer): Promise<number> {
  return Number((await server.info('stats'))['total_commands_processed'])
}

async function callsPerVersion(nodes: readonly Node[]): Promise<number> {
  let calls = 0
  const load = async (): Promise<number> => {
    calls += 1
    await sleep(5)
    return calls
  }
  for (let version = 0; version < VERSIONS; version += 1) {
    await nodes[version % nodes.length]?.items.invalidate('version')
    await Promise.all(nodes.map(({ items }) => items.getOrSet('version', load)))
  }
  return calls / VERSIONS
}

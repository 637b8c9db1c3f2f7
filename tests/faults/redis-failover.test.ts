import { afterAll, it } from 'vitest'
import { logNames } from '../../src/infrastructure/repositories/redis/key-names.ts'
import { describeWithRedis } from '../servers/describe-with-redis.ts'
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.ts'
import {
  type SentinelSet,
  type SentinelSetOptions,
  startSentinelSet,
} from '../servers/sentinel-set.ts'
import { type Figures, renderFigures } from './stage/figures.ts'
import { CACHE_NAME } from './stage/item-keys.ts'
import { type Fault, runFault } from './stage/run-fault.ts'

const figures: Figures[] = []
afterAll(() => {
  process.stdout.write(`\n${renderFigures(figures)}\n`)
})

describeWithRedis('Three nodes serve nothing stale, and no error, while Sentinels', () => {
  const survive = async (
    fault: (set: SentinelSet) => Fault,
    options: SentinelSetOptions = {},
  ): Promise<void> => {
    const set = await startSentinelSet({ downAfterMs: 1000, ...options })
    try {
      const sentinels = set.sentinels.map(({ host, port }) => ({ host, port }))
      const redis = { sentinels, name: set.name }
      figures.push(await runFault({ proxies: [], redisOf: () => redis }, fault(set)))
    } finally {
      await set.stop()
    }
  }

  it('replace a primary that was killed', () =>
    survive((set) => ({
      name: 'Sentinel, killed',
      isEverybodys: false,
      holdMs: 0,
      strike: async () => {
        await (await set.primary()).kill()
      },
      heal: () => undefined,
    })))

  it('switch to another primary by order', () =>
    survive((set) => ({
      name: 'Sentinel, by order',
      isEverybodys: false,
      holdMs: 0,
      strike: async () => {
        await set.failover()
      },
      heal: () => undefined,
    })))

  it('replace a primary by a replica that lags', () =>
    survive(
      (set) => ({
        name: 'Sentinel, lagging replica',
        isEverybodys: true,
        holdMs: 0,
        prepare: async ({ writer }) => {
          await (await set.primary()).holdReplication()
          await writer.wrote(40)
        },
        strike: async () => {
          await (await set.primary()).kill()
        },
        heal: () => undefined,
      }),
      { config: { 'min-replicas-to-write': 0 } },
    ))
})

describeWithRedis('Three nodes serve nothing stale, and no error, while a cluster', () => {
  const survive = async (fault: (cluster: RedisCluster) => Fault): Promise<void> => {
    const cluster = await startRedisCluster({ nodeTimeoutMs: 1000 })
    try {
      const redis = { cluster: cluster.nodes.map(({ host, port }) => ({ host, port })) }
      figures.push(await runFault({ proxies: [], redisOf: () => redis }, fault(cluster)))
    } finally {
      await cluster.stop()
    }
  }
  const log = logNames({ prefix: CACHE_NAME, tenant: '' }).head

  it('replaces the primary that holds the log', () =>
    survive((cluster) => ({
      name: 'Cluster, log killed',
      isEverybodys: false,
      holdMs: 0,
      strike: async () => {
        await (await cluster.ownerOf(log)).kill()
      },
      heal: () => undefined,
    })))

  it('replaces a primary of values', () =>
    survive((cluster) => ({
      name: 'Cluster, values killed',
      isEverybodys: false,
      holdMs: 0,
      strike: async () => {
        const ofLog = await cluster.ownerOf(log)
        const other = cluster.nodes.slice(0, 3).find((node) => node !== ofLog)
        await other?.kill()
      },
      heal: () => undefined,
    })))

  it('moves the log to another primary', () =>
    survive((cluster) => ({
      name: 'Cluster, log moved',
      isEverybodys: false,
      holdMs: 0,
      strike: async () => {
        const owner = await cluster.ownerOf(log)
        const other = cluster.nodes.slice(0, 3).find((node) => node !== owner)
        if (other !== undefined) await cluster.moveSlot(log, other)
      },
      heal: () => undefined,
    })))
})

import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis-5'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adaptClient } from '../../../../src/infrastructure/redis/client/adapt-client.ts'
import { IoredisClient } from '../../../../src/infrastructure/redis/client/ioredis-client.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisCluster, startRedisCluster } from '../../../servers/redis-cluster.ts'
import { clusterClientTests } from './cluster-client-tests.ts'

describe('IoredisClient', () => {
  it('says that nothing was sent of a client that is closed', async () => {
    const redis = new Redis({ lazyConnect: true })
    redis.on('error', () => undefined)
    redis.disconnect()
    const client = adaptClient(redis)
    expect(client).toBeInstanceOf(IoredisClient)
    expect(client.isReady()).toBe(false)
    const error: unknown = await client.call(['PING'], undefined, true).catch((cause) => cause)
    expect(client.isOffline(error)).toBe(true)
    expect(client.isOffline(new Error('read ECONNRESET'))).toBe(false)
  })
})

describeWithRedis('IoredisClient over a cluster', () => {
  let cluster: RedisCluster

  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 120_000)
  afterAll(() => cluster.stop())

  describe.each([
    ['5', Cluster5],
    ['6', Cluster],
  ])('of ioredis %s', (_, Kind) => {
    clusterClientTests(async () => {
      const client = new Kind(cluster.nodes.slice(0, 1).map(({ host, port }) => ({ host, port })))
      client.on('error', () => undefined)
      return { client, close: () => client.disconnect() }
    })
  })
})

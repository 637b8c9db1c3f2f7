import { createClient, createCluster } from '@redis/client'
import { createCluster as createCluster6 } from 'redis-client-6'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adaptClient } from '../../../../src/infrastructure/redis/client/adapt-client.ts'
import { NodeRedisClient } from '../../../../src/infrastructure/redis/client/node-redis-client.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisCluster, startRedisCluster } from '../../../servers/redis-cluster.ts'
import { clusterClientTests } from './cluster-client-tests.ts'

describe('NodeRedisClient', () => {
  it('says that nothing was sent of a client that is not open', async () => {
    const client = adaptClient(createClient())
    expect(client).toBeInstanceOf(NodeRedisClient)
    expect(client.isReady()).toBe(false)
    const error: unknown = await client.call(['PING'], undefined, true).catch((cause) => cause)
    expect(client.isOffline(error)).toBe(true)
    expect(client.isOffline(new Error('Socket closed unexpectedly'))).toBe(false)
  })
})

describeWithRedis('NodeRedisClient over a cluster', () => {
  let cluster: RedisCluster

  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 120_000)
  afterAll(() => cluster.stop())

  const rootNodes = (): { url: string }[] => cluster.nodes.slice(0, 1).map(({ url }) => ({ url }))

  describe('of node-redis 5', () => {
    clusterClientTests(async () => {
      const client = createCluster({ rootNodes: rootNodes() })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.destroy() }
    })
  })

  describe('of node-redis 6', () => {
    clusterClientTests(async () => {
      const client = createCluster6({ rootNodes: rootNodes() })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.destroy() }
    })
  })
})

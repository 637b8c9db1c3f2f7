import { createClient, createCluster } from '@redis/client'
import { Cluster, Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { createClient as createClient6 } from 'redis-client-6'
import { describe, expect, it } from 'vitest'
import { adaptClient } from '../../../../src/infrastructure/redis/client/adapt-client.ts'
import { IoredisClient } from '../../../../src/infrastructure/redis/client/ioredis-client.ts'
import { NodeRedisClient } from '../../../../src/infrastructure/redis/client/node-redis-client.ts'

const LAZY = { lazyConnect: true }

describe('adaptClient()', () => {
  it('knows clients and clusters of node-redis', () => {
    const clients = [
      createClient(),
      createClient6(),
      createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] }),
    ]
    for (const client of clients) expect(adaptClient(client)).toBeInstanceOf(NodeRedisClient)
  })

  it('knows clients and clusters of ioredis', () => {
    const clients = [new Redis(LAZY), new Redis5(LAZY), new Cluster([{ port: 1 }], LAZY)]
    for (const client of clients) expect(adaptClient(client)).toBeInstanceOf(IoredisClient)
  })

  it.each([{}, { get: () => undefined }, { sendCommand: () => undefined }, new Map()])(
    'refuses what is none: %o',
    (client) => {
      expect(() => adaptClient(client)).toThrow(
        expect.objectContaining({
          code: 'CACHE_OPTION_INVALID',
          message: expect.stringContaining('redis.client'),
        }),
      )
    },
  )
})

import { describe, expect, it } from 'vitest'
import type { RedisOptions } from '../../../src/core/protocols/redis-options.ts'
import type { RedisTransport } from '../../../src/core/protocols/redis-transport.ts'
import { resolveRedisOptions } from '../../../src/core/value-objects/resolve-redis-options.ts'
import { createRedisTransport } from '../../../src/infrastructure/redis/create-redis-transport.ts'
import { describeWithRedis } from '../../servers/describe-with-redis.ts'
import { startRedisServer } from '../../servers/redis-server.ts'
import { ask, read, systemPorts, untilReady } from './transport-stage.ts'

function create(options: RedisOptions): RedisTransport {
  return createRedisTransport(resolveRedisOptions(options), systemPorts())
}

describe('createRedisTransport()', () => {
  it.each<[string, RedisOptions]>([
    ['standalone', 'redis://127.0.0.1:1'],
    ['sentinel', { sentinels: ['127.0.0.1:1'], name: 'mymaster' }],
    ['cluster', { cluster: ['127.0.0.1:1'] }],
  ])(
    'makes a transport for %s at once, whether anybody is there or not',
    async (topology, options) => {
      const transport = create(options)
      expect(transport.status()).toMatchObject({ topology, isReady: false })
      expect(await ask(transport, read('GET', 'a'))).toMatchObject({ kind: 'offline' })
      await transport.close()
    },
  )
})

describe('createRedisTransport() with a client', () => {
  it('refuses one that nobody knows', () => {
    expect(() => create({ client: { get: () => undefined } })).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }),
    )
  })
})

describeWithRedis('createRedisTransport() by a URL', () => {
  it('reaches the server as the user and in the database that the URL names', async () => {
    const server = await startRedisServer({ users: ['app on >p@ss ~* &* +@all'] })
    await server.askAll([
      ['SELECT', 2],
      ['SET', 'a', 'b'],
    ])
    const transport = create(`redis://app:p%40ss@127.0.0.1:${server.port}/2`)
    await untilReady(transport)
    expect(await ask(transport, read('STRLEN', 'a'))).toBe(1)
    await transport.close()
    await server.stop()
  })
})

import { expect, it } from 'vitest'
import { isCacheError } from '../../../../src/core/exceptions/cache-error.ts'
import type { RedisEndpoint } from '../../../../src/core/protocols/redis-options.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import {
  ask,
  endpointOf,
  firstProblem,
  read,
  standaloneStage,
  untilReady,
  write,
} from '../transport-stage.ts'

type Options = Parameters<typeof startRedisServer>[0]

async function withServer(
  options: Options,
  test: (server: RedisServer) => Promise<void>,
): Promise<void> {
  const server = await startRedisServer(options)
  try {
    await test(server)
  } finally {
    await server.stop()
  }
}

/** What is wrong with an endpoint, as the health report says it; the transport must not become ready. */
async function problemAt(endpoint: RedisEndpoint): Promise<Error> {
  const { transport, events } = standaloneStage(endpoint)
  try {
    const error = await firstProblem(transport)
    expect(transport.status().isReady).toBe(false)
    expect(events).toContainEqual({ type: 'problem', error })
    return error
  } finally {
    await transport.close()
  }
}

describeWithRedis('what RedisServer says of a server that it can not use', () => {
  it('is CACHE_REDIS_UNREACHABLE where nobody listens', async () => {
    expect(await problemAt(endpointOf(1))).toMatchObject({ code: 'CACHE_REDIS_UNREACHABLE' })
  })

  it('is CACHE_REDIS_AUTH_FAILED for a wrong password and for none, and never holds it', async () => {
    await withServer({ password: 'right' }, async ({ port }) => {
      const wrong = await problemAt(endpointOf(port, { password: 'hunter2' }))
      expect(wrong).toMatchObject({ code: 'CACHE_REDIS_AUTH_FAILED' })
      expect(wrong.message).not.toContain('hunter2')
      expect(await problemAt(endpointOf(port))).toMatchObject({ code: 'CACHE_REDIS_AUTH_FAILED' })
    })
  })

  it('is CACHE_REDIS_DATABASE_INVALID for a database that the server has not', async () => {
    await withServer({}, async ({ port }) => {
      expect(await problemAt(endpointOf(port, { database: 99 }))).toMatchObject({
        code: 'CACHE_REDIS_DATABASE_INVALID',
      })
    })
  })

  it('is CACHE_REDIS_TLS_FAILED where one side speaks TLS and the other does not', async () => {
    await withServer({ tls: 'server' }, async ({ port, certificates }) => {
      const plain = await problemAt(endpointOf(port))
      expect(plain).toMatchObject({ code: 'CACHE_REDIS_TLS_FAILED' })
      expect(plain.message).toContain('rediss://')
      expect(await problemAt(endpointOf(port, { tls: {} }))).toMatchObject({
        code: 'CACHE_REDIS_TLS_FAILED',
      })
      expect(certificates).toBeDefined()
    })
    await withServer({}, async ({ port }) => {
      expect(await problemAt(endpointOf(port, { tls: {} }))).toMatchObject({
        code: 'CACHE_REDIS_TLS_FAILED',
      })
    })
  })

  it('is CACHE_REDIS_UNSUPPORTED for a replica, a node of a cluster, and a server that lacks a command', async () => {
    await withServer({ config: { replicaof: '127.0.0.1 1' } }, async ({ port }) => {
      expect((await problemAt(endpointOf(port))).message).toContain('got a replica')
    })
    await withServer({ config: { 'cluster-enabled': 'yes' } }, async ({ port }) => {
      expect((await problemAt(endpointOf(port))).message).toContain('redis.cluster')
    })
    await withServer({ config: { 'rename-command': 'XADD ""' } }, async ({ port }) => {
      const error = await problemAt(endpointOf(port))
      expect(isCacheError(error, 'CACHE_REDIS_UNSUPPORTED')).toBe(true)
      expect(error.message).toContain('it lacks xadd')
    })
  })
})

describeWithRedis('RedisServer', () => {
  it('warns of a policy that may evict the log, and is used all the same', async () => {
    await withServer({ policy: 'allkeys-lru' }, async ({ port }) => {
      const { transport } = standaloneStage(endpointOf(port))
      await untilReady(transport)
      expect(transport.status().problems).toMatchObject([{ code: 'CACHE_REDIS_EVICTS_LOG' }])
      expect(transport.status().problems[0]?.message).toContain('allkeys-lru')
      await transport.close()
    })
  })

  it('uses a server that it may not look at, and says what it lacks', async () => {
    const users = ['app on >word ~cache:* +get +set +ping +hello']
    await withServer({ users }, async ({ port }) => {
      const { transport } = standaloneStage(endpointOf(port, { username: 'app', password: 'word' }))
      await untilReady(transport)
      const [problem] = transport.status().problems
      expect(problem).toMatchObject({ code: 'CACHE_REDIS_NOT_PERMITTED' })
      expect(await ask(transport, write('SET', 'cache:a', '1'))).toBe('OK')
      await ask(transport, write('INCR', 'cache:a'))
      await eventually('see the command named', () =>
        transport.status().problems.some(({ message }) => message.includes("'incr'")),
      )
      await transport.close()
    })
  })

  it('connects again as soon as the fault is mended, and then has no problem left', async () => {
    await withServer({ password: 'right' }, async (server) => {
      const { transport } = standaloneStage(endpointOf(server.port, { password: 'new' }))
      await firstProblem(transport)
      await server.ask('ACL', 'SETUSER', 'default', '>new')
      await untilReady(transport)
      expect(transport.status().problems).toEqual([])
      await transport.close()
    })
  })

  it('opens its breaker when answers are late, so that later calls cost no time, and closes it by a probe', async () => {
    await withServer({}, async (server) => {
      const { transport, events } = standaloneStage(endpointOf(server.port), { deadlineMs: 5000 })
      await untilReady(transport)
      server.freeze()
      const late = await Promise.all(
        [1, 2, 3].map(() => transport.send([read('GET', 'a')], { deadlineMs: 20 })),
      )
      expect(late.map(({ replies }) => replies[0])).toMatchObject([
        { kind: 'timeout' },
        { kind: 'timeout' },
        { kind: 'timeout' },
      ])
      expect(transport.status().nodes[0]?.breaker).toBe('open')
      expect(await ask(transport, read('GET', 'a'))).toMatchObject({
        kind: 'refused',
        mayHaveRun: false,
      })
      server.thaw()
      await eventually(
        'close the breaker',
        async () => (await ask(transport, read('GET', 'a'))) === null,
      )
      expect(transport.status().nodes[0]?.breaker).toBe('closed')
      const positions = events.flatMap((event) =>
        event.type === 'breaker' ? [event.node.breaker] : [],
      )
      expect(positions).toEqual(['open', 'half-open', 'closed'])
      await transport.close()
    })
  })

  it('does not keep the process alive, nor run on after it is closed', async () => {
    const { transport, events } = standaloneStage(endpointOf(1))
    await firstProblem(transport)
    await transport.close()
    const count = events.length
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(events).toHaveLength(count)
  })
})

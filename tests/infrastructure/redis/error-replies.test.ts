import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { describeWithRedis } from '../../servers/describe-with-redis.ts'
import { eventually } from '../../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../../servers/redis-server.ts'
import {
  ask,
  asText,
  endpointOf,
  read,
  standaloneStage,
  type TransportStage,
  untilReady,
  write,
} from './transport-stage.ts'

type Options = Parameters<typeof startRedisServer>[0]

async function withStage(
  options: Options,
  test: (stage: TransportStage, server: RedisServer) => Promise<void>,
): Promise<void> {
  const server = await startRedisServer(options)
  const stage = standaloneStage(endpointOf(server.port))
  try {
    await untilReady(stage.transport)
    await test(stage, server)
  } finally {
    await stage.transport.close()
    await server.stop()
  }
}

const codes = ({ transport }: TransportStage): unknown[] =>
  transport.status().problems.map((error) => ('code' in error ? error.code : error))

describeWithRedis('what a real server refuses', () => {
  it('out of memory: writes fail with OOM and are reported, reads and removals go on', async () => {
    await withStage({ policy: 'noeviction' }, async (stage, server) => {
      await ask(stage.transport, write('SET', 'a', 'kept'))
      await server.ask('CONFIG', 'SET', 'maxmemory', '1')
      const { replies } = await stage.transport.send([
        write('SET', 'b', 'x'),
        read('GET', 'a'),
        write('UNLINK', 'a'),
      ])
      expect(replies[0]).toMatchObject({ kind: 'reply', code: 'OOM', mayHaveRun: false })
      expect([asText(replies[1] ?? null), replies[2]]).toEqual(['kept', 1])
      expect(codes(stage)).toEqual(['CACHE_REDIS_WRITES_REFUSED'])
      expect(stage.transport.status().nodes[0]?.breaker).toBe('closed')
    })
  })

  it('too few replicas: writes fail with NOREPLICAS', async () => {
    await withStage({}, async (stage, server) => {
      await server.ask('CONFIG', 'SET', 'min-replicas-to-write', '1')
      expect(await ask(stage.transport, write('SET', 'a', 'x'))).toMatchObject({
        code: 'NOREPLICAS',
      })
      expect(codes(stage)).toEqual(['CACHE_REDIS_WRITES_REFUSED'])
    })
  })

  it('a disk that can not be written: writes fail with MISCONF', async () => {
    await withStage({ config: { save: '3600 1' } }, async (stage, server) => {
      await server.ask('SET', 'before', 'x')
      // Permissions stop nobody who is root; a folder that is gone does.
      rmSync(server.folder, { recursive: true })
      await server.ask('BGSAVE').catch(() => undefined)
      await eventually(
        'see it fail',
        async () => (await server.info('persistence'))['rdb_last_bgsave_status'] === 'err',
      )
      expect(await ask(stage.transport, write('SET', 'a', 'x'))).toMatchObject({ code: 'MISCONF' })
      expect(codes(stage)).toEqual(['CACHE_REDIS_WRITES_REFUSED'])
    })
  })

  it('a script that runs on and on: BUSY is answered, counts against the server, and is not killed by us', async () => {
    await withStage({ config: { 'lua-time-limit': '1' } }, async (stage, server) => {
      const running = server
        .ask('EVAL', 'while true do end', '0')
        .catch((error: Error) => error.message)
      await eventually('see it busy', async () => {
        const reply = await ask(stage.transport, read('GET', 'a'))
        return (
          typeof reply === 'object' && reply !== null && 'code' in reply && reply.code === 'BUSY'
        )
      })
      expect(codes(stage)).toContain('CACHE_REDIS_BUSY')
      await Promise.all([1, 2, 3].map(() => ask(stage.transport, read('GET', 'a'))))
      expect(await ask(stage.transport, read('GET', 'a'))).toMatchObject({ kind: 'refused' })
      await server.ask('SCRIPT', 'KILL')
      expect(await running).toMatch(/killed/i)
      await eventually(
        'come back',
        async () => (await ask(stage.transport, read('GET', 'a'))) === null,
      )
    })
  })

  it('a password that comes later: NOAUTH is reported', async () => {
    await withStage({ users: ['app on nopass ~* &* +@all'] }, async (stage, server) => {
      await server.ask('CONFIG', 'SET', 'requirepass', 'word')
      await server.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await eventually('be refused', () => codes(stage).includes('CACHE_REDIS_AUTH_FAILED'))
      expect(stage.transport.status().isReady).toBe(false)
    })
  })

  it('a server that loads its data is left alone until it has', async () => {
    // Clients are heard every 2 MB while it loads.
    const config = { 'key-load-delay': '100', rdbcompression: 'no' }
    await withStage({ config }, async (stage, server) => {
      await server.ask('DEBUG', 'POPULATE', '5000', 'key', '5000')
      const snapshot = await server.takeSnapshot()
      const seen = eventually('see it load', () =>
        stage.transport.status().problems.some(({ message }) => message.includes('still loads')),
      )
      await Promise.all([server.restart({ snapshot }), seen])
      await untilReady(stage.transport)
      expect(await ask(stage.transport, read('DBSIZE'))).toBe(5000)
    })
  })
})

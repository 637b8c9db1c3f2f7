import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RedisEndpoint } from '../../../../src/core/protocols/redis-options.ts'
import type { RedisReply } from '../../../../src/core/protocols/redis-transport.ts'
import { DeadlineWatch } from '../../../../src/infrastructure/redis/connection/deadline-watch.ts'
import {
  failOffline,
  RedisConnection,
} from '../../../../src/infrastructure/redis/connection/redis-connection.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { asText, endpointOf, systemPorts } from '../transport-stage.ts'

interface Opened {
  readonly connection: RedisConnection
  readonly lost: unknown[]
}

async function open(
  endpoint: RedisEndpoint,
  deadlineMs = 250,
  connectTimeoutMs = 500,
): Promise<Opened> {
  const { clock, scheduler } = systemPorts()
  const lost: unknown[] = []
  const connection = await RedisConnection.open(endpoint, {
    watch: new DeadlineWatch(clock, scheduler),
    deadlineMs,
    connectTimeoutMs,
    onLost: (error) => lost.push(error),
  })
  return { connection, lost }
}

function ask(connection: RedisConnection, ...commands: string[][]): Promise<RedisReply[]> {
  const replies: RedisReply[] = []
  return new Promise((resolve) => {
    connection.write(commands, {
      onReply: (position, reply) => {
        replies[position] = reply
        if (position === commands.length - 1) resolve(replies)
      },
    })
  })
}

describeWithRedis('RedisConnection', () => {
  let server: RedisServer
  let certified: RedisServer

  beforeAll(async () => {
    server = await startRedisServer({
      password: 'secret',
      users: ['reader on >word ~* +get +ping +hello +select'],
    })
    certified = await startRedisServer({ tls: 'server' })
  })
  afterAll(async () => {
    await server.stop()
    await certified.stop()
  })

  it('speaks RESP3, as a user, in a database', async () => {
    await server.askAll([
      ['SELECT', 3],
      ['SET', 'where', 'here'],
    ])
    const endpoint = endpointOf(server.port, { username: 'reader', password: 'word', database: 3 })
    const { connection } = await open(endpoint)
    expect((await ask(connection, ['GET', 'where'])).map(asText)).toEqual(['here'])
    expect(await ask(connection, ['SET', 'a', 'b'])).toMatchObject([
      { kind: 'reply', code: 'NOPERM' },
    ])
    connection.close()
  })

  it.each([
    ['a wrong password', { username: 'reader', password: 'wrong' }, /WRONGPASS/],
    ['no password', {}, /NOAUTH/],
    [
      'a database that does not exist',
      { username: 'reader', password: 'word', database: 99 },
      /DB index/,
    ],
  ])(
    'can not be opened with %s, and says so in the words of the server',
    async (_, rest, words) => {
      await expect(open(endpointOf(server.port, rest))).rejects.toThrow(words)
    },
  )

  it('can not be opened where nobody listens', async () => {
    await expect(open(endpointOf(1))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('checks the certificate of a server', async () => {
    const ca = certified.certificates?.ca
    const { connection } = await open(endpointOf(certified.port, { tls: { ca } }))
    expect(await ask(connection, ['PING'])).toEqual(['PONG'])
    connection.close()
    await expect(open(endpointOf(certified.port, { tls: {} }))).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|SIGN/),
    })
  })

  it('can not be opened to a server that is frozen: the greeting has a deadline', async () => {
    const frozen = await startRedisServer()
    try {
      frozen.freeze()
      await expect(open(endpointOf(frozen.port), 250, 100)).rejects.toThrow(
        'no answer to the greeting within 100 ms',
      )
    } finally {
      await frozen.stop()
    }
  })

  it('fails all that is unanswered when it is closed, and reports no loss', async () => {
    const { connection, lost } = await open(
      endpointOf(certified.port, { tls: { ca: certified.certificates?.ca } }),
    )
    const replies = ask(connection, ['PING'], ['PING'])
    connection.close()
    connection.close()
    expect(await replies).toMatchObject([{ kind: 'closed' }, { kind: 'closed' }])
    expect(await ask(connection, ['PING'])).toMatchObject([{ kind: 'offline', mayHaveRun: false }])
    expect([connection.isOpen, lost]).toEqual([false, []])
  })

  it('is lost, once, when the oldest answer is late, and counts what is in flight', async () => {
    const slow = await startRedisServer()
    try {
      const { connection, lost } = await open(endpointOf(slow.port), 80)
      slow.freeze()
      const replies = ask(connection, ['GET', 'a'], ['GET', 'b'])
      expect(connection.inFlight).toBe(2)
      expect(await replies).toMatchObject([
        { kind: 'timeout', mayHaveRun: true },
        { kind: 'timeout', mayHaveRun: true },
      ])
      expect(lost).toEqual([new Error('no answer within 80 ms')])
      expect([connection.isOpen, connection.inFlight]).toEqual([false, 0])
    } finally {
      await slow.stop()
    }
  })

  it('gives errors within lists as failures', async () => {
    const plain = await startRedisServer()
    const { connection } = await open(endpointOf(plain.port))
    const text = 'return {redis.pcall("NOSUCH"), 1}'
    expect(await ask(connection, ['EVAL', text, '0'])).toMatchObject([[{ kind: 'reply' }, 1]])
    connection.close()
    await plain.stop()
  })

  it('answers offline to as many commands as there are', async () => {
    const seen: RedisReply[] = []
    failOffline(2, { onReply: (position, reply) => (seen[position] = reply) })
    expect(seen).toEqual([])
    await Promise.resolve()
    expect(seen).toMatchObject([{ kind: 'offline' }, { kind: 'offline' }])
  })
})

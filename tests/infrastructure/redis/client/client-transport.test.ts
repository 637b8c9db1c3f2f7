import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  RedisFailure,
  type RedisTransport,
  type RedisTransportEvent,
} from '../../../../src/core/protocols/redis-transport.ts'
import { resolveRedisOptions } from '../../../../src/core/value-objects/resolve-redis-options.ts'
import { createRedisTransport } from '../../../../src/infrastructure/redis/create-redis-transport.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { ask, asText, read, systemPorts, untilReady, write } from '../transport-stage.ts'
import { CLIENT_KINDS, type GivenClient } from './client-kinds.ts'

describeWithRedis('ClientTransport', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedisServer()
  })
  afterAll(() => server.stop())

  describe.each(CLIENT_KINDS)('over %s', (_, open) => {
    let given: GivenClient
    let transport: RedisTransport
    let events: RedisTransportEvent[]

    beforeEach(async () => {
      given = await open(server.port)
      transport = createRedisTransport(resolveRedisOptions({ client: given.client }), systemPorts())
      events = []
      transport.onEvent((event) => events.push(event))
      await untilReady(transport)
    })
    afterEach(async () => {
      await transport.close()
      given.close()
    })

    it('answers a batch in order: bytes, status, numbers, lists, nil and failures', async () => {
      const bytes = new Uint8Array([0, 255, 13, 10])
      const { replies } = await transport.send([
        write('SET', 'a', bytes),
        read('GET', 'a'),
        read('STRLEN', 'a'),
        read('GET', 'absent'),
        write('LPUSH', 'a', 'x'),
        write('HSET', 'hash', 'f', 'v'),
        read('HGETALL', 'hash'),
      ])
      expect(replies[0]).toBe('OK')
      expect(Uint8Array.from(replies[1] as Uint8Array)).toEqual(bytes)
      expect(replies.slice(2, 4)).toEqual([4, null])
      expect(replies[4]).toMatchObject({ kind: 'reply', code: 'WRONGTYPE' })
      expect(asText(replies[6] ?? null)).toEqual(['f', 'v'])
    })

    it('reads a value that says OK as bytes', async () => {
      await ask(transport, write('SET', 'ok', 'OK'))
      expect(await ask(transport, read('GET', 'ok'))).toBeInstanceOf(Uint8Array)
    })

    it('sends the text of a script that the server does not know', async () => {
      await server.ask('SCRIPT', 'FLUSH')
      const script = { name: 'add', text: 'return ARGV[1] + 1' }
      expect(await ask(transport, { script, keys: ['a'], args: ['1'] })).toBe(2)
    })

    it('lists the keys of its node', async () => {
      await server.ask('SET', 'list:1', 'x')
      const [node] = transport.status().nodes
      const page = await transport.scan(node?.id ?? '', undefined, { match: 'list:*', count: 1000 })
      if (page instanceof RedisFailure) throw new Error(page.message)
      expect(page.keys.map(asText)).toEqual(['list:1'])
    })

    it('hears what is published, on a connection of its own, until it is closed', async () => {
      const heard: unknown[] = []
      const states: boolean[] = []
      const subscription = transport.subscribe('bell', {
        onMessage: (message) => heard.push(asText(message)),
        onState: (isListening) => states.push(isListening),
      })
      await eventually('listen', () => states.at(-1) === true)
      await server.ask('PUBLISH', 'bell', 'ding')
      expect(await subscription.ping()).toBe(true)
      expect(heard).toEqual(['ding'])
      subscription.close()
      await eventually('be gone', async () => (await server.ask('PUBLISH', 'bell', 'x')) === 0)
      expect(heard).toEqual(['ding'])
    })

    it('says which server it talks to', async () => {
      await eventually('have looked', () => events.length > 0)
      expect(events).toMatchObject([{ type: 'connected', node: { runId: expect.any(String) } }])
      expect(transport.status()).toMatchObject({ topology: 'client', isReady: true, problems: [] })
    })

    it('ends what is late, leaves a frozen server alone, and comes back', async () => {
      server.freeze()
      try {
        const late = await Promise.all(
          [1, 2, 3].map(() => transport.send([read('GET', 'a')], { deadlineMs: 30 })),
        )
        expect(late.map(({ replies }) => replies[0])).toMatchObject([
          { kind: 'timeout' },
          { kind: 'timeout' },
          { kind: 'timeout' },
        ])
        expect(await ask(transport, read('GET', 'a'))).toMatchObject({ kind: 'refused' })
      } finally {
        server.thaw()
      }
      await eventually('come back', async () => (await ask(transport, read('EXISTS', 'no'))) === 0)
    })

    it('fails at once while the client has no connection, and listens again after it', async () => {
      const states: boolean[] = []
      const subscription = transport.subscribe('bell', {
        onMessage: () => undefined,
        onState: (isListening) => states.push(isListening),
      })
      await eventually('listen', () => states.at(-1) === true)
      await server.kill()
      await eventually('notice', () => !transport.status().isReady)
      expect(await ask(transport, write('SET', 'a', '1'))).toMatchObject({ kind: 'offline' })
      await server.restart()
      await untilReady(transport)
      await eventually('listen again', () => states.at(-1) === true)
      expect(await server.ask('PUBLISH', 'bell', 'x')).toBe(1)
      expect(states).toEqual([true, false, true])
      expect(await server.ask('EXISTS', 'a')).toBe(0)
      subscription.close()
    })

    it('leaves the client open when it closes', async () => {
      await transport.close()
      expect(await ask(transport, read('GET', 'a'))).toMatchObject({ kind: 'closed' })
      const other = createRedisTransport(
        resolveRedisOptions({ client: given.client }),
        systemPorts(),
      )
      expect(await ask(other, read('EXISTS', 'no'))).toBe(0)
      await other.close()
    })
  })
})

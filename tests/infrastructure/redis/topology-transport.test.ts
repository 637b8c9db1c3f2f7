import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RedisFailure, type RedisListener } from '../../../src/core/protocols/redis-transport.ts'
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

const DOUBLE = { name: 'double', text: 'return redis.call("GET", KEYS[1]) .. ARGV[1]' }

describeWithRedis('a transport to a single server', () => {
  let server: RedisServer
  let stage: TransportStage

  beforeAll(async () => {
    server = await startRedisServer()
    stage = standaloneStage(endpointOf(server.port))
    await untilReady(stage.transport)
  })
  afterAll(async () => {
    await stage.transport.close()
    await server.stop()
  })

  it('answers a batch in the order of its requests, bytes as bytes', async () => {
    const bytes = new Uint8Array([0, 255, 13, 10, 128])
    const { replies, fromReplicas } = await stage.transport.send([
      write('SET', 'batch', bytes),
      read('GET', 'batch'),
      read('GET', 'absent'),
      read('STRLEN', 'batch'),
    ])
    expect(replies[0]).toBe('OK')
    expect(Uint8Array.from(replies[1] as Uint8Array)).toEqual(bytes)
    expect(replies.slice(2)).toEqual([null, 5])
    expect(fromReplicas).toEqual([])
  })

  it('answers maps as flat lists, as RESP2 does', async () => {
    const { replies } = await stage.transport.send([
      write('HSET', 'hash', 'a', '1'),
      read('HGETALL', 'hash'),
    ])
    expect(asText(replies[1] ?? null)).toEqual(['a', '1'])
  })

  it('gives an error reply as the value of its command and leaves the others alone', async () => {
    const { replies } = await stage.transport.send([
      write('SET', 'text', 'a'),
      write('LPUSH', 'text', 'b'),
      read('GET', 'text'),
    ])
    expect(replies[1]).toBeInstanceOf(RedisFailure)
    expect(replies[1]).toMatchObject({ kind: 'reply', code: 'WRONGTYPE', mayHaveRun: false })
    expect(asText(replies[2] ?? null)).toBe('a')
  })

  it('runs scripts that the server does not know, each of a batch once, and in order', async () => {
    await server.ask('SCRIPT', 'FLUSH')
    await server.ask('SET', 'word', 'x')
    const call = (arg: string) => ({ script: DOUBLE, keys: ['word'], args: [arg] })
    const { replies } = await stage.transport.send([call('1'), call('2'), call('3')])
    expect(replies.map(asText)).toEqual(['x1', 'x2', 'x3'])
    const stats = await server.info('commandstats')
    expect(stats['cmdstat_eval']).toMatch(/^calls=1,/)
    expect(asText(await ask(stage.transport, call('4')))).toBe('x4')
  })

  it('sends an empty batch nowhere', async () => {
    expect(await stage.transport.send([])).toEqual({ replies: [], fromReplicas: [] })
  })

  it('lists all keys of the node by pages', async () => {
    await server.ask('FLUSHALL')
    for (let count = 0; count < 30; count += 1) await server.ask('SET', `page:${count}`, count)
    await server.ask('SET', 'other', 1)
    const [node] = stage.transport.status().nodes
    const seen = new Set<unknown>()
    let pages = 0
    for (
      let cursor: string | undefined, isFirst = true;
      isFirst || cursor !== undefined;
      isFirst = false
    ) {
      const page = await stage.transport.scan(node?.id ?? '', cursor, { match: 'page:*', count: 5 })
      if (page instanceof RedisFailure) throw new Error(page.message)
      for (const key of page.keys) seen.add(asText(key))
      cursor = page.cursor
      pages += 1
    }
    expect(seen.size).toBe(30)
    expect(pages).toBeGreaterThan(2)
  })

  it('says which server it talks to', () => {
    expect(stage.transport.status()).toMatchObject({
      topology: 'standalone',
      isReady: true,
      problems: [],
      nodes: [
        {
          id: `127.0.0.1:${server.port}`,
          role: 'primary',
          isConnected: true,
          breaker: 'closed',
          runId: expect.stringMatching(/^[0-9a-f]{40}$/),
        },
      ],
    })
  })

  it('hears what is published, from the moment it says so', async () => {
    const heard: unknown[] = []
    const states: boolean[] = []
    const listener: RedisListener = {
      onMessage: (message) => heard.push(asText(message)),
      onState: (isListening) => states.push(isListening),
    }
    const subscription = stage.transport.subscribe('bell', listener)
    await eventually('listen', async () => states.length > 0)
    await ask(stage.transport, { args: ['PUBLISH', 'bell', 'ding'], key: undefined, isRead: false })
    expect(await subscription.ping()).toBe(true)
    expect(heard).toEqual(['ding'])
    subscription.close()
    await ask(stage.transport, { args: ['PUBLISH', 'bell', 'dong'], key: undefined, isRead: false })
    expect(await ask(stage.transport, read('EXISTS', 'x'))).toBe(0)
    expect(heard).toEqual(['ding'])
    expect(states).toEqual([true])
  })

  it('moves values above 64 KiB on a connection of their own, in both directions', async () => {
    const large = new Uint8Array(70_000).fill(7)
    await ask(stage.transport, write('SET', 'large', large))
    await eventually('see a second connection', async () => {
      await ask(stage.transport, read('GET', 'large'))
      return Number((await server.info('clients'))['connected_clients']) >= 3
    })
    const reply = await ask(stage.transport, read('GET', 'large'))
    expect((reply as Uint8Array).length).toBe(70_000)
  })
})

describeWithRedis('a transport whose server goes away', () => {
  it('fails what is on its way as lost, what comes then as offline, and comes back by itself', async () => {
    const server = await startRedisServer()
    const { transport, events } = standaloneStage(endpointOf(server.port))
    try {
      await untilReady(transport)
      const before = transport.status().nodes[0]?.runId
      const slow = ask(transport, write('EVAL', 'while true do end', '0'))
      await server.kill()
      expect(await slow).toMatchObject({ kind: 'lost', mayHaveRun: true })
      expect(await ask(transport, read('GET', 'a'))).toMatchObject({
        kind: 'offline',
        mayHaveRun: false,
      })
      expect(transport.status().isReady).toBe(false)
      await server.restart()
      await untilReady(transport)
      expect(await ask(transport, write('SET', 'a', '1'))).toBe('OK')
      expect(transport.status().nodes[0]?.runId).not.toBe(before)
      expect(transport.status().problems).toEqual([])
      const types = events.map(({ type }) => type).filter((type) => type !== 'problem')
      expect(types).toEqual(['connected', 'lost', 'connected'])
    } finally {
      await transport.close()
      await server.stop()
    }
  })

  it('ends a connection to a frozen server after the deadline, answers within it, and comes back', async () => {
    const server = await startRedisServer()
    const { transport, events } = standaloneStage(endpointOf(server.port), {
      connectTimeoutMs: 300,
    })
    try {
      await untilReady(transport)
      server.freeze()
      const [short, long] = await Promise.all([
        transport.send([write('SET', 'a', '1')], { deadlineMs: 40 }),
        transport.send([write('SET', 'b', '1')]),
      ])
      expect(short.replies[0]).toMatchObject({ kind: 'timeout', mayHaveRun: true })
      expect(long.replies[0]).toMatchObject({ kind: 'timeout', mayHaveRun: true })
      await eventually('lose the connection', async () => !transport.status().isReady)
      server.thaw()
      await untilReady(transport)
      expect(await ask(transport, read('PING'))).toBe('PONG')
      expect(events.filter(({ type }) => type === 'lost')).toHaveLength(1)
    } finally {
      server.thaw()
      await transport.close()
      await server.stop()
    }
  })

  it('listens again after a reconnect and says that it did not in between', async () => {
    const server = await startRedisServer()
    const { transport } = standaloneStage(endpointOf(server.port))
    const states: boolean[] = []
    try {
      transport.subscribe('bell', {
        onMessage: () => undefined,
        onState: (isListening) => states.push(isListening),
      })
      await eventually('listen', async () => states.length === 1)
      await server.restart()
      await eventually('listen again', async () => states.length === 3)
      expect(states).toEqual([true, false, true])
      expect(await server.ask('PUBLISH', 'bell', 'x')).toBe(1)
    } finally {
      await transport.close()
      await server.stop()
    }
  })

  it('keeps nothing for later: what failed while it was away never reaches the server', async () => {
    const server = await startRedisServer()
    const { transport } = standaloneStage(endpointOf(server.port))
    try {
      expect(await ask(transport, write('SET', 'early', '1'))).toMatchObject({ kind: 'offline' })
      await untilReady(transport)
      expect(await server.ask('EXISTS', 'early')).toBe(0)
    } finally {
      await transport.close()
      await server.stop()
    }
  })
})

describe('a closed transport', () => {
  it('answers that it is closed, and closes twice', async () => {
    const { transport } = standaloneStage(endpointOf(1))
    await transport.close()
    await transport.close()
    expect(await ask(transport, read('GET', 'a'))).toMatchObject({ kind: 'closed' })
    expect(transport.status().isReady).toBe(false)
  })
})

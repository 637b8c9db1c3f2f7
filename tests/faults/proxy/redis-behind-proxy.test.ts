import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { askRedis } from '../../servers/ask-redis.ts'
import { describeWithRedis } from '../../servers/describe-with-redis.ts'
import { eventually } from '../../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../../servers/redis-server.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { dial } from './plain-peers.ts'

describeWithRedis('A redis-server behind a FaultProxy', () => {
  let server: RedisServer
  let proxy: FaultProxy

  beforeAll(async () => {
    server = await startRedisServer()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    proxy = await startFaultProxy(server.port)
  })
  afterEach(() => proxy.close())

  const through = (deadlineMs: number, ...command: string[]) =>
    askRedis({ port: proxy.port }, [command], deadlineMs)

  it('answers as it does without', async () => {
    expect(await through(5_000, 'SET', 'key', 'value')).toBe('OK')
    expect(await through(5_000, 'GET', 'key')).toBe('value')
  })

  it('executes a command whose reply is lost', async () => {
    proxy.flow({ toClient: 'lose' })
    await expect(through(100, 'INCR', 'lost-reply')).rejects.toThrow('no answer')
    expect(await eventually('count', () => server.ask('GET', 'lost-reply'))).toBe('1')
  })

  it('executes a command late that was sent into a black hole, although its client gave up', async () => {
    const client = await dial(proxy.port)
    client.send('PING\r\n')
    await client.hears('+PONG\r\n')
    proxy.blackHole()
    client.send('SET late 1\r\n')
    client.socket.destroy()
    await client.closes()
    expect(await server.ask('EXISTS', 'late')).toBe(0)
    await proxy.heal()
    expect(
      await eventually('see it', async () => (await server.ask('GET', 'late')) ?? undefined),
    ).toBe('1')
  })

  it('keeps the connection of a client that is gone, without having been told', async () => {
    const client = await dial(proxy.port)
    client.send('CLIENT SETNAME ghost\r\n')
    await client.hears('+OK\r\n')
    proxy.halfOpen('server')
    await client.closes()
    const isListed = async () => String(await server.ask('CLIENT', 'LIST')).includes('name=ghost')
    expect(await isListed()).toBe(true)
    await proxy.heal()
    await eventually('see it gone', async () => !(await isListed()))
  })

  it('comes back on the other side of the same proxy after a kill', async () => {
    await server.kill()
    await expect(through(1_000, 'PING')).rejects.toThrow(/ECONNRESET|closed/)
    await server.restart()
    expect(await through(5_000, 'PING')).toBe('PONG')
  })
})

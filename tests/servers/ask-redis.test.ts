import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { askRedis } from './ask-redis.ts'
import { describeWithRedis } from './describe-with-redis.ts'
import { startRedisServer } from './redis-server.ts'

describeWithRedis('askRedis() on a server', () => {
  it('reads every kind of reply, of the last command', async () => {
    const server = await startRedisServer()
    const ask = (...commands: (string | number)[][]) => askRedis(server, commands)
    expect(await ask(['SET', 'key', 'ä\r\nb'], ['GET', 'key'])).toBe('ä\r\nb')
    expect(await ask(['STRLEN', 'key'])).toBe(5)
    expect(await ask(['GET', 'absent'])).toBeNull()
    expect(await ask(['EVAL', 'return {1, {"a", {}}, redis.error_reply("E x")}', 0])).toEqual([
      1,
      ['a', []],
      'E x',
    ])
    expect(await ask(['BLPOP', 'absent', 0.01])).toBeNull()
    const long = 'x'.repeat(3_000_000)
    expect(await ask(['SET', 'key', long], ['GET', 'key'])).toBe(long)
    await expect(ask(['LPUSH', 'key', 1], ['GET', 'key'])).rejects.toThrow('WRONGTYPE')
    await server.stop()
  })
})

describe('askRedis() on something else', () => {
  let server: Server | undefined
  afterEach(() => server?.close())

  async function listen(onConnection: (socket: Socket) => void): Promise<number> {
    const listening = createServer(onConnection)
    server = listening
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
    const address = listening.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  it('rejects if nobody answers, if the connection ends, and if the answer is not one', async () => {
    const sockets: Socket[] = []
    const silent = await listen((socket) => sockets.push(socket))
    await expect(askRedis({ port: silent }, [['PING']], 20)).rejects.toThrow('within 20 ms')
    for (const socket of sockets) socket.destroy()
    server?.close()
    const closing = await listen((socket) => socket.end())
    await expect(askRedis({ port: closing }, [['PING']])).rejects.toThrow('connection was closed')
    server?.close()
    const web = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n'))
    await expect(askRedis({ port: web }, [['PING']])).rejects.toThrow('begins with "H"')
  })
})

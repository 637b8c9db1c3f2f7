import { existsSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { askRedis } from './ask-redis.ts'
import { describeWithRedis } from './describe-with-redis.ts'
import { eventually } from './eventually.ts'
import { startRedisServer } from './redis-server.ts'

const started: { stop(): Promise<void> }[] = []

async function start(...options: Parameters<typeof startRedisServer>) {
  const server = await startRedisServer(...options)
  started.push(server)
  return server
}

afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()))
})

/** False for a process that is gone, or of which only the number is left. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describeWithRedis('startRedisServer()', () => {
  it('starts servers that know nothing of each other, on loopback', async () => {
    const [one, other] = await Promise.all([start(), start()])
    await one.ask('SET', 'key', 'värde')
    expect(await one.ask('GET', 'key')).toBe('värde')
    expect(await other.ask('GET', 'key')).toBeNull()
    expect(await one.ask('CONFIG', 'GET', 'bind')).toEqual(['bind', '127.0.0.1'])
    expect(one.url).toBe(`redis://127.0.0.1:${one.port}`)
  })

  it('kills the server, and restarts it empty on the same port', async () => {
    const server = await start()
    const { pid } = server
    await server.ask('SET', 'key', '1')
    await server.takeSnapshot()
    await server.kill()
    expect(server.isRunning).toBe(false)
    expect(runs(pid)).toBe(false)
    await expect(server.ask('PING')).rejects.toThrow('ECONNREFUSED')
    expect(() => server.pid).toThrow('it does not run')
    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(await server.ask('DBSIZE')).toBe(0)
  })

  it('restarts a running server with an older snapshot of it', async () => {
    const server = await start()
    await server.ask('SET', 'key', 'old')
    const snapshot = await server.takeSnapshot()
    await server.ask('SET', 'key', 'newer')
    const newer = await server.takeSnapshot()
    await server.restart({ snapshot })
    expect(await server.ask('GET', 'key')).toBe('old')
    await server.restart({ snapshot: newer })
    expect(await server.ask('GET', 'key')).toBe('newer')
  })

  it('freezes the server, which then executes what arrived meanwhile', async () => {
    const server = await start()
    server.freeze()
    await expect(askRedis(server, [['SET', 'key', 'late']], 50)).rejects.toThrow('within 50 ms')
    server.thaw()
    expect(await eventually('see the late write', () => server.ask('GET', 'key'))).toBe('late')
  })

  it('wants the password, which the URL carries', async () => {
    const server = await start({ password: 'secret' })
    expect(server.url).toBe(`redis://:secret@127.0.0.1:${server.port}`)
    const { port } = server
    await expect(askRedis({ port }, [['PING']])).rejects.toThrow('NOAUTH')
    await expect(askRedis({ port, password: 'wrong' }, [['PING']])).rejects.toThrow('WRONGPASS')
    expect(await askRedis({ port, password: 'secret' }, [['PING']])).toBe('PONG')
    expect(await server.ask('PING')).toBe('PONG')
  })

  it('knows ACL users, and can be asked itself when the default user is off', async () => {
    const users = ['default off', 'app on >pw ~cache:* +@all -flushall']
    const server = await start({ users })
    const app = { port: server.port, username: 'app', password: 'pw' }
    expect(await askRedis(app, [['SET', 'cache:a', '1']])).toBe('OK')
    await expect(askRedis(app, [['SET', 'other', '1']])).rejects.toThrow('NOPERM')
    await expect(askRedis(app, [['FLUSHALL']])).rejects.toThrow('NOPERM')
    expect(await server.ask('GET', 'cache:a')).toBe('1')
  })

  it('speaks TLS only, with a certificate of its own authority', async () => {
    const server = await start({ tls: 'server' })
    const other = await start({ tls: 'server' })
    expect(server.url).toMatch(/^rediss:/)
    const { port, certificates } = server
    if (certificates === undefined || other.certificates === undefined) throw new Error('no TLS')
    expect(await askRedis({ port, tls: { ca: certificates.ca } }, [['PING']])).toBe('PONG')
    const stranger = { port, tls: { ca: other.certificates.ca } }
    await expect(askRedis(stranger, [['PING']])).rejects.toThrow(/signature|certificate/)
    await expect(askRedis({ port }, [['PING']])).rejects.toThrow()
  })

  it('wants a certificate of the client, if TLS is mutual', async () => {
    const server = await start({ tls: 'mutual' })
    expect(await server.ask('PING')).toBe('PONG')
    const { port, certificates } = server
    const nameless = { port, tls: { ca: certificates?.ca ?? '' } }
    await expect(askRedis(nameless, [['PING']])).rejects.toThrow()
  })

  it('takes maxmemory, the policy and any other directive', async () => {
    const server = await start({
      maxMemory: '2mb',
      policy: 'noeviction',
      config: { 'rename-command': ['FLUSHALL ""', 'KEYS ""'], hz: 50 },
    })
    // A script that began with room to spare may go beyond it.
    await server.ask('EVAL', 'redis.call("SET", 1, string.rep("x", 3e6))', 0)
    await expect(server.ask('SET', 'key', '1')).rejects.toThrow('OOM')
    await expect(server.ask('FLUSHALL')).rejects.toThrow('unknown command')
    await expect(server.ask('KEYS', '*')).rejects.toThrow('unknown command')
    expect((await server.info('server'))['configured_hz']).toBe('50')
    const plain = await start()
    expect((await plain.info('memory'))['maxmemory_policy']).toBe('volatile-lfu')
  })

  it('rejects with what the server printed, if it does not start', async () => {
    await expect(start({ config: { 'no-such-directive': 1 } })).rejects.toThrow(
      /Cannot start a Redis: (.|\n)*no-such-directive/,
    )
  })

  it('ends the process and removes the files, whatever state the server is in', async () => {
    for (const prepare of ['run', 'freeze', 'kill'] as const) {
      const server = await startRedisServer()
      const { pid } = server
      if (prepare !== 'run') await server[prepare]()
      await server.stop()
      await server.stop()
      expect(runs(pid)).toBe(false)
      expect(existsSync(server.folder)).toBe(false)
    }
  })

  it('tries other ports if one is taken, and says so in the end', async () => {
    const server = await start()
    const second = await start({ config: { port: server.port } }).catch((error: unknown) => error)
    expect(String(second)).toContain('5 free ports were taken')
  })
})

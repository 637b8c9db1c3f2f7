import { beforeEach, describe, expect, it } from 'vitest'
import {
  RedisFailure,
  type RedisNode,
  type RedisReply,
  type RedisScanPage,
  type RedisStatus,
  type RedisTransport,
  type RedisTransportEvent,
} from '../../../../src/core/protocols/redis-transport.ts'
import { logNames } from '../../../../src/infrastructure/repositories/redis/key-names.ts'
import { LogServer } from '../../../../src/infrastructure/repositories/redis/log-server.ts'
import { createFakeClock, type FakeClock } from '../../../../src/testing/fake-clock.ts'

function node(id: string, fields: Partial<RedisNode> = {}): RedisNode {
  return {
    id,
    role: 'primary',
    isConnected: true,
    breaker: 'closed',
    runId: `run_${id[0]}`,
    version: undefined,
    ...fields,
  }
}

/** A transport of which a test says who is there, who has the log, and what happens. */
class FakeTransport implements Pick<RedisTransport, 'send' | 'status' | 'onEvent' | 'scan'> {
  topology: RedisStatus['topology'] = 'cluster'
  nodes: RedisNode[] = []
  answer: RedisReply = new RedisFailure('offline', 'nobody is there')
  page: RedisScanPage | RedisFailure = { keys: [], cursor: undefined }
  inquiries = 0
  readonly #listeners = new Set<(event: RedisTransportEvent) => void>()

  status(): RedisStatus {
    return { topology: this.topology, isReady: true, nodes: this.nodes, problems: [] }
  }
  async send() {
    this.inquiries += 1
    return { replies: [this.answer], fromReplicas: [] }
  }
  async scan() {
    return this.page
  }
  onEvent(listener: (event: RedisTransportEvent) => void) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  tell(event: RedisTransportEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
  holds(runId: string, ...replicas: string[]): void {
    const lines = replicas.map((id, at) => {
      const [host, port] = id.split(':')
      return `slave${at}:ip=${host},port=${port},state=online,offset=1,lag=0`
    })
    this.answer = [`run_id:${runId}`, lines.join('\r\n')]
  }
}

describe('LogServer', () => {
  let time: FakeClock
  let transport: FakeTransport
  let server: LogServer
  let told: string[]
  const lost = (lostNode: RedisNode): RedisTransportEvent => ({
    type: 'lost',
    node: lostNode,
    error: new Error('gone'),
  })

  beforeEach(() => {
    time = createFakeClock()
    transport = new FakeTransport()
    told = []
    transport.nodes = [node('a:1'), node('b:2'), node('c:3', { role: 'replica' })]
  })

  /** Begins, with everything settled. */
  async function start(): Promise<() => void> {
    server = new LogServer({
      // What isn't faked isn't used by it.
      transport: transport as unknown as RedisTransport,
      scheduler: time.scheduler,
      names: logNames({ prefix: 'cache', tenant: '' }),
      onConnected: (name) => told.push(`connected ${name}`),
      onDisconnected: () => told.push('disconnected'),
      onValuesReplaced: () => told.push('replaced'),
      onValuesRestored: (name) => told.push(`restored ${name}`),
    })
    const end = server.start()
    await time.advance(0)
    return end
  }
  async function happens(event: RedisTransportEvent): Promise<string[]> {
    told = []
    transport.tell(event)
    await time.advance(0)
    return told
  }

  it('asks until somebody says that it has the log', async () => {
    await start()
    expect(server.holder).toBeUndefined()
    await time.advance(99)
    expect(transport.inquiries).toBe(1)
    transport.holds('run_a', 'c:3', 'd:4')
    await time.advance(1)
    expect(told).toEqual(['connected run_a'])
    expect(server.holder).toEqual({
      name: 'run_a',
      copies: ['run_a', 'run_c'],
      isTold: true,
    })
  })

  it('takes the address for the name of a server that may not say it', async () => {
    transport.answer = new RedisFailure('reply', 'no permission', { code: 'NOPERM' })
    await start()
    expect(server.holder).toEqual({ name: 'a:1', copies: ['a:1'], isTold: false })
    expect(await happens(lost(node('a:1', { runId: undefined })))).toEqual([
      'disconnected',
      'connected a:1',
    ])
  })

  it('does not take the address of one that can’t answer just now', async () => {
    transport.answer = new RedisFailure('reply', 'it loads', { code: 'LOADING' })
    await start()
    expect(server.holder).toBeUndefined()
  })

  it('looks for copies again by and by, and tells nobody if all is as it was', async () => {
    transport.holds('run_a')
    await start()
    transport.holds('run_a', 'c:3')
    told = []
    await time.advance(5000)
    expect(server.holder?.copies).toEqual(['run_a', 'run_c'])
    expect(told).toEqual([])
  })

  it('is disconnected when the server with the log is lost, and not when another is', async () => {
    transport.holds('run_a')
    await start()
    expect(await happens(lost(node('b:2')))).toEqual([])
    transport.answer = new RedisFailure('offline', 'nobody is there')
    expect(await happens(lost(node('a:1')))).toEqual(['disconnected'])
    expect(server.holder).toBeUndefined()
    transport.holds('run_a')
    expect(await happens({ type: 'connected', node: node('a:1') })).toEqual(['connected run_a'])
  })

  it('is disconnected by whatever befalls a user’s client', async () => {
    transport.topology = 'client'
    transport.nodes = [node('client', { runId: 'x' })]
    transport.holds('run_a')
    await start()
    expect(await happens(lost(node('client', { runId: undefined })))).toEqual([
      'disconnected',
      'connected run_a',
    ])
  })

  it('takes a new connection to the same server for one on which nothing was asked', async () => {
    transport.holds('run_a')
    await start()
    expect(await happens({ type: 'connected', node: node('a:1') })).toEqual([
      'disconnected',
      'connected run_a',
    ])
  })

  it('follows the log to another server', async () => {
    transport.holds('run_a')
    await start()
    transport.holds('run_b')
    expect(await happens({ type: 'topology-changed', nodes: [] })).toEqual([
      'disconnected',
      'connected run_b',
    ])
    transport.holds('run_a')
    told = []
    server.suspect()
    expect(server.holder).toBeUndefined()
    await time.advance(0)
    expect(told).toEqual(['disconnected', 'connected run_a'])
  })

  it('trusts no connection after a failover where all is on one server, and goes on in a cluster', async () => {
    transport.holds('run_a')
    await start()
    expect(await happens({ type: 'topology-changed', nodes: [] })).toEqual([])
    transport.topology = 'sentinel'
    const end = await start()
    expect(await happens({ type: 'topology-changed', nodes: [] })).toContain('disconnected')
    end()
  })

  it('tells that a replica has taken over values, once', async () => {
    transport.holds('run_a')
    await start()
    transport.nodes = [node('a:1'), node('b:2', { role: 'replica' }), node('c:3')]
    const changed: RedisTransportEvent = { type: 'topology-changed', nodes: [] }
    expect(await happens(changed)).toEqual(['replaced'])
    expect(await happens(changed)).toEqual([])
  })

  it('does not tell it of the server that has the log, which is seen in the log', async () => {
    transport.holds('run_c')
    transport.nodes = [node('a:1'), node('c:3')]
    await start()
    transport.nodes = [node('a:1', { role: 'replica' }), node('c:3')]
    expect(await happens({ type: 'topology-changed', nodes: [] })).toEqual([])
  })

  it.each<[string, RedisScanPage | RedisFailure, string[]]>([
    ['empty', { keys: [], cursor: undefined }, []],
    ['with data', { keys: [Buffer.from('x')], cursor: undefined }, ['restored another']],
    ['with more data', { keys: [], cursor: '7' }, ['restored another']],
    ['and can’t be asked', new RedisFailure('timeout', 'late'), ['restored another']],
  ])('sees a server of values that was started anew, %s', async (_, page, expected) => {
    transport.holds('run_a')
    transport.page = page
    await start()
    transport.nodes = [node('a:1'), node('b:2', { isConnected: false, runId: undefined })]
    expect(await happens(lost(node('b:2')))).toEqual([])
    transport.nodes = [node('a:1'), node('b:2', { runId: 'another' })]
    const connected = { type: 'connected', node: node('b:2', { runId: 'another' }) } as const
    expect(await happens(connected)).toEqual(expected)
    expect(await happens(connected)).toEqual([])
  })

  it('ends', async () => {
    transport.holds('run_a')
    const end = await start()
    end()
    const { inquiries } = transport
    expect(await happens(lost(node('a:1')))).toEqual([])
    await time.advance(20_000)
    expect(transport.inquiries).toBe(inquiries)
  })
})

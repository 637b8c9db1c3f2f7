import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag } from '../../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { type FaultProxy, startFaultProxy } from '../../../faults/proxy/fault-proxy.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf, standaloneStage } from '../../redis/transport-stage.ts'
import { FIRST, pendingOf, SharedStage } from './shared-stage.ts'

const TERMS = { token: 'mine', leaseMs: 2000 }
const tagMark = markFixture({ kind: 'tag', tag: parseCacheTag('org:7') }, { namespace: 'fixtures' })

function nodeOn(port: number, node: string): SharedStage {
  return new SharedStage(standaloneStage(endpointOf(port)).transport, node)
}

describeWithRedis('RedisSharedLog', () => {
  let server: RedisServer
  let one: SharedStage
  let two: SharedStage
  let generation: string

  beforeAll(async () => {
    server = await startRedisServer()
    one = nodeOn(server.port, 'n1')
    two = nodeOn(server.port, 'n2')
    await one.ready()
    await two.ready()
  })
  afterAll(async () => {
    await Promise.all([one.close(), two.close()])
    await server.stop()
  })
  beforeEach(async () => {
    await server.ask('FLUSHALL')
    generation = await one.ready()
    one.told.length = 0
    two.told.length = 0
  })

  const at = (seq: number, id = '') => ({ position: { generation, seq }, id })

  it('says which process holds the log', async () => {
    const runId = (await server.info('server'))['run_id']
    expect(one.servers).toEqual([runId])
  })

  it('hands marks on as they were, and answers where they stand', async () => {
    const tagged = { id: 'id-tag', mark: tagMark, isAwaited: true }
    expect(await one.log.append(pendingOf('a'))).toEqual(at(1).position)
    expect(await two.log.append(tagged)).toEqual(at(2).position)
    expect(await two.read(at(0))).toEqual({
      generation,
      ancestors: [],
      tail: { seq: 2, id: 'id-tag' },
      records: [
        { seq: 1, ...pendingOf('a') },
        { seq: 2, ...tagged },
      ],
      scopes: [],
      floorSeq: 0,
      isKnownServer: true,
      absentNodes: 0,
    })
    expect((await one.read()).scopes).toEqual([{ position: at(2).position, mark: tagMark }])
  })

  it('appends the marks of one turn together, in their order', async () => {
    const names = Array.from({ length: 450 }, (_, index) => `k${index}`)
    const positions = await Promise.all(names.map((name) => one.log.append(pendingOf(name))))
    expect(positions.map(({ seq }) => seq)).toEqual(names.map((_, index) => index + 1))
    const { records } = await one.read(at(450))
    expect(records).toEqual([{ seq: 450, ...pendingOf('k449') }])
    expect(Number(await server.ask('HGET', 'cache:{cache:acme}:head', 's'))).toBe(450)
  })

  it('rings the doorbell of all nodes with the place, or without when it had been deaf', async () => {
    await eventually('listen', () => two.transport.status().isReady)
    await one.log.append(pendingOf('a'))
    await eventually('hear', () => two.told.includes(`doorbell ${generation}-1`))
    await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await eventually('listen again', () => two.told.includes('doorbell'))
    await one.log.append(pendingOf('b'))
    await eventually('hear again', () => two.told.includes(`doorbell ${generation}-2`))
  })

  it('removes value and lease under a hard mark of a key, and the lease alone under a soft one', async () => {
    const [a, b] = [parseCacheKey('a'), parseCacheKey('b')]
    for (const key of [a, b]) {
      await one.store.lease(key, TERMS, 'none')
      await one.store.store(entryFixture({ key }), TERMS.token)
      await one.store.lease(key, TERMS, 'any')
    }
    await Promise.all([
      two.log.append(pendingOf('a')),
      two.log.append(pendingOf('b', { soft: true })),
    ])
    const kinds = (await one.store.getMany([a, b])).map(({ kind }) => kind)
    expect(kinds).toEqual(['absent', 'found'])
    for (const key of [a, b]) {
      expect(await one.store.store(entryFixture({ key }), TERMS.token)).toBe('refused')
    }
  })

  it('founds a log once, whoever is first', async () => {
    await server.ask('FLUSHALL')
    await expect(one.log.append(pendingOf('a'))).rejects.toMatchObject({
      code: 'CACHE_REPOSITORY_UNAVAILABLE',
      message: 'Cannot append to the invalidation log: there is none',
    })
    expect((await one.read()).generation).toBeUndefined()
    await Promise.all([one.log.found(FIRST), two.log.found(FIRST)])
    const first = (await one.read()).generation ?? ''
    expect((await two.read()).generation).toBe(first)
    await two.log.found({ expected: 'another', ancestors: [] })
    expect((await one.read()).generation).toBe(first)
    await two.log.found({ expected: first, ancestors: [first] })
    expect(await one.read()).toMatchObject({ ancestors: [first], tail: { seq: 0, id: '' } })
  })

  it('knows when every node has applied a place', async () => {
    await server.ask('HSET', 'cache:{cache:acme}:head', 'f', '0')
    const { seq } = await one.log.append(pendingOf('a'))
    const haveAll = () => one.log.haveAllApplied({ generation, seq }, 1000)
    await one.read(at(1))
    await two.read(at(0))
    expect(await haveAll()).toBe(false)
    await two.read(at(1))
    expect(await haveAll()).toBe(true)
    expect(await one.log.haveAllApplied({ generation, seq: 2 }, 1000)).toBe(false)
  })

  it('answers a mark that it can’t read as one without a scope, and a strange scope as a floor', async () => {
    await one.log.append({ id: 'x', mark: tagMark, isAwaited: false })
    const [log, head, marks] = ['log', 'head', 'marks'].map((part) => `cache:{cache:acme}:${part}`)
    await server.ask('XADD', String(log), '2-0', 'm', '[2,"id","of the future"]', 't', '0')
    await server.ask('HSET', String(head), 's', '2')
    expect((await one.read(at(1))).records[1]).toEqual({
      ...{ id: '', seq: 2, mark: undefined, isAwaited: false },
    })
    expect(await one.read()).toMatchObject({ floorSeq: 0 })
    one.faults.length = 0
    await server.ask('HSET', String(marks), 'strange', '1 what')
    expect(await one.read()).toMatchObject({ floorSeq: 2, scopes: [{ mark: tagMark }] })
    expect(one.faults[0]).toMatchObject([
      undefined,
      'takes a mark for one that reaches everything',
      expect.any(String),
    ])
  })

  it('leaves when it ends, so that nobody waits for it', async () => {
    const third = nodeOn(server.port, 'n3')
    await third.ready()
    await third.read()
    expect(await server.ask('HEXISTS', 'cache:{cache:acme}:nodes', 'n3')).toBe(1)
    await third.close()
    expect(await server.ask('HEXISTS', 'cache:{cache:acme}:nodes', 'n3')).toBe(0)
  })
})

describeWithRedis('RedisSharedLog, when things go wrong', () => {
  let server: RedisServer
  let proxy: FaultProxy
  let node: SharedStage

  beforeEach(async () => {
    server = await startRedisServer()
    proxy = await startFaultProxy(server.port)
    node = nodeOn(proxy.port, 'n1')
    await node.ready()
  })
  afterEach(async () => {
    await node.close()
    await proxy.close()
    await server.stop()
  })

  const changes = () => node.told.filter((one) => !one.startsWith('doorbell'))

  it('tells that the connection was cut, and when there is another, to the same process', async () => {
    proxy.cut()
    await eventually('connect again', () => changes().length >= 3)
    expect(changes()).toEqual(['connected', 'disconnected', 'connected'])
    expect(new Set(node.servers).size).toBe(1)
    expect((await node.read()).isKnownServer).toBe(true)
  })

  it('fails within the deadline in a black hole, tells that it is cut off, and comes back', async () => {
    proxy.blackHole()
    const refused = { code: 'CACHE_REPOSITORY_UNAVAILABLE' }
    await Promise.all([
      expect(node.read()).rejects.toMatchObject(refused),
      expect(node.log.append(pendingOf('a'))).rejects.toMatchObject(refused),
      expect(node.log.found(FIRST)).rejects.toMatchObject(refused),
      expect(node.log.haveAllApplied({ generation: 'g', seq: 1 }, 1)).rejects.toMatchObject(
        refused,
      ),
    ])
    await eventually('see it', () => changes().includes('disconnected'))
    await expect(node.read()).rejects.toThrow('nobody is known to hold it')
    await proxy.heal()
    await eventually('connect again', () => changes().at(-1) === 'connected')
    expect((await node.read()).generation).toBeDefined()
  })

  it('sees an empty restart as another process without a log', async () => {
    await server.restart()
    await eventually('connect again', () => node.servers.length === 2)
    expect(new Set(node.servers).size).toBe(2)
    expect((await node.read()).generation).toBeUndefined()
  })

  it('does not know a process that came back from a disk', async () => {
    const snapshot = await server.takeSnapshot()
    await server.restart({ snapshot })
    await eventually('connect again', () => node.servers.length === 2)
    expect(await node.read()).toMatchObject({ isKnownServer: false })
  })

  it('works for a user who may not ask the server who it is', async () => {
    const user = [
      'ACL',
      'SETUSER',
      'app',
      'on',
      '>secret',
      '~cache:*',
      '&cache:*',
      '+@all',
      '-info',
    ]
    await server.ask(...user)
    const endpoint = endpointOf(server.port, { username: 'app', password: 'secret' })
    const app = new SharedStage(standaloneStage(endpoint).transport, 'n2')
    try {
      await app.ready()
      expect(app.servers).toEqual([`127.0.0.1:${server.port}`])
    } finally {
      await app.close()
    }
  })
})

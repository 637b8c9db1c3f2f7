import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { SentinelTopology } from '../../../../src/infrastructure/redis/topology/sentinel-topology.ts'
import { TopologyTransport } from '../../../../src/infrastructure/redis/topology-transport.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type SentinelSet, startSentinelSet } from '../../../servers/sentinel-set.ts'
import { endpointOf, systemPorts } from '../../redis/transport-stage.ts'
import { keys, pendingOf, SharedStage } from './shared-stage.ts'

function nodeOf(set: SentinelSet, node: string): SharedStage {
  const sentinels = set.sentinels.map(({ port }) => endpointOf(port))
  const places = { name: set.name, sentinels, login: endpointOf(0) }
  const transport = new TopologyTransport(
    systemPorts(),
    (maker) => new SentinelTopology(places, maker),
  )
  return new SharedStage(transport, node)
}

/** Two nodes of a cache over a primary with two replicas. The tests build on one another. */
describeWithRedis('a cache over Sentinels', () => {
  let set: SentinelSet
  let one: SharedStage
  let two: SharedStage

  beforeAll(async () => {
    set = await startSentinelSet()
    one = nodeOf(set, 'n1')
    two = nodeOf(set, 'n2')
    await one.ready()
    await two.ready()
  }, 120_000)
  afterAll(async () => {
    await Promise.all([one.close(), two.close()])
    await set.stop()
  })

  const connectedAgain = (stage: SharedStage, count: number) =>
    eventually('connect to the next', () => stage.servers.length > count)

  it('reads from a replica while the primary is frozen, and says where the log stood there', async () => {
    const since = await one.head()
    const entry = entryFixture({ key: 'a', birth: since })
    await one.store.assertMany([{ entry, pending: pendingOf('a'), since }])
    const old = await set.primary()
    await old.ask('WAIT', 2, 2000)
    old.freeze()
    const { length } = two.servers
    try {
      expect(await two.store.getMany(keys('a', 'b'))).toMatchObject([
        {
          kind: 'found',
          origin: {
            node: 'replica',
            logPosition: { generation: since.generation, seq: since.seq + 1 },
          },
        },
        { kind: 'absent' },
      ])
      await set.primaryAfter(old)
    } finally {
      old.thaw()
    }
    await connectedAgain(two, length)
    await set.settled()
  }, 60_000)

  it('follows the log to a replica that it knows, and waits for whoever took part', async () => {
    await eventually('know the copies', async () => {
      await Promise.all([one.read(), two.read()])
      const known = String(await (await set.primary()).ask('HGET', 'cache:{cache:acme}:head', 'v'))
      const nodes = one.transport.status().nodes.map(({ runId }) => runId ?? 'none')
      return nodes.every((runId) => known.includes(runId))
    })
    const position = await one.log.append(pendingOf('b'))
    const counts = [one.servers.length, two.servers.length] as const
    const old = await set.primary()
    await old.ask('WAIT', 2, 2000)
    await old.kill()
    await set.primaryAfter(old)
    await Promise.all([connectedAgain(one, counts[0]), connectedAgain(two, counts[1])])
    const horizon = { position, id: 'id-b' }
    const read = (stage: SharedStage, vouches: boolean) =>
      eventually('read', () => stage.read(horizon, vouches).catch(() => undefined))
    expect(await read(one, false)).toMatchObject({
      generation: position.generation,
      tail: { seq: position.seq, id: 'id-b' },
      isKnownServer: true,
      absentNodes: 2,
    })
    expect(await read(one, true)).toMatchObject({ absentNodes: 1 })
    expect(await read(two, true)).toMatchObject({ absentNodes: 0 })
    expect(await two.log.append(pendingOf('c'))).toMatchObject({ seq: position.seq + 1 })
    await old.restart()
    await set.settled()
  }, 60_000)

  it('does not believe a replica that has no log', async () => {
    const primary = await set.primary()
    await eventually('be connected to all', () =>
      one.transport.status().nodes.every(({ isConnected }) => isConnected),
    )
    await primary.ask('DEL', 'cache:{cache:acme}:head')
    const name = 'cache:acme:fixtures:c'
    const key = parseCacheKey('c')
    await one.store.lease(key, { token: 't', leaseMs: 2000 }, 'any')
    expect(await one.store.store(entryFixture({ key: 'c' }), 't')).toBe('stored')
    expect(await primary.ask('EXISTS', name)).toBe(1)
    await primary.ask('WAIT', 2, 2000)
    primary.freeze()
    try {
      expect(await one.store.getMany(keys('c'))).toMatchObject([
        { origin: { node: 'replica', logPosition: { generation: '', seq: 0 } } },
      ])
    } finally {
      primary.thaw()
    }
  }, 60_000)
})

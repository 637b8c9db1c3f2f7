import { afterAll, beforeAll, expect, it } from 'vitest'
import { SentinelTopology } from '../../../../src/infrastructure/redis/topology/sentinel-topology.ts'
import { TopologyTransport } from '../../../../src/infrastructure/redis/topology-transport.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type SentinelSet, startSentinelSet } from '../../../servers/sentinel-set.ts'
import {
  ask,
  asText,
  endpointOf,
  read,
  stageOf,
  systemPorts,
  type TransportStage,
  untilReady,
  write,
} from '../transport-stage.ts'

const WITH_WITNESS = { replica: { witness: read('GET', 'seq') } }

describeWithRedis('SentinelTopology', () => {
  let set: SentinelSet
  let stage: TransportStage

  beforeAll(async () => {
    set = await startSentinelSet()
    const [first] = set.sentinels
    const sentinels = [endpointOf(1), endpointOf(first?.port ?? 0)]
    stage = stageOf(
      new TopologyTransport(
        systemPorts(),
        (maker) => new SentinelTopology({ name: set.name, sentinels, login: endpointOf(0) }, maker),
      ),
    )
    await untilReady(stage.transport)
  }, 120_000)
  afterAll(async () => {
    await stage.transport.close()
    await set.stop()
  })

  const untilAllConnected = (): Promise<unknown> =>
    eventually('be connected to all', () => {
      const { nodes } = stage.transport.status()
      return nodes.length === 3 && nodes.every((node) => node.isConnected)
    })

  it('finds all data nodes by one Sentinel that answers, and who is primary', async () => {
    await untilAllConnected()
    const primary = await set.primary()
    const { nodes, topology } = stage.transport.status()
    expect(topology).toBe('sentinel')
    expect(nodes.filter(({ role }) => role === 'primary').map(({ id }) => id)).toEqual([
      `127.0.0.1:${primary.port}`,
    ])
    expect(await ask(stage.transport, write('SET', 'a', '1'))).toBe('OK')
  })

  it('says which Sentinel it can not reach', () => {
    expect(stage.transport.status().problems).toMatchObject([
      { code: 'CACHE_REDIS_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1') },
    ])
  })

  it('follows a planned switch', async () => {
    await untilAllConnected()
    const next = await set.failover()
    await eventually(
      'write to the next primary',
      async () =>
        (await ask(stage.transport, write('SET', 'a', '2'))) === 'OK' &&
        asText(await ask(stage.transport, read('GET', 'a'))) === '2' &&
        (await next.ask('GET', 'a')) === '2',
    )
    await eventually('tell of it', () =>
      stage.events.some(({ type }) => type === 'topology-changed'),
    )
    await set.settled()
  }, 60_000)

  it('reads from a replica, with its witness, when the primary is killed, and writes to the next', async () => {
    await untilAllConnected()
    await untilReady(stage.transport)
    await stage.transport.send([write('SET', 'a', 'old'), write('SET', 'seq', '17')])
    const old = await set.primary()
    await old.ask('WAIT', 2, 2000)
    await old.kill()
    const { replies, fromReplicas } = await stage.transport.send([read('GET', 'a')], WITH_WITNESS)
    expect(replies.map(asText)).toEqual(['old'])
    expect(fromReplicas.map(({ witness }) => asText(witness ?? null))).toEqual(['17'])
    expect(await ask(stage.transport, write('SET', 'a', 'x'))).toMatchObject({ kind: 'offline' })
    const next = await set.primaryAfter(old)
    await eventually(
      'write to the next primary',
      async () => (await ask(stage.transport, write('SET', 'a', 'new'))) === 'OK',
    )
    expect(await next.ask('GET', 'a')).toBe('new')
    await old.restart()
    await set.settled()
    await untilAllConnected()
    const primaries = stage.transport.status().nodes.filter(({ role }) => role === 'primary')
    expect(primaries.map(({ id }) => id)).toEqual([`127.0.0.1:${next.port}`])
  }, 60_000)

  it('reads from a replica when the primary is frozen, and never writes to it again when it is back', async () => {
    await untilAllConnected()
    await untilReady(stage.transport)
    await stage.transport.send([write('SET', 'a', 'old')])
    const old = await set.primary()
    await old.ask('WAIT', 2, 2000)
    old.freeze()
    const { replies } = await stage.transport.send([read('GET', 'a')], WITH_WITNESS)
    expect(replies.map(asText)).toEqual(['old'])
    const next = await set.primaryAfter(old)
    await eventually(
      'write to the next primary',
      async () => (await ask(stage.transport, write('SET', 'a', 'new'))) === 'OK',
    )
    old.thaw()
    for (let count = 0; count < 50; count += 1) {
      expect(await ask(stage.transport, write('SET', 'b', String(count)))).toBe('OK')
    }
    expect(await next.ask('GET', 'b')).toBe('49')
    await set.settled()
  }, 60_000)
})

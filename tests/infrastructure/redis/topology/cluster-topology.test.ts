import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RedisReplies, RedisRequest } from '../../../../src/core/protocols/redis-transport.ts'
import { ClusterTopology } from '../../../../src/infrastructure/redis/topology/cluster-topology.ts'
import { TopologyTransport } from '../../../../src/infrastructure/redis/topology-transport.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type RedisCluster, startRedisCluster } from '../../../servers/redis-cluster.ts'
import { startRedisServer } from '../../../servers/redis-server.ts'
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

const REPLICA = { replica: { witness: undefined } }

function clusterStage(cluster: RedisCluster): TransportStage {
  const seeds = cluster.nodes.slice(0, 2).map(({ port }) => endpointOf(port))
  return stageOf(new TopologyTransport(systemPorts(), (maker) => new ClusterTopology(seeds, maker)))
}

/** A key for each of the first three nodes of the cluster. */
async function keysByOwner(cluster: RedisCluster): Promise<string[]> {
  const keys: string[] = []
  for (let count = 0; keys.filter(Boolean).length < 3; count += 1) {
    const owner = await cluster.ownerOf(`key:${count}`)
    keys[cluster.nodes.indexOf(owner)] ??= `key:${count}`
  }
  return keys
}

describeWithRedis('ClusterTopology', () => {
  let cluster: RedisCluster
  let stage: TransportStage
  let keys: string[]

  beforeAll(async () => {
    cluster = await startRedisCluster()
    stage = clusterStage(cluster)
    await untilReady(stage.transport)
    keys = await keysByOwner(cluster)
  }, 120_000)
  afterAll(async () => {
    await stage.transport.close()
    await cluster.stop()
  })

  const send = (requests: RedisRequest[], options = {}): Promise<RedisReplies> =>
    stage.transport.send(requests, options)

  it('is connected to all nodes, and knows who is primary', async () => {
    await eventually('be connected to all', () => {
      const { nodes } = stage.transport.status()
      return (
        nodes.length === 6 &&
        nodes.every(({ isConnected, role }) => isConnected && role !== 'unknown')
      )
    })
    const { nodes, topology } = stage.transport.status()
    expect(topology).toBe('cluster')
    expect(nodes.map(({ role }) => role).sort()).toEqual([
      ...['primary', 'primary', 'primary', 'replica', 'replica', 'replica'],
    ])
  })

  it('sends a batch to all nodes that it concerns, and mixes the answers', async () => {
    const names = Array.from({ length: 60 }, (_, count) => `batch:${count}`)
    await send(names.map((name) => write('SET', name, name)))
    const { replies } = await send(names.map((name) => read('GET', name)))
    expect(replies.map(asText)).toEqual(names)
  })

  it('follows a slot that has moved with its keys, and then knows where it is', async () => {
    const [key = ''] = keys
    await ask(stage.transport, write('SET', key, 'moves'))
    const target = cluster.nodes[1]
    if (target === undefined) throw new Error('no node')
    await cluster.moveSlot(key, target)
    expect(asText(await ask(stage.transport, read('GET', key)))).toBe('moves')
    expect(asText(await ask(stage.transport, read('GET', key)))).toBe('moves')
    const source = cluster.nodes[0]
    if (source === undefined) throw new Error('no node')
    await cluster.moveSlot(key, source)
    await eventually(
      'see the map settle',
      async () => asText(await ask(stage.transport, read('GET', key))) === 'moves',
    )
  })

  it('asks the other node for a key whose slot is on the move', async () => {
    const [, key = ''] = keys
    const [source, target] = [await cluster.ownerOf(key), cluster.nodes[2]]
    if (target === undefined) throw new Error('no node')
    const id = async (node: typeof target): Promise<string> =>
      String(await node.ask('CLUSTER', 'MYID'))
    const slot = Number(await source.ask('CLUSTER', 'KEYSLOT', key))
    await source.ask('DEL', key)
    await target.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await id(source))
    await source.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await id(target))
    const { replies } = await send([write('SET', key, 'there'), read('GET', key)])
    expect(replies.map(asText)).toEqual(['OK', 'there'])
    await target.askAll([['ASKING'], ['DEL', key]])
    await target.ask('CLUSTER', 'SETSLOT', slot, 'STABLE')
    await source.ask('CLUSTER', 'SETSLOT', slot, 'STABLE')
  })

  it('runs scripts on the node of their first key', async () => {
    const script = { name: 'put', text: 'return redis.call("SET", KEYS[1], ARGV[1])' }
    const { replies } = await send(keys.map((key) => ({ script, keys: [key], args: [key] })))
    expect(replies).toEqual(['OK', 'OK', 'OK'])
  })

  it('hears what is published, wherever that is', async () => {
    const heard: unknown[] = []
    let isListening = false
    const subscription = stage.transport.subscribe('bell', {
      onMessage: (message) => heard.push(asText(message)),
      onState: (state) => {
        isListening = state
      },
    })
    await eventually('listen', () => isListening)
    await Promise.all(cluster.nodes.map((node, at) => node.ask('PUBLISH', 'bell', at)))
    await eventually('hear all', () => heard.length === cluster.nodes.length)
    subscription.close()
  })

  it('reads from a replica when a primary is frozen, while other shards answer as ever, and follows the failover', async () => {
    const [frozenKey = '', otherKey = ''] = keys
    await send([write('SET', frozenKey, 'old'), write('SET', otherKey, 'well')])
    const owner = await cluster.ownerOf(frozenKey)
    const [replica] = await cluster.replicasOf(owner)
    await eventually('replicate', async () => {
      await replica?.ask('PING')
      return (await replica?.info('keyspace'))?.['db0'] !== undefined
    })
    owner.freeze()
    const { replies, fromReplicas } = await send(
      [read('GET', frozenKey), read('GET', otherKey)],
      REPLICA,
    )
    expect(replies.map(asText)).toEqual(['old', 'well'])
    expect(fromReplicas).toEqual([{ indices: [0], witness: undefined }])
    await eventually(
      'write to the next primary',
      async () => (await ask(stage.transport, write('SET', frozenKey, 'new'))) === 'OK',
    )
    expect(stage.events.map(({ type }) => type)).toContain('topology-changed')
    owner.thaw()
    await cluster.settled()
    await eventually('see the old primary as a replica', () =>
      stage.transport
        .status()
        .nodes.some(
          ({ id, role, isConnected }) =>
            id.endsWith(`:${owner.port}`) && role === 'replica' && isConnected,
        ),
    )
    expect(asText(await ask(stage.transport, read('GET', frozenKey)))).toBe('new')
  }, 60_000)

  it('reads from a replica at once when a primary is killed, and writes again after its promotion', async () => {
    const [, , key = ''] = keys
    await ask(stage.transport, write('SET', key, 'old'))
    const owner = await cluster.ownerOf(key)
    await owner.ask('WAIT', 1, 1000)
    await owner.kill()
    const { replies, fromReplicas } = await send([read('GET', key)], REPLICA)
    expect(replies.map(asText)).toEqual(['old'])
    expect(fromReplicas).toHaveLength(1)
    expect(await ask(stage.transport, write('SET', key, 'x'))).toMatchObject({ kind: 'offline' })
    await cluster.ownerAfter(key, owner)
    await eventually(
      'write to the next primary',
      async () => (await ask(stage.transport, write('SET', key, 'new'))) === 'OK',
    )
    await owner.restart()
    await cluster.settled()
    await untilReady(stage.transport)
  }, 60_000)
})

describeWithRedis('ClusterTopology with a seed that is no cluster', () => {
  it('says so', async () => {
    const server = await startRedisServer()
    const transport = new TopologyTransport(
      systemPorts(),
      (maker) => new ClusterTopology([endpointOf(server.port)], maker),
    )
    await eventually('say so', () =>
      transport
        .status()
        .problems.some(({ message }) => message.includes('expected a node of a cluster')),
    )
    expect(transport.status().isReady).toBe(false)
    await transport.close()
    await server.stop()
  })
})

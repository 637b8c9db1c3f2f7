import { afterAll, beforeAll, expect, it } from 'vitest'
import { askRedis } from './ask-redis.ts'
import { describeWithRedis } from './describe-with-redis.ts'
import { freePort } from './free-port.ts'
import { type RedisCluster, startRedisCluster } from './redis-cluster.ts'
import type { RedisServer } from './redis-server.ts'

function at(nodes: readonly RedisServer[], index: number): RedisServer {
  const node = nodes[index]
  if (node === undefined) throw new Error(`no node ${index}`)
  return node
}

/** Slots 15495 and 3300, of the third and the first primary. */
const [KEY, OTHER_KEY] = ['a', 'b']

describeWithRedis('startRedisCluster()', () => {
  let cluster: RedisCluster

  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.stop())

  it('makes three primaries, which share all slots, with a replica each', async () => {
    for (const [index, primary] of cluster.nodes.slice(0, 3).entries())
      expect(await cluster.replicasOf(primary)).toEqual([at(cluster.nodes, 3 + index)])
    expect(await cluster.ownerOf(KEY)).toBe(at(cluster.nodes, 2))
    expect(await cluster.ownerOf(OTHER_KEY)).toBe(at(cluster.nodes, 0))
  })

  it('fails over by order, and nothing is lost', async () => {
    const old = await cluster.ownerOf(KEY)
    const [replica] = await cluster.replicasOf(old)
    if (replica === undefined) throw new Error('no replica')
    await old.ask('SET', KEY, 'planned')
    await cluster.failover(replica)
    expect(await cluster.ownerOf(KEY)).toBe(replica)
    expect(await replica.ask('GET', KEY)).toBe('planned')
    await cluster.settled()
    expect(await cluster.replicasOf(replica)).toEqual([old])
  })

  it('moves a slot with its keys', async () => {
    const [source, target] = [await cluster.ownerOf(KEY), await cluster.ownerOf(OTHER_KEY)]
    await source.ask('SET', KEY, 'moved')
    await cluster.moveSlot(KEY, target)
    expect(await target.ask('GET', KEY)).toBe('moved')
    await expect(source.ask('GET', KEY)).rejects.toThrow('MOVED 15495')
    await cluster.settled()
    await cluster.moveSlot(KEY, source)
    expect(await source.ask('GET', KEY)).toBe('moved')
    await cluster.settled()
  })

  it('promotes the replica of a primary that is killed, which comes back as its replica', async () => {
    const old = await cluster.ownerOf(OTHER_KEY)
    await old.ask('SET', OTHER_KEY, 'kept')
    await old.ask('WAIT', 1, 1_000)
    await old.kill()
    const next = await cluster.ownerAfter(OTHER_KEY, old)
    expect(next).not.toBe(old)
    expect(await next.ask('GET', OTHER_KEY)).toBe('kept')
    await old.restart()
    await cluster.settled()
    expect(await cluster.replicasOf(next)).toEqual([old])
  })
})

describeWithRedis('A cluster with TLS, users and ports announced by others', () => {
  it('serves, and names the announced ports', async () => {
    const announced = new Map<number, number>()
    const cluster = await startRedisCluster({
      nodeTimeoutMs: 5_000,
      tls: 'mutual',
      users: ['default off', 'app on >pw ~* &* +@all'],
      // Nobody listens there: replicas can't follow, but the nodes have their bus.
      announce: async (port) => {
        const other = announced.size < 3 ? port : await freePort()
        announced.set(port, other)
        return other
      },
    })
    const owner = await cluster.ownerOf(KEY)
    const timeout = await owner.ask('CONFIG', 'GET', 'cluster-node-timeout')
    expect(timeout).toEqual(['cluster-node-timeout', '5000'])
    await cluster.moveSlot(KEY, at(cluster.nodes, 0))
    const { certificates, port } = owner
    const tls = certificates && { ca: certificates.ca, ...certificates.client }
    const app = { port, username: 'app', password: 'pw', tls }
    await expect(askRedis(app, [['GET', KEY]])).rejects.toThrow(
      `MOVED 15495 127.0.0.1:${announced.get(at(cluster.nodes, 0).port)}`,
    )
    await cluster.stop()
  })
})

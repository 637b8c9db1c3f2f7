import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import type { RedisServer } from '../../../servers/redis-server.ts'
import { clusterTransport, startOneNodeCluster } from './one-node-cluster.ts'
import { keys, pendingOf, SharedStage } from './shared-stage.ts'

const TERMS = { token: 'mine', leaseMs: 2000 }
const VALUE = 'cache:acme:fixtures:a'
const LEASE = 'cache:{cache:acme:fixtures:a}'

// On a single server it is tested in redis-shared-log.test.ts.
describeWithRedis('AppendQueue where values lie apart from the log', () => {
  let server: RedisServer
  let stage: SharedStage
  let generation: string

  beforeAll(async () => {
    server = await startOneNodeCluster()
    stage = new SharedStage(clusterTransport(server), 'n1')
  })
  afterAll(async () => {
    await stage.close()
    await server.stop()
  })
  beforeEach(async () => {
    await server.ask('ACL', 'SETUSER', 'default', 'allkeys')
    await server.ask('FLUSHALL')
    generation = await stage.ready()
  })

  async function put(...names: string[]): Promise<void> {
    for (const key of keys(...names)) {
      await stage.store.lease(key, TERMS, 'none')
      await stage.store.store(entryFixture({ key }), TERMS.token)
      await stage.store.lease(key, TERMS, 'any')
    }
  }
  const idsAfter = async (seq: number) =>
    (await stage.read({ position: { generation, seq }, id: '' })).records.map(({ id }) => id)

  it('removes first, each key by itself, and then appends', async () => {
    await put('a', 'b')
    const soft = pendingOf('b', { soft: true })
    const positions = await Promise.all([pendingOf('a'), soft].map((one) => stage.log.append(one)))
    expect(positions.map(({ seq }) => seq)).toEqual([1, 2])
    expect(await server.ask('EXISTS', VALUE)).toBe(0)
    expect(await server.ask('EXISTS', LEASE)).toBe(0)
    expect(await server.ask('EXISTS', 'cache:acme:fixtures:b')).toBe(1)
    expect(await server.ask('EXISTS', 'cache:{cache:acme:fixtures:b}')).toBe(0)
  })

  it('says at once what it could not remove, once, and appends it when that is removed', async () => {
    await put('a')
    const awaited = { ...pendingOf('a'), isAwaited: true }
    const refused = { code: 'CACHE_REPOSITORY_UNAVAILABLE' }
    // The log may be written, the values may not: as if their shard were away.
    await server.ask('ACL', 'SETUSER', 'default', 'resetkeys', '~cache:{cache:acme}:*')
    await expect(stage.log.append(awaited)).rejects.toMatchObject(refused)
    await expect(stage.log.append(awaited)).rejects.toMatchObject(refused)
    await expect.poll(() => idsAfter(1)).toEqual(['id-a!'])
    await server.ask('ACL', 'SETUSER', 'default', 'allkeys')
    expect(await server.ask('EXISTS', VALUE)).toBe(1)
    expect(await stage.log.append(awaited)).toEqual({ generation, seq: 2 })
    expect(await server.ask('EXISTS', VALUE)).toBe(0)
    expect(await idsAfter(1)).toEqual(['id-a!', 'id-a'])
  })

  it('does not let marks of other kinds wait for the removal', async () => {
    const mark = markFixture({ kind: 'namespace' }, { namespace: 'fixtures' })
    const both = [pendingOf('a'), { id: 'id-space', mark, isAwaited: false }]
    await Promise.all(both.map((one) => stage.log.append(one)))
    expect(await idsAfter(1)).toEqual(['id-space', 'id-a'])
  })
})

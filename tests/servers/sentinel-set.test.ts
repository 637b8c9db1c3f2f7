import { afterAll, beforeAll, expect, it } from 'vitest'
import { askRedis } from './ask-redis.ts'
import { describeWithRedis } from './describe-with-redis.ts'
import { type SentinelSet, startSentinelSet } from './sentinel-set.ts'

describeWithRedis('startSentinelSet()', () => {
  let set: SentinelSet

  beforeAll(async () => {
    set = await startSentinelSet({
      users: ['default off', 'app on >pw ~* &* +@all'],
      sentinelPassword: 'guard',
      config: { 'min-replicas-to-write': 0 },
    })
  })
  afterAll(() => set.stop())

  it('makes one primary and two replicas that follow it', async () => {
    const primary = await set.primary()
    expect(primary).toBe(set.nodes[0])
    expect(await set.replicas()).toEqual(set.nodes.slice(1))
    await primary.ask('SET', 'key', '1')
    expect(await primary.ask('WAIT', 2, 5_000)).toBe(2)
    for (const replica of await set.replicas()) expect(await replica.ask('GET', 'key')).toBe('1')
  })

  it('has three Sentinels, with a password of their own, that name it', async () => {
    expect(set.sentinels).toHaveLength(3)
    const primary = await set.primary()
    const question = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', set.name]
    for (const { port } of set.sentinels) {
      await expect(askRedis({ port }, [question])).rejects.toThrow('NOAUTH')
      const address = await askRedis({ port, password: 'guard' }, [question])
      expect(address).toEqual(['127.0.0.1', String(primary.port)])
    }
  })

  it('fails over to a replica that lags when the primary is killed, and takes the old one as a replica', async () => {
    const old = await set.primary()
    await old.ask('SET', 'key', 'before')
    await old.ask('WAIT', 2, 5_000)
    await old.holdReplication()
    await old.ask('SET', 'key', 'lost')
    await old.kill()
    const next = await set.primaryAfter(old)
    expect(next).not.toBe(old)
    expect(await next.ask('GET', 'key')).toBe('before')
    await old.restart()
    await set.settled()
    expect(await old.ask('GET', 'key')).toBe('before')
    // Sentinels watch an old primary for a while before they make a replica of it.
  }, 60_000)

  it('fails over by order, with one Sentinel down', async () => {
    const [sentinel] = set.sentinels
    await sentinel?.kill()
    const old = await set.primary()
    const next = await set.failover()
    expect(next).not.toBe(old)
    expect((await next.info('replication'))['role']).toBe('master')
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { askRedis } from '../../servers/ask-redis.ts'
import { describeWithRedis } from '../../servers/describe-with-redis.ts'
import { eventually } from '../../servers/eventually.ts'
import { type SentinelSet, startSentinelSet } from '../../servers/sentinel-set.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

describeWithRedis('A set of nodes that are known by the ports of their proxies', () => {
  const proxies = new Map<number, FaultProxy>()
  let set: SentinelSet

  beforeAll(async () => {
    set = await startSentinelSet({
      announce: async (port) => {
        const proxy = await startFaultProxy(port)
        proxies.set(port, proxy)
        return proxy.port
      },
    })
  })
  afterAll(async () => {
    await set.stop()
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()))
  })

  it('gets another primary when the proxy of the first becomes a black hole, while that goes on living', async () => {
    const old = await set.primary()
    const proxy = proxies.get(old.port)
    const question = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', set.name]
    const [sentinel] = set.sentinels
    if (proxy === undefined || sentinel === undefined) throw new Error('not started')
    expect(await askRedis(sentinel, [question])).toEqual(['127.0.0.1', String(proxy.port)])
    proxy.blackHole()
    const next = await set.primaryAfter(old)
    expect((await old.info('replication'))['role']).toBe('master')
    // Refused (NOREPLICAS) until the other replica follows.
    await eventually('write', () => next.ask('SET', 'key', 'newer'))
    await proxy.heal()
    await set.settled()
    expect(await old.ask('GET', 'key')).toBe('newer')
  }, 60_000)
})

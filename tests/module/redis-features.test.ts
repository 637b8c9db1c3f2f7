import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCache, type PlatformCache } from '../../src/module.ts'
import { describeWithRedis } from '../servers/describe-with-redis.ts'
import { eventually } from '../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts'

describeWithRedis('what two caches over Redis can do besides', () => {
  let server: RedisServer
  let nodes: [PlatformCache, PlatformCache]

  beforeAll(async () => {
    server = await startRedisServer()
    const node = (): PlatformCache => createCache({ name: 'features', redis: server.url })
    nodes = [node(), node()]
    for (const one of nodes) expect(await one.ready()).toEqual({ degraded: false })
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await server.stop()
  })

  it('one lease of a caller elsewhere among both, which a mark ends', async () => {
    const [a, b] = nodes.map((node) => node.namespace('default')) as [
      ReturnType<PlatformCache['namespace']>,
      ReturnType<PlatformCache['namespace']>,
    ]
    const answer = await a.lease('leased')
    if (answer.state !== 'compute') throw new RangeError('expected a lease')
    expect(await b.lease('leased')).toMatchObject({ state: 'wait' })
    const waiting = b.lease('leased', { waitMs: 5000 })
    expect(await a.setWithLease('leased', 'value', answer.token)).toBe(true)
    expect(await waiting).toMatchObject({ state: 'hit', lookup: { value: 'value' } })
    await b.invalidate('leased')
    const again = await b.lease('leased')
    if (again.state !== 'compute') throw new RangeError('expected a lease')
    await a.invalidate('leased')
    await eventually('the mark', async () => (await a.lease('leased')).state === 'compute', 5000)
    expect(await b.setWithLease('leased', 'old', again.token)).toBe(false)
  })
})

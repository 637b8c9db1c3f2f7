import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { keyNames } from '../../../../src/infrastructure/repositories/redis/key-names.ts'
import { UsageEstimate } from '../../../../src/infrastructure/repositories/redis/usage-estimate.ts'
import { createFakeClock, type FakeClock } from '../../../../src/testing/fake-clock.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import {
  endpointOf,
  standaloneStage,
  type TransportStage,
  untilReady,
} from '../../redis/transport-stage.ts'
import { CACHE } from './shared-stage.ts'

describeWithRedis('UsageEstimate', () => {
  let server: RedisServer
  let stage: TransportStage
  let time: FakeClock

  beforeAll(async () => {
    server = await startRedisServer()
    stage = standaloneStage(endpointOf(server.port))
    await untilReady(stage.transport)
  })
  afterAll(async () => {
    await stage.transport.close()
    await server.stop()
  })
  beforeEach(async () => {
    time = createFakeClock()
    await server.ask('ACL', 'SETUSER', 'default', '+@all')
    await server.ask('FLUSHALL')
  })

  const estimate = () =>
    new UsageEstimate({
      transport: stage.transport,
      clock: time.clock,
      names: keyNames(CACHE, 'fixtures'),
    })
  function put(name: (at: number) => string, count: number): Promise<unknown> {
    const words = Array.from({ length: count }, (_, at) => [name(at), 'x'.repeat(100)]).flat()
    return server.ask('MSET', ...words)
  }
  const ours = (at: number) => `cache:acme:fixtures:${at}`

  it('counts few keys exactly, and no others', async () => {
    await put(ours, 7)
    await put((at) => `cache:acme:other:${at}`, 20)
    await put((at) => `cache:{cache:acme:fixtures:${at}}`, 5)
    const { entries, bytes } = await estimate().current()
    expect(entries).toBe(7)
    expect(bytes).toBeGreaterThan(700)
    expect(bytes).toBeLessThan(7000)
    expect(await server.ask('FLUSHALL')).toBe('OK')
    expect(await estimate().current()).toEqual({ entries: 0, bytes: 0 })
  })

  it('estimates many by a sample', async () => {
    await put(ours, 6000)
    await put((at) => `other:${at}`, 6000)
    const { entries, bytes } = await estimate().current()
    expect(entries).toBeGreaterThan(4500)
    expect(entries).toBeLessThan(7500)
    expect(bytes / entries).toBeGreaterThan(100)
  })

  it('goes by the length of values where it may not ask what they take', async () => {
    await put(ours, 3)
    await server.ask('ACL', 'SETUSER', 'default', '-memory')
    expect(await estimate().current()).toEqual({ entries: 3, bytes: 300 })
  })

  it('looks anew after five seconds, and after a failure at once', async () => {
    const usage = estimate()
    await put(ours, 1)
    expect((await usage.current()).entries).toBe(1)
    await put(ours, 2)
    await time.advance(4999)
    expect((await usage.current()).entries).toBe(1)
    await time.advance(1)
    expect((await usage.current()).entries).toBe(2)
    await time.advance(5000)
    server.freeze()
    await expect(usage.current()).rejects.toMatchObject({ code: 'CACHE_REPOSITORY_UNAVAILABLE' })
    server.thaw()
    await untilReady(stage.transport)
    expect((await usage.current()).entries).toBe(2)
  })
})

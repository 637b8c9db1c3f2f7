import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCache, type PlatformCache } from '../../src/module.ts'
import { describeWithRedis } from '../servers/describe-with-redis.ts'
import { eventually } from '../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts'

describeWithRedis('createCache({ redis })', () => {
  let server: RedisServer
  let nodes: PlatformCache[] = []

  beforeAll(async () => {
    server = await startRedisServer()
    nodes = [1, 2, 3].map(() => createCache({ name: 'shared', redis: server.url }))
    for (const node of nodes) expect(await node.ready()).toEqual({ degraded: false })
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await server.stop()
  })

  it('loads a key once over all nodes', async () => {
    let loads = 0
    const load = async (): Promise<string> => {
      loads += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
      return 'value'
    }
    const values = await Promise.all(nodes.map((node) => node.getOrSet('once', load)))
    expect(values).toEqual(['value', 'value', 'value'])
    expect(loads).toBe(1)
    expect(nodes.map((node) => node.peek('once'))).toEqual(['value', 'value', 'value'])
  })

  it('lets every kind of invalidation reach every node', async () => {
    const [first, second, third] = nodes as [PlatformCache, PlatformCache, PlatformCache]
    const targets = ['a:1', 'a:*', { tag: 't' }, { regex: '^a:\\d$' }, { dependency: 'team:9' }]
    for (const target of targets) {
      await first.set('a:1', 'old', { tags: ['t'], dependsOn: ['team:9'] })
      expect(await third.get('a:1')).toBe('old')
      const { propagated } = await second.invalidate(target)
      expect(propagated).toBe(true)
      expect(await second.get('a:1')).toBeUndefined()
      await eventually('the mark', () => third.peek('a:1') === undefined, 5000)
      expect(await third.get('a:1')).toBeUndefined()
    }
  })

  it('answers what a node has stored that is gone, to one that comes later', async () => {
    const [first] = nodes as [PlatformCache]
    await first.set('later', { is: 'there' })
    await first.set('gone', 1, { tags: ['gone'] })
    await first.invalidate({ tag: 'gone' })
    const late = createCache({ name: 'shared', redis: server.url })
    try {
      await eventually('the late node', async () => (await late.get('later')) !== undefined, 5000)
      expect(await late.get('later')).toEqual({ is: 'there' })
      expect(await late.get('gone')).toBeUndefined()
    } finally {
      await late.close()
    }
  })

  it('is ready, degraded, where there is no Redis', async () => {
    const alone = createCache({ redis: 'redis://127.0.0.1:1' })
    try {
      expect(await alone.ready({ timeout: 20 })).toEqual({ degraded: true })
      expect(await alone.getOrSet('key', () => 1)).toBe(1)
    } finally {
      await alone.close()
    }
  })

  it('does not share with a cache of another name', async () => {
    const [first] = nodes as [PlatformCache]
    await first.set('mine', 1)
    const other = createCache({ name: 'other', redis: server.url })
    try {
      await eventually('the other cache', () => other.set('its', 1), 5000)
      expect(await other.get('mine')).toBeUndefined()
    } finally {
      await other.close()
    }
  })

  it('goes on without Redis, says so of an invalidation, and is right again when Redis is back, empty', async () => {
    const [first, second] = nodes as [PlatformCache, PlatformCache]
    await first.set('key', 'old')
    expect(await second.get('key')).toBe('old')
    expect(first.health()).toMatchObject({ status: 'pass', sharing: { isCoherent: true } })
    await server.kill()
    expect(await first.getOrSet('alone', () => 'made here')).toBe('made here')
    const result = await first.invalidate('key')
    expect(result).toEqual({ position: undefined, propagated: false })
    expect(await first.get('key')).toBeUndefined()
    expect(await first.set('key', 'new')).toBe(false)
    expect(first.health()).toMatchObject({
      status: 'warn',
      sharing: { isConnected: false, pendingMarks: 1 },
    })
    await server.restart()
    expect(await first.ready({ timeout: '10s' })).toEqual({ degraded: false })
    await eventually('both nodes', () => first.set('back', 1), 5000)
    await eventually('the other node', async () => (await second.get('back')) === 1, 5000)
    expect(await second.get('key')).toBeUndefined()
  })
})

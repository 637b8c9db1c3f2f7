import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf, standaloneStage } from '../../redis/transport-stage.ts'
import { SharedStage } from './shared-stage.ts'

describeWithRedis('listEntries()', () => {
  let server: RedisServer
  let stage: SharedStage
  let generation: string

  beforeAll(async () => {
    server = await startRedisServer()
    stage = new SharedStage(standaloneStage(endpointOf(server.port)).transport, 'n1')
  })
  afterAll(async () => {
    await stage.close()
    await server.stop()
  })
  beforeEach(async () => {
    await server.ask('FLUSHALL')
    generation = await stage.ready()
    stage.faults.length = 0
  })

  async function put(...names: string[]): Promise<void> {
    const since = { generation, seq: 0 }
    const mark = { namespace: 'fixtures', soft: false, act: 'set', origin: 'n1' } as const
    const outcomes = await stage.store.assertMany(
      names.map((name) => {
        const entry = entryFixture({ key: name, birth: since })
        const scope = { kind: 'key', key: entry.key } as const
        const pending = { ...mark, scope, reason: undefined, atMs: 0 }
        return { entry, pending: { id: name, mark: pending, isAwaited: false }, since }
      }),
    )
    expect(outcomes.every((one) => one.kind === 'marked' && one.isStored)).toBe(true)
  }
  /** All keys that are listed, and the longest page. */
  async function listed(limit: number): Promise<{ keys: string[]; longest: number }> {
    const keys: string[] = []
    let longest = 0
    let cursor: string | undefined
    do {
      const page = await stage.store.list(limit, cursor)
      keys.push(...page.entries.map(({ key }) => key))
      longest = Math.max(longest, page.entries.length)
      cursor = page.cursor
    } while (cursor !== undefined)
    return { keys, longest }
  }
  const many = Array.from({ length: 300 }, (_, at) => `key:${at}`)

  it.each([1, 7, 299, 300, 1000])('lists each entry once, by pages of %i', async (limit) => {
    await put(...many)
    const { keys, longest } = await listed(limit)
    expect(keys.toSorted()).toEqual(many.toSorted())
    expect(longest).toBeLessThanOrEqual(limit)
  })

  it('lists entries with all that they have', async () => {
    await put('a')
    const { entries } = await stage.store.list(10, undefined)
    expect(entries).toEqual([entryFixture({ key: 'a', birth: { generation, seq: 1 } })])
  })

  it('finds few among many of others', async () => {
    const others = Array.from({ length: 5000 }, (_, at) => [`other:${at}`, 'x']).flat()
    await server.ask('MSET', ...others)
    await put('a', 'b')
    expect((await listed(2)).keys.toSorted()).toEqual(['a', 'b'])
  })

  it('leaves out what is no entry, and says so', async () => {
    await put('a')
    await server.ask('SET', 'cache:acme:fixtures:b', 'no frame')
    await server.ask('RPUSH', 'cache:acme:fixtures:c', 'no text')
    await server.ask('SET', 'cache:acme:fixtures:*', 'no key')
    await server.ask('SET', 'cache:acme:other:a', 'elsewhere')
    expect((await listed(10)).keys).toEqual(['a'])
    expect(stage.faults.map(([key, did]) => [key, did]).toSorted()).toEqual(
      [
        [undefined, 'left it out of a listing'],
        ['b', 'counted a miss'],
      ].toSorted(),
    )
  })

  it('lists nothing where there is nothing', async () => {
    expect(await stage.store.list(10, undefined)).toEqual({ entries: [], cursor: undefined })
  })

  it.each([
    ['no cursor'],
    [''],
    [Buffer.from('[1]').toString('base64url')],
    [Buffer.from('["a",null,"*"]').toString('base64url')],
  ])('refuses %j, which is no cursor', async (cursor) => {
    await expect(stage.store.list(10, cursor)).rejects.toMatchObject({
      code: 'CACHE_CURSOR_INVALID',
    })
  })

  it('does not go on at a server that was started anew', async () => {
    await put(...many)
    const { cursor } = await stage.store.list(10, undefined)
    const elsewhere = Buffer.from('["127.0.0.1:1",null]').toString('base64url')
    await expect(stage.store.list(10, elsewhere)).rejects.toMatchObject({
      code: 'CACHE_REPOSITORY_UNAVAILABLE',
    })
    const { servers } = stage
    await server.restart()
    await expect.poll(() => servers.length).toBe(2)
    await expect(stage.store.list(1000, cursor)).rejects.toThrow('started anew')
  })
})

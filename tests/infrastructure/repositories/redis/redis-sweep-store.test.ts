import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import type { RedisTransport } from '../../../../src/core/protocols/redis-transport.ts'
import type { SweepTable, SweptEntry } from '../../../../src/core/protocols/sweep-store.ts'
import { parseCacheTag } from '../../../../src/core/value-objects/cache-tag.ts'
import { DEFAULT_LOG_LIMITS } from '../../../../src/infrastructure/repositories/redis/redis-shared-log.ts'
import { RedisSweepStore } from '../../../../src/infrastructure/repositories/redis/redis-sweep-store.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf, standaloneStage } from '../../redis/transport-stage.ts'
import { clusterTransport, startOneNodeCluster } from './one-node-cluster.ts'
import { CACHE, keys, SharedStage } from './shared-stage.ts'

const tag = (name: string) => ({ kind: 'tag', tag: parseCacheTag(name) }) as const
const LEASE_MS = 15_000

interface Kind {
  readonly name: string
  readonly start: () => Promise<RedisServer>
  readonly transportTo: (server: RedisServer) => RedisTransport
  readonly settleMs: number
}

const KINDS: readonly Kind[] = [
  {
    name: 'one server',
    start: startRedisServer,
    transportTo: ({ port }) => standaloneStage(endpointOf(port)).transport,
    settleMs: 0,
  },
  {
    name: 'a cluster',
    start: startOneNodeCluster,
    transportTo: (server) => clusterTransport(server),
    settleMs: 60_000,
  },
]

describeWithRedis('RedisSweepStore', () => {
  describe.each(KINDS)('on $name', ({ start, transportTo, settleMs }) => {
    let server: RedisServer
    let stage: SharedStage
    let store: RedisSweepStore
    let generation: string

    beforeAll(async () => {
      server = await start()
      stage = new SharedStage(transportTo(server), 'n1')
      const { transport } = stage
      const limits = DEFAULT_LOG_LIMITS
      store = new RedisSweepStore({ transport, cache: CACHE, limits, settleMs: 60_000 })
      await stage.ready()
    }, 60_000)
    afterAll(async () => {
      await stage.close()
      await server.stop()
    })
    beforeEach(async () => {
      await server.ask('FLUSHALL')
      generation = await stage.ready()
    })

    const at = (seq: number) => ({ generation, seq })
    let ids = 0
    async function mark(scope: InvalidationScope, rest = {}): Promise<void> {
      ids += 1
      const whole = markFixture(scope, { namespace: 'fixtures', ...rest })
      await stage.log.append({ id: `id-${ids}`, mark: whole, isAwaited: false })
    }
    async function put(key: string, rest = {}, space = stage.store): Promise<void> {
      const [parsed] = keys(key)
      if (parsed === undefined) throw new Error('no key')
      await space.lease(parsed, { token: 'mine', leaseMs: 2000 }, 'any')
      const entry = entryFixture({ key: parsed, birth: at(0), ...rest })
      expect(await space.store(entry, 'mine')).toBe('stored')
    }
    async function begin(token = 'sweep'): Promise<SweepTable> {
      const table = await store.begin(token, LEASE_MS)
      if (typeof table === 'string') throw new Error(`expected to begin, got ${table}`)
      return table
    }
    async function all(): Promise<SweptEntry[]> {
      const entries: SweptEntry[] = []
      let cursor: string | undefined
      do {
        const page = await store.page(cursor)
        expect(page.generation).toBe(generation)
        entries.push(...page.entries)
        cursor = page.cursor
      } while (cursor !== undefined)
      return entries
    }
    async function retire(table: SweepTable, token = 'sweep', layout?: string): Promise<boolean> {
      const { position, marks } = table
      const now = layout ?? (await store.layout()) ?? ''
      return store.retire({ token, position, marks, layout: now })
    }

    it('begins with the marks, for one at a time', async () => {
      await mark(tag('a'))
      await mark(tag('b'), { soft: true })
      const table = await begin()
      expect(table).toMatchObject({ position: at(2), floorSeq: 0, settleMs })
      expect(table.marks.map(({ position }) => position.seq).sort()).toEqual([1, 2])
      expect(await store.begin('other', LEASE_MS)).toBe('held')
      expect(await store.renew('sweep', LEASE_MS)).toBe(true)
      expect(await store.renew('other', LEASE_MS)).toBe(false)
      await store.end('other')
      expect(await store.begin('other', LEASE_MS)).toBe('held')
      await store.end('sweep')
      await begin('other')
    })

    it('has nothing to do without a log, and after a sweep as long as nothing but keys is marked', async () => {
      expect(await retire(await begin())).toBe(true)
      expect(await store.begin('sweep', LEASE_MS)).toBe('idle')
      await mark(tag('soft'), { soft: true })
      expect(await store.begin('sweep', LEASE_MS)).toBe('idle')
      await mark(tag('hard'))
      await begin()
      await server.ask('FLUSHALL')
      expect(await store.begin('sweep', LEASE_MS)).toBe('idle')
    })

    it('is through with older generations once for each new one', async () => {
      expect(await retire(await begin())).toBe(true)
      await stage.log.found({ expected: generation, ancestors: [generation] })
      await begin()
    })

    it('looks at the values of all namespaces, long headers included, and at nothing else', async () => {
      const tags = Array.from({ length: 40 }, (_, index) => parseCacheTag(`tag-${index}-of-many-`))
      await put('a:1', { tags: [parseCacheTag('t')] })
      await put('long', { tags }, stage.open({ namespace: 'two:{parts}' }))
      await stage.store.lease(
        keys('leased')[0] ?? expect.fail(),
        { token: 'x', leaseMs: 9000 },
        'none',
      )
      await server.ask('SET', 'cache:acme:fixtures:foreign', 'text')
      await server.ask('RPUSH', 'cache:acme:fixtures:list', 'one')
      await server.ask('SET', 'cache:other:fixtures:a', 'text')
      const entries = (await all()).sort((a, b) => a.key.localeCompare(b.key))
      expect(entries).toMatchObject([
        { namespace: 'fixtures', key: 'a:1', tags: ['t'], dependsOn: [], birth: at(0) },
        { namespace: 'two:{parts}', key: 'long', tags, birth: at(0) },
      ])
    })

    it('comes to every value, page by page', async () => {
      const names = Array.from({ length: 500 }, (_, index) => `key:${index}`)
      await Promise.all(names.map((name) => put(name)))
      expect(new Set((await all()).map(({ key }) => key)).size).toBe(500)
    })

    it('removes what is still as it was read, and nothing newer', async () => {
      for (const key of ['gone', 'prolonged', 'stored']) await put(key)
      const entries = await all()
      stage.store.prolong(entryFixture({ key: 'prolonged', birth: at(0), accessCount: 3 }))
      await put('stored', { createdAtMs: entryFixture({}).createdAtMs + 1 })
      expect(await store.remove(entries)).toBe(1)
      const left = (await store.reread(entries)).map(({ key }) => key).sort()
      expect(left).toEqual(['prolonged', 'stored'])
    })

    it('retires what was not marked again, and tells all nodes', async () => {
      await mark(tag('a'))
      await mark(tag('b'))
      const table = await begin()
      await mark(tag('b'))
      expect(await retire(table)).toBe(true)
      const { scopes, tail } = await stage.read()
      expect(scopes.map(({ position }) => position.seq)).toEqual([3])
      expect(tail.seq).toBe(4)
      const { records } = await stage.read({ position: at(3), id: '' })
      expect(records[1]).toEqual({
        ...{ id: 'sweep', seq: 4, retires: 2, mark: undefined, isAwaited: false },
      })
      await begin('other')
    })

    it('retires nothing without the lease, on another server, or of another generation', async () => {
      await mark(tag('a'))
      const table = await begin()
      expect(await retire(table, 'other')).toBe(false)
      expect(await retire(table, 'sweep', 'elsewhere')).toBe(false)
      await stage.log.found({ expected: generation, ancestors: [] })
      await mark(tag('a'))
      expect(await retire(table)).toBe(false)
      expect((await stage.read()).scopes).toHaveLength(1)
    })

    it('rejects when the server is away', async () => {
      await server.ask('DEBUG', 'SLEEP', '0')
      const away = new RedisSweepStore({
        transport: clusterTransport(),
        cache: CACHE,
        limits: DEFAULT_LOG_LIMITS,
        settleMs: 0,
      })
      await expect(away.begin('sweep', LEASE_MS)).rejects.toMatchObject({
        code: 'CACHE_REPOSITORY_UNAVAILABLE',
      })
      await expect(away.page(undefined)).rejects.toThrow(/there is no node/)
    })
  })
})

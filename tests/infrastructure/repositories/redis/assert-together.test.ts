import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AssertedEntry, SharedStore } from '../../../../src/core/protocols/shared-store.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../../../src/core/value-objects/log-position.ts'
import { assertionGroups } from '../../../../src/infrastructure/repositories/redis/assert-together.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf, standaloneStage } from '../../redis/transport-stage.ts'
import { clusterTransport, startOneNodeCluster } from './one-node-cluster.ts'
import { keys, pendingOf, SharedStage } from './shared-stage.ts'

/** A value of a key, as it was known when the log stood there. */
function asserted(key: string, since: LogPosition, value: unknown = `new ${key}`): AssertedEntry {
  const entry = entryFixture({ key, value, birth: { generation: 'elsewhere', seq: 99 } })
  return { entry, pending: pendingOf(key, { act: 'set' }), since }
}

// Both ways to the same end: assert-apart.ts does in three steps what is one script here.
describe.each([
  [
    'assertTogether()',
    startRedisServer,
    (server: RedisServer) => standaloneStage(endpointOf(server.port)).transport,
  ],
  ['assertApart()', startOneNodeCluster, clusterTransport],
] as const)('%s', (_, start, transportTo) => {
  describeWithRedis('values that are known to be the newest', () => {
    let server: RedisServer
    let stage: SharedStage
    let store: SharedStore
    let generation: string

    beforeAll(async () => {
      server = await start()
      stage = new SharedStage(transportTo(server), 'n1')
      store = stage.store
    })
    afterAll(async () => {
      await stage.close()
      await server.stop()
    })
    beforeEach(async () => {
      await server.ask('CONFIG', 'SET', 'maxmemory', '0')
      await server.ask('FLUSHALL')
      generation = await stage.ready()
      stage.faults.length = 0
    })

    const at = (seq: number): LogPosition => ({ generation, seq })
    const marked = (seq: number, isStored = true) => ({
      kind: 'marked',
      position: at(seq),
      isStored,
    })
    async function values(...names: string[]): Promise<unknown[]> {
      const findings = await store.getMany(keys(...names))
      return findings.map((one) => (one.kind === 'found' ? one.entry.value : one.kind))
    }

    it('are stored, each born at the place of its mark', async () => {
      expect(await store.assertMany([asserted('a', at(0)), asserted('b', at(0))])).toEqual([
        marked(1),
        marked(2),
      ])
      const [, b] = await store.getMany(keys('a', 'b'))
      expect(b).toMatchObject({ kind: 'found', entry: { value: 'new b', birth: at(2) } })
      const { records } = await stage.read({ position: at(1), id: '' })
      expect(records.map(({ mark }) => mark?.act)).toEqual(['set', 'set'])
      expect(await store.assertMany([])).toEqual([])
    })

    it('replace older ones, and end the loads of others', async () => {
      const key = parseCacheKey('a')
      await store.lease(key, { token: 'load', leaseMs: 2000 }, 'none')
      expect(await store.assertMany([asserted('a', at(0))])).toEqual([marked(1)])
      expect(await store.store(entryFixture({ key: 'a' }), 'load')).toBe('refused')
      expect(await store.assertMany([asserted('a', at(1), 'newest')])).toEqual([marked(2)])
      expect(await values('a')).toEqual(['newest'])
    })

    it('are marked and not stored if a mark has come since that may be of a newer one', async () => {
      await store.assertMany([asserted('a', at(0))])
      const late = [asserted('a', at(0), 'old'), asserted('b', at(0))]
      expect(await store.assertMany(late)).toEqual([marked(2, false), marked(3)])
      expect(await values('a', 'b')).toEqual(['absent', 'new b'])
      expect(await store.lease(parseCacheKey('a'), { token: 't', leaseMs: 9 }, 'none')).toEqual({
        kind: 'leased',
      })
      expect(stage.faults).toEqual([])
    })

    it('are marked and not stored if the log is another by now', async () => {
      const elsewhere = { generation: 'before', seq: 0 }
      const mixed = [asserted('a', elsewhere), asserted('b', at(0)), asserted('c', elsewhere)]
      const outcomes = await store.assertMany(mixed)
      expect(outcomes.map((one) => one.kind === 'marked' && one.isStored)).toEqual([
        ...[false, true, false],
      ])
      expect(await values('a', 'b', 'c')).toEqual(['absent', 'new b', 'absent'])
    })

    it('are not touched if they have no form in bytes, and keep nobody else from being stored', async () => {
      await store.assertMany([asserted('a', at(0))])
      const outcomes = await store.assertMany([asserted('a', at(1), () => 1), asserted('b', at(1))])
      expect(outcomes).toEqual([
        { kind: 'fault', error: expect.objectContaining({ code: 'CACHE_VALUE_INVALID' }) },
        marked(2),
      ])
      expect(await values('a', 'b')).toEqual(['new a', 'new b'])
    })

    it('are gone if there is no log, and the outcome says why', async () => {
      await store.assertMany([asserted('a', at(0))])
      await server.ask('DEL', 'cache:{cache:acme}:head')
      expect(await store.assertMany([asserted('a', at(1))])).toMatchObject([
        { kind: 'fault', error: { message: 'Cannot store values: there is no log' } },
      ])
      expect(await values('a')).toEqual(['absent'])
    })

    it('are marked when there is no memory to store them, and older ones are gone', async () => {
      await store.assertMany([asserted('a', at(0))])
      await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      await server.ask('CONFIG', 'SET', 'maxmemory', '1')
      expect(await store.assertMany([asserted('a', at(1))])).toEqual([marked(2, false)])
      expect(await values('a')).toEqual(['absent'])
      expect(stage.faults.map(([, ...rest]) => rest)).toEqual([
        ['marked what it did not store', expect.stringContaining('OOM')],
      ])
    })

    it('go by hundreds', async () => {
      const many = Array.from({ length: 350 }, (_, index) => asserted(`k${index}`, at(0)))
      const outcomes = await store.assertMany(many)
      expect(outcomes.every((one) => one.kind === 'marked' && one.isStored)).toBe(true)
      const seqs = outcomes.map((one) => (one.kind === 'marked' ? one.position.seq : 0))
      expect(seqs.toSorted((x, y) => x - y)).toEqual(many.map((_, index) => index + 1))
      const findings = await store.getMany(many.map(({ entry }) => entry.key))
      expect(findings.map((one) => one.kind === 'found' && one.entry.birth.seq)).toEqual(seqs)
    })

    it('have faults for outcomes within the deadline while nobody answers', async () => {
      server.freeze()
      try {
        expect(await store.assertMany([asserted('a', at(0))])).toMatchObject([
          { kind: 'fault', error: { code: 'CACHE_REPOSITORY_UNAVAILABLE' } },
        ])
      } finally {
        server.thaw()
      }
      await expect.poll(() => stage.transport.status().isReady).toBe(true)
    })
  })
})

describe('assertionGroups()', () => {
  const framed = (at: number, bytes: number, generation = 'g') => ({
    at,
    asserted: asserted(`k${at}`, { generation, seq: 0 }),
    frame: Buffer.alloc(bytes),
    ttlMs: undefined,
  })
  const sizes = (all: ReturnType<typeof framed>[]) =>
    assertionGroups(all).map((group) => group.length)

  it('holds a hundred at most', () => {
    const many = Array.from({ length: 201 }, (_, at) => framed(at, 1))
    expect(sizes(many)).toEqual([100, 100, 1])
  })

  it('holds a megabyte at most, or one that is larger', () => {
    const half = 524_288
    expect(sizes([framed(0, half), framed(1, half), framed(2, 1)])).toEqual([2, 1])
    expect(sizes([framed(0, 1), framed(1, 2_000_000), framed(2, 1)])).toEqual([1, 1, 1])
  })

  it('holds one generation', () => {
    expect(sizes([framed(0, 1), framed(1, 1, 'h'), framed(2, 1)])).toEqual([1, 1, 1])
  })
})

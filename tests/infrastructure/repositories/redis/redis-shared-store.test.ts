import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import type { SharedFinding, SharedStore } from '../../../../src/core/protocols/shared-store.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf, standaloneStage } from '../../redis/transport-stage.ts'
import { keys, SharedStage } from './shared-stage.ts'

const TERMS = { token: 'mine', leaseMs: 2000 }
const OTHER = { token: 'other', leaseMs: 2000 }
const A = parseCacheKey('a')
const B = parseCacheKey('b')
const C = parseCacheKey('c')

describeWithRedis('RedisSharedStore', () => {
  let server: RedisServer
  let one: SharedStage
  let two: SharedStage
  let store: SharedStore
  let generation: string

  beforeAll(async () => {
    server = await startRedisServer()
    one = new SharedStage(standaloneStage(endpointOf(server.port)).transport, 'n1')
    two = new SharedStage(standaloneStage(endpointOf(server.port)).transport, 'n2')
    await one.ready()
    await two.ready()
    store = one.store
  })
  afterAll(async () => {
    await Promise.all([one.close(), two.close()])
    await server.stop()
  })
  beforeEach(async () => {
    await server.ask('CONFIG', 'SET', 'maxmemory', '0')
    await server.ask('FLUSHALL')
    generation = await one.ready()
    one.faults.length = 0
  })

  const entry = (overrides: Parameters<typeof entryFixture>[0] = {}): CacheEntry =>
    entryFixture({ key: 'a', birth: { generation, seq: 0 }, ...overrides })
  const under = (key: string): string => `cache:acme:fixtures:${key}`
  async function put(stored: CacheEntry): Promise<void> {
    await store.lease(stored.key, TERMS, 'any')
    expect(await store.store(stored, TERMS.token)).toBe('stored')
  }
  async function find(from: SharedStore, key = A): Promise<SharedFinding> {
    const [finding] = await from.getMany([key])
    if (finding === undefined) throw new Error('no finding')
    return finding
  }
  async function ttlOf(key: string): Promise<number> {
    return Number(await server.ask('PTTL', under(key)))
  }

  it('finds on one node what another has stored, as it was', async () => {
    const whole = entry({ value: { deep: [1, null] }, slidingTtlMs: undefined, accessCount: 2 })
    await put(whole)
    expect(await find(two.store)).toEqual({
      kind: 'found',
      entry: whole,
      origin: { node: 'primary', logPosition: undefined },
    })
    expect(await find(two.store, B)).toEqual({ kind: 'absent' })
  })

  it('answers one finding per key, in their order, and none to none', async () => {
    await put(entry({ key: 'c', value: 3 }))
    await put(entry({ key: 'a', value: 1 }))
    const findings = await store.getMany([A, B, C, A])
    const values = findings.map((one) => (one.kind === 'found' ? one.entry.value : one.kind))
    expect(values).toEqual([1, 'absent', 3, 1])
    expect(await store.getMany([])).toEqual([])
  })

  it('keeps bytes until the stale window ends, at least a millisecond, or for ever', async () => {
    const nowMs = Date.now()
    await put(entry({ expiresAtMs: nowMs + 10_000, staleUntilMs: nowMs + 60_000 }))
    expect(await ttlOf('a')).toBeGreaterThan(50_000)
    expect(await ttlOf('a')).toBeLessThanOrEqual(60_000)
    await put(entry({ key: 'b' }))
    expect(await ttlOf('b')).toBe(-1)
    await put(entry({ key: 'c', expiresAtMs: nowMs - 10, staleUntilMs: nowMs - 10 }))
    await expect.poll(() => ttlOf('c')).toBe(-2)
  })

  it('gives the lease to one node, tells the other how long it may take, and stores under it alone', async () => {
    expect(await store.lease(A, TERMS, 'none')).toEqual({ kind: 'leased' })
    const held = await two.store.lease(A, OTHER, 'none')
    expect(held.kind === 'held' && held.leftMs > 1000 && held.leftMs <= 2000).toBe(true)
    expect(await two.store.store(entry({ value: 'theirs' }), OTHER.token)).toBe('refused')
    expect(await store.store(entry({ value: 'mine' }), TERMS.token)).toBe('stored')
    expect(await store.store(entry({ value: 'again' }), TERMS.token)).toBe('refused')
    expect(await two.store.lease(A, OTHER, 'none')).toMatchObject({
      kind: 'found',
      entry: { value: 'mine' },
      origin: { node: 'primary', logPosition: { generation, seq: 0 } },
    })
  })

  it('hands out the lease of a value that is rejected, and of no other', async () => {
    const rejected = entry({ birth: { generation, seq: 3 } })
    await put(rejected)
    const later = { ...rejected, createdAtMs: rejected.createdAtMs + 1 }
    const younger = { ...rejected, birth: { generation, seq: 4 } }
    for (const other of [later, younger]) {
      expect(await store.lease(A, TERMS, other)).toMatchObject({ kind: 'found' })
    }
    expect(await store.lease(A, TERMS, rejected)).toEqual({ kind: 'leased' })
    store.release(A, TERMS.token)
    await expect.poll(() => store.lease(A, TERMS, 'any')).toEqual({ kind: 'leased' })
  })

  it('renews a lease and releases it, but nobody else’s', async () => {
    const lease = 'cache:{cache:acme:fixtures:a}'
    await store.lease(A, { token: 'mine', leaseMs: 60_000 }, 'none')
    two.store.release(A, OTHER.token)
    two.store.renew(A, OTHER)
    expect(await two.store.lease(A, OTHER, 'none')).toMatchObject({ kind: 'held' })
    expect(Number(await server.ask('PTTL', lease))).toBeGreaterThan(50_000)
    store.renew(A, { token: 'mine', leaseMs: 1000 })
    await expect.poll(async () => Number(await server.ask('PTTL', lease))).toBeLessThan(1001)
    store.release(A, 'mine')
    await expect.poll(() => server.ask('EXISTS', lease)).toBe(0)
  })

  it('prolongs the life of what is still there as it was read', async () => {
    const short = entry({ expiresAtMs: Date.now() + 10_000 })
    await put(short)
    const longer = { ...short, expiresAtMs: Date.now() + 60_000, staleUntilMs: Date.now() + 60_000 }
    two.store.prolong(longer)
    await expect.poll(() => ttlOf('a')).toBeGreaterThan(50_000)
    expect(await find(store)).toMatchObject({ entry: longer })
    await server.ask('DEL', under('a'))
    store.prolong(longer)
    await put(entry({ key: 'a', value: 'newer', createdAtMs: 7, accessedAtMs: 7 }))
    store.prolong(longer)
    expect(await find(store)).toMatchObject({ entry: { value: 'newer' } })
  })

  it('removes thousands of keys, of which many are not there', async () => {
    await put(entry({ key: 'k7' }))
    await put(entry({ key: 'k1200' }))
    const all = keys(...Array.from({ length: 1300 }, (_, at) => `k${at}`))
    expect(await store.discard(all)).toBe(true)
    expect(await server.ask('EXISTS', under('k7'), under('k1200'))).toBe(0)
    const stats = await server.info('commandstats')
    expect(stats['cmdstat_unlink']).toBeDefined()
    expect(await store.discard([])).toBe(true)
  })

  it.each([
    ['no frame', () => 'not ours'],
    ['an empty text', () => ''],
  ])('counts %s as a miss, says so, and lets it be replaced', async (_, bytes) => {
    await server.ask('SET', under('a'), bytes())
    expect(await find(store)).toEqual({ kind: 'absent' })
    expect(one.faults).toMatchObject([
      ['a', 'counted a miss', expect.stringContaining('Cannot read a: it')],
    ])
    expect(await store.lease(A, TERMS, 'none')).toEqual({ kind: 'leased' })
    expect(await store.store(entry(), TERMS.token)).toBe('stored')
    expect(await find(store)).toMatchObject({ kind: 'found' })
  })

  it('counts another kind of key as a miss, says so, and replaces it', async () => {
    await server.ask('RPUSH', under('a'), 'x')
    expect(await find(store)).toEqual({ kind: 'absent' })
    expect(await store.lease(A, TERMS, 'none')).toEqual({ kind: 'leased' })
    expect(one.faults).toHaveLength(2)
    expect(one.faults[1]?.[2]).toContain('something else than a value lies there')
    expect(await store.store(entry(), TERMS.token)).toBe('stored')
    expect(await find(store)).toMatchObject({ kind: 'found' })
  })

  it('takes no entry that lies under another name, in another namespace or tenant', async () => {
    await put(entry())
    await server.ask('COPY', under('a'), under('b'))
    await server.ask('COPY', under('a'), 'cache:acme:other:a')
    await server.ask('COPY', under('a'), 'cache:evil:fixtures:a')
    expect(await find(store, B)).toEqual({ kind: 'absent' })
    expect(await find(one.open({ namespace: 'other' }))).toEqual({ kind: 'absent' })
    const evil = one.open({ cache: { prefix: 'cache', tenant: 'evil' } })
    expect(await find(evil)).toEqual({ kind: 'absent' })
    expect(one.faults.map(([, , message]) => message)).toEqual([
      ...Array(3).fill(expect.stringContaining('it was written for another key')),
    ])
  })

  it('does not store what has no form in bytes: says so and gives the lease back', async () => {
    await store.lease(A, TERMS, 'none')
    expect(await store.store(entry({ value: () => 1 }), TERMS.token)).toBe('refused')
    expect(one.faults).toMatchObject([['a', 'did not store it', expect.stringContaining('Cannot')]])
    expect(await two.store.lease(A, OTHER, 'none')).toEqual({ kind: 'leased' })
    store.prolong(entry({ value: () => 1 }))
    expect(one.faults[1]).toMatchObject(['a', 'did not prolong its life', expect.anything()])
  })

  it('goes on reading when the server has no memory, and says what it did not store', async () => {
    await put(entry({ key: 'b' }))
    await store.lease(A, TERMS, 'none')
    await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await server.ask('CONFIG', 'SET', 'maxmemory', '1')
    expect(await find(store, B)).toMatchObject({ kind: 'found' })
    expect(await store.store(entry(), TERMS.token)).toBe('refused')
    expect(one.faults[0]).toMatchObject(['a', 'did not store it', expect.stringContaining('OOM')])
    const unleased = await store.lease(C, TERMS, 'none')
    expect(unleased).toMatchObject({
      kind: 'fault',
      error: { code: 'CACHE_REPOSITORY_UNAVAILABLE', message: expect.stringContaining('OOM') },
    })
    expect(await store.discard([B])).toBe(true)
    expect(await find(store, B)).toEqual({ kind: 'absent' })
  })

  it('answers faults within the deadline while the server is frozen, and as before afterwards', async () => {
    await put(entry())
    server.freeze()
    try {
      const findings = await store.getMany([A, B])
      expect(findings).toMatchObject([{ kind: 'fault' }, { kind: 'fault' }])
      expect(await store.lease(A, TERMS, 'none')).toMatchObject({
        kind: 'fault',
        error: { code: 'CACHE_REPOSITORY_UNAVAILABLE' },
      })
      expect(await store.store(entry(), TERMS.token)).toBe('unknown')
      expect(await store.discard([A])).toBe(false)
      await expect(store.list(10, undefined)).rejects.toMatchObject({
        code: 'CACHE_REPOSITORY_UNAVAILABLE',
      })
      store.renew(A, TERMS)
      store.release(A, TERMS.token)
    } finally {
      server.thaw()
    }
    await expect.poll(async () => (await find(store)).kind).toBe('found')
  })
})

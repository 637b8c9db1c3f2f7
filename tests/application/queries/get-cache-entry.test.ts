import { describe, expect, it } from 'vitest'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { backendStage, memoryStage, STAGES } from '../../fakes/cache-stage.ts'

const MISS = {
  state: 'miss',
  value: undefined,
  tier: undefined,
  ageMs: 0,
  ttlMs: 0,
  staleMs: 0,
  tags: [],
  dependsOn: [],
  priority: 'medium',
  sizeBytes: 0,
  createdAtMs: 0,
  expiresAtMs: 0,
  accessCount: 0,
}

describe.each(STAGES)('getCacheEntry over %s', (_, stage) => {
  it('finds a fresh value and counts a hit', async () => {
    const { cache } = stage()
    await cache.set('user:1', 'Ada')
    expect(await cache.get('user:1')).toBe('Ada')
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 0 })
  })

  it('answers undefined for an absent key and counts a miss', async () => {
    const { cache } = stage()
    expect(await cache.get('user:1')).toBeUndefined()
    expect(await cache.stats()).toMatchObject({ hits: 0, misses: 1 })
  })

  it('finds a null, and counts it as a hit', async () => {
    const { cache } = stage()
    await cache.set('user:1', null)
    expect(await cache.get('user:1')).toBeNull()
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 0 })
  })

  it('finds a value in the last millisecond of its TTL, and none at its end', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', { ttl: 1000 })
    await time.advance(999)
    expect(await cache.get('user:1')).toBe('Ada')
    await time.advance(1)
    expect(await cache.get('user:1')).toBeUndefined()
  })

  it('takes a stale value for a miss', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', { ttl: 1000, staleIfError: '1h' })
    await time.advance(1000)
    expect(await cache.get('user:1')).toBeUndefined()
    expect(await cache.stats()).toMatchObject({ hits: 0, staleHits: 0, misses: 1 })
  })

  it('makes a sliding entry live on, but not past its TTL', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', { ttl: 2500, slidingTtl: 1000 })
    for (let read = 0; read < 2; read += 1) {
      await time.advance(999)
      expect(await cache.get('user:1')).toBe('Ada')
    }
    await time.advance(501)
    expect(await cache.get('user:1')).toBe('Ada')
    await time.advance(1)
    expect(await cache.get('user:1')).toBeUndefined()
  })

  it('lets a sliding entry that nobody reads go', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', { ttl: '1h', slidingTtl: 1000 })
    await time.advance(1000)
    expect(await cache.get('user:1')).toBeUndefined()
  })
})

describe.each(STAGES)('lookUpCacheEntry over %s', (name, stage) => {
  it('tells all that is known of a fresh entry', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', {
      ttl: 1000,
      staleIfError: 500,
      tags: ['org:7'],
      dependsOn: ['team:9'],
      priority: 'high',
    })
    await time.advance(400)
    const lookup = await cache.lookup('user:1')
    expect(lookup).toMatchObject({
      state: 'fresh',
      value: 'Ada',
      tier: name === 'memory' ? 'memory' : 'repository',
      ageMs: 400,
      ttlMs: 600,
      staleMs: 1100,
      tags: ['org:7'],
      dependsOn: ['team:9'],
      priority: 'high',
      createdAtMs: FAKE_START_MS,
      expiresAtMs: FAKE_START_MS + 1000,
    })
    expect(lookup.sizeBytes).toBeGreaterThan(0)
    expect(await cache.stats()).toMatchObject({ hits: 1, staleHits: 0, misses: 0 })
  })

  it('is fresh in the last millisecond of the TTL, then stale, and a miss at the end of that', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', { ttl: 1000, staleIfError: 500 })
    await time.advance(999)
    expect(await cache.lookup('user:1')).toMatchObject({ state: 'fresh', ttlMs: 1, staleMs: 501 })
    await time.advance(1)
    expect(await cache.lookup('user:1')).toMatchObject({ state: 'stale', ttlMs: 0, staleMs: 500 })
    await time.advance(499)
    expect(await cache.lookup('user:1')).toMatchObject({ state: 'stale', value: 'Ada', staleMs: 1 })
    await time.advance(1)
    expect(await cache.lookup('user:1')).toEqual(MISS)
    expect(await cache.stats()).toMatchObject({ hits: 1, staleHits: 2, misses: 1 })
  })

  it('answers neutral fields on a miss', async () => {
    const { cache } = stage()
    expect(await cache.lookup('user:1')).toEqual(MISS)
    expect(await cache.stats()).toMatchObject({ hits: 0, misses: 1 })
  })

  it('has infinite spans for an entry that never expires', async () => {
    const { cache } = stage()
    await cache.set('user:1', 'Ada', { ttl: 'never' })
    expect(await cache.lookup('user:1')).toMatchObject({
      state: 'fresh',
      ttlMs: Number.POSITIVE_INFINITY,
      staleMs: Number.POSITIVE_INFINITY,
      expiresAtMs: Number.POSITIVE_INFINITY,
    })
  })

  it('is stale after a soft invalidation', async () => {
    const { cache } = stage()
    await cache.set('user:1', 'Ada', { ttl: 1000, staleIfError: 500 })
    await cache.invalidate('user:1', { soft: true })
    expect(await cache.lookup('user:1')).toMatchObject({ state: 'stale', value: 'Ada', ttlMs: 0 })
  })

  it('makes a sliding entry live on while it is fresh, and not once it is stale', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', { ttl: '1h', slidingTtl: 1000, staleIfError: 5000 })
    await time.advance(999)
    await cache.lookup('user:1')
    await time.advance(999)
    expect((await cache.lookup('user:1')).state).toBe('fresh')
    await time.advance(1000)
    expect((await cache.lookup('user:1')).state).toBe('stale')
    expect((await cache.lookup('user:1')).state).toBe('stale')
  })

  it('has no negative age when the wall clock went back', async () => {
    let offsetMs = 0
    const { time } = stage()
    const { clock } = time
    const turned = { nowMs: () => clock.nowMs() + offsetMs, monotonicMs: () => clock.monotonicMs() }
    const { cache } = stage({ clock: turned })
    await cache.set('user:1', 'Ada', { ttl: '1h' })
    offsetMs = -5000
    expect((await cache.lookup('user:1')).ageMs).toBe(0)
  })
})

describe('lookUpCacheEntry', () => {
  it('counts accesses of an entry in memory', async () => {
    const { cache } = memoryStage()
    await cache.set('user:1', 'Ada')
    const before = (await cache.lookup('user:1')).accessCount
    await cache.get('user:1')
    expect((await cache.lookup('user:1')).accessCount).toBeGreaterThan(before)
  })

  it('answers a miss when the backend fails', async () => {
    const { cache, backend } = backendStage()
    await cache.set('user:1', 'Ada')
    backend.behave = () => 'reject'
    expect(await cache.lookup('user:1')).toEqual(MISS)
    expect(await cache.get('user:1')).toBeUndefined()
  })
})

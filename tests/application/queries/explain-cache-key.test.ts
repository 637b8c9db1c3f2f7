import { describe, expect, it } from 'vitest'
import type { Explanation } from '../../../src/application/queries/explain-cache-key.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { backendStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

const UNKNOWN: Explanation = {
  namespace: 'default',
  key: parseCacheKey('user:1'),
  state: 'absent',
  summary: 'It is not held, and nothing is known of it: it was never stored, or too long ago.',
  entry: null,
  lastRemoval: null,
  isLoading: false,
  nextRead: 'call the factory',
}

const fail = (): never => {
  throw new Error('database away')
}

describe.each(STAGES)('explainCacheKey over %s', (_, stage) => {
  it('knows nothing of a key that was never stored', async () => {
    expect(await stage().cache.explain('user:1')).toEqual(UNKNOWN)
  })

  it('tells all of what is held but its value, in JSON values', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'a secret', {
      ttl: 1000,
      staleIfError: 500,
      tags: ['org:7'],
      dependsOn: ['team:9'],
      priority: 'high',
    })
    await time.advance(400)
    const explanation = await cache.explain('user:1')
    expect(explanation).toEqual({
      ...UNKNOWN,
      state: 'fresh',
      summary: 'It is held, and fresh for another 600ms.',
      entry: {
        freshUntilMs: FAKE_START_MS + 1000,
        staleUntilMs: FAKE_START_MS + 1500,
        ageMs: 400,
        birth: expect.stringMatching(/^token-\d+-1$/),
        priority: 'high',
        tags: ['org:7'],
        dependsOn: ['team:9'],
        sizeBytes: expect.any(Number),
        accessCount: expect.any(Number),
        isSoftInvalidated: false,
      },
      nextRead: 'hit',
    })
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation)
    expect(JSON.stringify(explanation)).not.toContain('secret')
  })

  it('has null for the end of what never expires', async () => {
    const { cache } = stage()
    await cache.set('user:1', 1, { ttl: 'never' })
    expect(await cache.explain('user:1')).toMatchObject({
      state: 'fresh',
      summary: 'It is held, and fresh until it is invalidated.',
      entry: { freshUntilMs: null, staleUntilMs: null },
    })
  })

  it('turns from fresh to stale at the end of the TTL, and to absent at the end of the stale time', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 1, { ttl: 1000, staleIfError: 500 })
    await time.advance(999)
    expect(await cache.explain('user:1')).toMatchObject({ state: 'fresh', nextRead: 'hit' })
    await time.advance(1)
    expect(await cache.explain('user:1')).toMatchObject({
      state: 'stale',
      summary: 'It is held but stale: its time was over 0ms ago.',
      nextRead: 'call the factory',
    })
    await time.advance(499)
    expect(await cache.explain('user:1')).toMatchObject({
      state: 'stale',
      summary: 'It is held but stale: its time was over 499ms ago.',
    })
    await time.advance(1)
    expect(await cache.explain('user:1')).toMatchObject({ state: 'absent', entry: null })
  })

  it('counts as no hit, no miss and no use', async () => {
    const { cache, events } = stage()
    await cache.set('user:1', 1)
    events.length = 0
    const before = await cache.explain('user:1')
    await cache.explain('user:2')
    expect(await cache.explain('user:1')).toEqual(before)
    expect(await cache.stats()).toMatchObject({ hits: 0, staleHits: 0, misses: 0 })
    expect(events).toEqual([])
  })

  it('refuses a bad key', async () => {
    await expect(stage().cache.explain('')).rejects.toMatchObject({ code: 'CACHE_KEY_INVALID' })
  })
})

describe.each(STAGES)('what the next read would do, over %s', (_, stage) => {
  it('refresh behind a stale answer, to the end of the window that the namespace allows', async () => {
    const { cache, time } = stage()
    const users = cache.namespace('users', {
      ttl: 1000,
      staleWhileRevalidate: 500,
      staleIfError: '1h',
    })
    await users.set('user:1', 1)
    await time.advance(999)
    expect((await users.explain('user:1')).nextRead).toBe('hit')
    await time.advance(1)
    expect((await users.explain('user:1')).nextRead).toBe('refresh behind a stale answer')
    await time.advance(499)
    expect((await users.explain('user:1')).nextRead).toBe('refresh behind a stale answer')
    await time.advance(1)
    expect((await users.explain('user:1')).nextRead).toBe('call the factory')
  })

  it('never a stale answer for a value that was invalidated softly', async () => {
    const users = stage().cache.namespace('users', {
      staleWhileRevalidate: '1h',
      staleIfError: '1h',
    })
    await users.set('user:1', 1)
    await users.invalidate('user:1', { soft: true })
    expect((await users.explain('user:1')).nextRead).toBe('call the factory')
  })

  it('join the load that runs, while it runs', async () => {
    const { cache, time } = stage()
    const load = deferred<number>()
    const loading = cache.getOrSet('user:1', () => load.promise)
    await settle(time)
    expect(await cache.explain('user:1')).toMatchObject({
      isLoading: true,
      nextRead: 'join the running load',
    })
    load.resolve(1)
    await loading
    await settle(time)
    expect(await cache.explain('user:1')).toMatchObject({ isLoading: false, nextRead: 'hit' })
  })

  it('hit, when a fresh value is held while a load runs', async () => {
    const { cache, time } = stage()
    const users = cache.namespace<number>('users', { ttl: 1000, refreshAhead: 0.5 })
    await users.set('user:1', 1)
    await time.advance(500)
    const load = deferred<number>()
    await users.getOrSet('user:1', () => load.promise)
    await settle(time)
    expect(await users.explain('user:1')).toMatchObject({ isLoading: true, nextRead: 'hit' })
    load.resolve(2)
  })

  it('repeat the last error, as long as errorTtl says', async () => {
    const { cache, time } = stage()
    await outcome(cache.getOrSet('user:1', fail, { errorTtl: 1000 }))
    await time.advance(999)
    expect((await cache.explain('user:1')).nextRead).toBe('repeat the last error')
    await time.advance(1)
    expect((await cache.explain('user:1')).nextRead).toBe('call the factory')
  })
})

describe('explainCacheKey over a backend that fails', () => {
  it('takes the key for absent', async () => {
    const { cache, backend } = backendStage()
    await cache.set('user:1', 1)
    backend.behave = () => 'reject'
    expect(await cache.explain('user:1')).toMatchObject({ state: 'absent', entry: null })
  })
})

import { describe, expect, it } from 'vitest'
import { backendStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { SlowDistributor } from '../../fakes/slow-distributor.ts'

const STALE = { ttl: 100, staleWhileRevalidate: '1h', staleIfError: '1h' } as const

describe.each(STAGES)('monotonic reads, over %s', (_, stage) => {
  it('who saw a newer value that could not be kept never sees the older one again', async () => {
    const { cache, time } = stage()
    const clones = cache.namespace('clones', { isolation: 'clone', ...STALE })
    await clones.set('key', 'old')
    await time.advance(100)
    const newer = { act: () => 'new' }
    expect(await clones.getOrSet('key', () => newer, { staleWhileRevalidate: 0 })).toBe(newer)
    await settle(time)
    expect((await clones.lookup('key')).state).toBe('miss')
    const failing = () => Promise.reject(new Error('down'))
    await expect(clones.getOrSet('key', failing)).rejects.toThrow('down')
  })

  it('a refresh that brings nothing to keep leaves the old value, which nobody saw replaced', async () => {
    const { cache, time } = stage()
    const clones = cache.namespace('clones', { isolation: 'clone', ...STALE })
    await clones.set('key', 'old')
    await time.advance(100)
    expect(await clones.getOrSet('key', () => ({ act: () => 'new' }))).toBe('old')
    await settle(time)
    expect(await clones.lookup('key')).toMatchObject({ state: 'stale', value: 'old' })
  })
})

describe('monotonic reads across an outage of the backend', () => {
  it('a newer value that it did not take ends the older one that it still holds', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 'old', { ttl: '1h' })
    backend.behave = () => 'reject'
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
    backend.behave = () => 'now'
    await settle(time)
    expect(backend.entries().get('key' as never)?.value).toBe('old')
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'newest')).toBe('newest')
    expect(await cache.get('key')).toBe('newest')
  })

  it('those who wait for such a load all get its value, by one call of the factory', async () => {
    const { cache, time, backend } = backendStage()
    backend.behave = () => 'hang'
    let calls = 0
    const factory = () => {
      calls += 1
      return 'new'
    }
    const first = cache.getOrSet('key', factory)
    await settle(time)
    await cache.invalidate('unrelated')
    const second = cache.getOrSet('key', factory)
    await time.advance(500)
    expect(await Promise.all([first, second])).toEqual(['new', 'new'])
    expect(calls).toBe(1)
  })

  it('the log refusing to end the older one is reported, and the caller has its value', async () => {
    const distributor = new SlowDistributor()
    const { cache, time, backend, events } = backendStage({ distributor })
    backend.behave = () => 'reject'
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
    distributor.appends[0]?.answer.reject(new Error('log full'))
    await settle(time)
    expect(events).toContainEqual(
      expect.objectContaining({
        part: 'log',
        did: 'left an older value in the backend',
        key: 'key',
        error: expect.objectContaining({ code: 'CACHE_REPOSITORY_UNAVAILABLE' }),
      }),
    )
  })
})

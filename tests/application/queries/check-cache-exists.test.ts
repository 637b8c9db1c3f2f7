import { describe, expect, it } from 'vitest'
import { backendStage, STAGES } from '../../fakes/cache-stage.ts'

describe.each(STAGES)('checkCacheExists over %s', (_, stage) => {
  it('is true for a fresh value, and false for a key that was never stored', async () => {
    const { cache } = stage()
    await cache.set('user:1', 'Ada')
    expect(await cache.has('user:1')).toBe(true)
    expect(await cache.has('user:2')).toBe(false)
  })

  it('is true for a null, and for an undefined that a load remembers', async () => {
    const { cache } = stage()
    await cache.set('null', null)
    await cache.getOrSet('absent', () => undefined, { negativeTtl: '1m' })
    expect(await cache.has('null')).toBe(true)
    expect(await cache.has('absent')).toBe(true)
  })

  it('is true up to the last millisecond of the TTL, and false at its end', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', { ttl: 1000 })
    await time.advance(999)
    expect(await cache.has('user:1')).toBe(true)
    await time.advance(1)
    expect(await cache.has('user:1')).toBe(false)
  })

  it('is false for a stale value, even one that could stand in for an error', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 'Ada', { ttl: 1000, staleIfError: '1h' })
    await time.advance(1000)
    expect((await cache.lookup('user:1')).state).toBe('stale')
    expect(await cache.has('user:1')).toBe(false)
  })

  it('is false after an invalidation, hard or soft', async () => {
    const { cache } = stage()
    await cache.set('hard', 1)
    await cache.set('soft', 2, { staleIfError: '1h' })
    await cache.invalidate('hard')
    await cache.invalidate('soft', { soft: true })
    expect(await cache.has('hard')).toBe(false)
    expect(await cache.has('soft')).toBe(false)
  })

  it('counts as no hit and no miss', async () => {
    const { cache, events } = stage()
    await cache.set('user:1', 'Ada')
    events.length = 0
    await cache.has('user:1')
    await cache.has('user:2')
    expect(await cache.stats()).toMatchObject({ hits: 0, staleHits: 0, misses: 0 })
    expect(events).toEqual([])
  })
})

describe('checkCacheExists over a backend that fails', () => {
  it.each(['throw', 'reject'] as const)('is false when the backend answers by %s', async (how) => {
    const { cache, backend } = backendStage()
    await cache.set('user:1', 'Ada')
    backend.behave = () => how
    expect(await cache.has('user:1')).toBe(false)
    backend.behave = () => 'now'
  })
})

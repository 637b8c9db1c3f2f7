import { describe, expect, it } from 'vitest'
import { backendStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { outcome } from '../../fakes/outcome.ts'

describe.each(STAGES)('touch, over %s', (_, stage) => {
  it('of a fresh entry gives it a whole TTL, counted from now; its value stays', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'value', { ttl: 100 })
    await time.advance(99)
    expect(await cache.touch('key', { ttl: 100 })).toBe(true)
    expect(await cache.lookup('key')).toMatchObject({ value: 'value', ttlMs: 100, ageMs: 99 })
    await time.advance(99)
    expect(await cache.get('key')).toBe('value')
    await time.advance(1)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('without an option uses the TTL of the namespace', async () => {
    const { cache, time } = stage()
    const space = cache.namespace('short', { ttl: 500 })
    await space.set('key', 'value', { ttl: 100 })
    await time.advance(50)
    await space.touch('key')
    expect(await space.lookup('key')).toMatchObject({ ttlMs: 500 })
  })

  it('may shorten a life, and is never shortened by chance', async () => {
    const { cache } = stage({ random: { next: () => 0.99, token: () => 'token' } })
    await cache.set('key', 'value', { ttl: '1h' })
    await cache.touch('key', { ttl: 1000 })
    expect(await cache.lookup('key')).toMatchObject({ ttlMs: 1000 })
  })

  it('with never gives it a life without end', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'value', { ttl: 100 })
    await cache.touch('key', { ttl: 'never' })
    await time.advance(1_000_000)
    expect(await cache.get('key')).toBe('value')
  })

  it('asks a function of the value for the TTL', async () => {
    const { cache } = stage()
    await cache.set('key', 700, { ttl: 100 })
    await cache.touch('key', { ttl: (value: unknown) => Number(value) })
    expect(await cache.lookup('key')).toMatchObject({ ttlMs: 700 })
  })

  it('keeps the stale window behind the new end, and the tags', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'value', { ttl: 100, staleIfError: 1000, tags: ['org:7'] })
    await time.advance(50)
    await cache.touch('key', { ttl: 200 })
    expect(await cache.lookup('key')).toMatchObject({ ttlMs: 200, staleMs: 1200, tags: ['org:7'] })
    await cache.invalidate({ tag: 'org:7' })
    expect(await cache.lookup('key')).toMatchObject({ state: 'miss' })
  })

  it('of a stale entry answers false and changes nothing', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'value', { ttl: 100, staleIfError: 1000 })
    await time.advance(100)
    expect(await cache.touch('key')).toBe(false)
    expect(await cache.lookup('key')).toMatchObject({ state: 'stale', staleMs: 1000 })
  })

  it('of an absent, a deleted or an invalidated entry answers false', async () => {
    const { cache } = stage()
    expect(await cache.touch('key')).toBe(false)
    await cache.set('key', 'value')
    await cache.delete('key')
    expect(await cache.touch('key')).toBe(false)
    await cache.set('key', 'value')
    await cache.invalidate('key', { soft: true })
    expect(await cache.touch('key')).toBe(false)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('with a TTL of zero answers false and leaves the entry as it was', async () => {
    const { cache } = stage()
    await cache.set('key', 'value', { ttl: 100 })
    expect(await cache.touch('key', { ttl: 0 })).toBe(false)
    expect(await cache.lookup('key')).toMatchObject({ state: 'fresh', ttlMs: 100 })
  })

  it('with a wrong TTL is refused', async () => {
    const { cache } = stage()
    await cache.set('key', 'value')
    expect(await outcome(cache.touch('key', { ttl: -1 }))).toMatchObject({
      code: 'CACHE_TTL_INVALID',
    })
  })
})

describe('touch over a backend', () => {
  it('writes nothing if a mark came while the entry was read', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 'value')
    backend.behave = ({ verb }) => (verb === 'get' ? 'hold' : 'now')
    const touching = cache.touch('key')
    await settle(time)
    // Of another key: whether it reaches this one is not asked, so that a touch stays one write.
    await cache.invalidate('other')
    await backend.take('get', 'key').answer()
    expect(await touching).toBe(false)
    expect(backend.count('set')).toBe(1)
  })

  it('writes the entry once, with its birth', async () => {
    const { cache, backend } = backendStage()
    await cache.set('key', 'value')
    const [before] = [...backend.entries().values()]
    expect(await cache.touch('key', { ttl: '1h' })).toBe(true)
    const [after] = [...backend.entries().values()]
    expect(backend.count('set')).toBe(2)
    expect(after).toMatchObject({ birth: before?.birth, createdAtMs: before?.createdAtMs })
    expect(after?.expiresAtMs).toBe((before?.createdAtMs ?? 0) + 3_600_000)
  })

  it('answers false if the write fails', async () => {
    const { cache, backend } = backendStage()
    await cache.set('key', 'value')
    backend.behave = ({ verb }) => (verb === 'set' ? 'reject' : 'now')
    expect(await cache.touch('key')).toBe(false)
    expect(await cache.get('key')).toBe('value')
  })
})

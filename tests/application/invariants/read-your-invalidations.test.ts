import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { addDependencies, MEMBER, REACHED, SPARED, TARGETS } from '../../fakes/scopes.ts'

const WINDOWS = { ...MEMBER, staleIfError: '1h', staleWhileRevalidate: '1h' } as const

describe.each(STAGES)('read your invalidations, over %s', (_, stage) => {
  async function filled() {
    const staged = stage()
    addDependencies(staged.cache)
    await staged.cache.set(REACHED, 'old', WINDOWS)
    await staged.cache.set(SPARED, 'spared')
    return staged
  }

  describe.each(TARGETS)('by %s', (_name, target) => {
    it('no read that starts later answers the old value', async () => {
      const { cache } = await filled()
      await cache.invalidate(target)
      expect(cache.peek(REACHED)).toBeUndefined()
      expect(await cache.get(REACHED)).toBeUndefined()
      expect(await cache.has(REACHED)).toBe(false)
      expect((await cache.lookup(REACHED)).state).toBe('miss')
      expect((await cache.getMany([REACHED, SPARED])).get(REACHED)).toBeUndefined()
      expect(await cache.getOrSet(REACHED, () => 'new', WINDOWS)).toBe('new')
      expect(await cache.get(REACHED)).toBe('new')
    })

    it('nor after the sweep behind it', async () => {
      const { cache, time } = await filled()
      await cache.invalidate(target)
      await time.advance(120_000)
      expect(await cache.get(REACHED)).toBeUndefined()
      expect((await cache.lookup(REACHED)).state).toBe('miss')
    })

    it('and other keys keep their values', async () => {
      const { cache, time } = await filled()
      await cache.invalidate(target)
      await settle(time)
      expect(await cache.get(SPARED)).toBe('spared')
    })

    it('a value stored after it is held, also after the sweep', async () => {
      const { cache, time } = await filled()
      await cache.invalidate(target)
      await cache.set(REACHED, 'new', MEMBER)
      await time.advance(60_000)
      expect(await cache.get(REACHED)).toBe('new')
    })

    it('softly: no read answers it as fresh, nor stale without a failure', async () => {
      const { cache, time } = await filled()
      await cache.invalidate(target, { soft: true })
      expect(cache.peek(REACHED)).toBeUndefined()
      expect(await cache.get(REACHED)).toBeUndefined()
      expect(await cache.has(REACHED)).toBe(false)
      await time.advance(61_000)
      expect(await cache.lookup(REACHED)).toMatchObject({ state: 'stale', value: 'old' })
      const failing = () => Promise.reject(new Error('down'))
      expect(await cache.getOrSet(REACHED, failing, WINDOWS)).toBe('old')
      expect(await cache.getOrSet(REACHED, () => 'new', WINDOWS)).toBe('new')
      expect(await cache.get(REACHED)).toBe('new')
    })

    it('a hard one after a soft one takes the value away for good', async () => {
      const { cache, time } = await filled()
      await cache.invalidate(target, { soft: true })
      await cache.invalidate(target)
      await settle(time)
      expect((await cache.lookup(REACHED)).state).toBe('miss')
    })

    it('a soft one after a hard one brings nothing back', async () => {
      const { cache, time } = await filled()
      await cache.invalidate(target)
      await cache.invalidate(target, { soft: true })
      await settle(time)
      expect((await cache.lookup(REACHED)).state).toBe('miss')
    })

    it('is true: the position is in the log, and propagated', async () => {
      const { cache } = await filled()
      const { position, propagated } = await cache.invalidate(target, { reason: 'why' })
      expect(propagated).toBe(true)
      const [newest] = await cache.invalidations(1)
      expect(newest).toMatchObject({ position, mark: { reason: 'why', act: 'invalidate' } })
    })
  })

  it('by flush(), which reaches all keys of the namespace and no other', async () => {
    const { cache, time } = await filled()
    const other = cache.namespace('other')
    await other.set(REACHED, 'of other')
    await cache.flush()
    expect(await cache.get(REACHED)).toBeUndefined()
    expect(await cache.get(SPARED)).toBeUndefined()
    expect((await cache.lookup(REACHED)).state).toBe('miss')
    await time.advance(120_000)
    expect(await cache.get(SPARED)).toBeUndefined()
    expect(await other.get(REACHED)).toBe('of other')
  })

  it('by a dependency in all namespaces, by everything else in its own', async () => {
    const { cache } = await filled()
    const other = cache.namespace('other')
    await other.set(REACHED, 'of other', MEMBER)
    await cache.invalidate({ tag: 'org:7' })
    expect(await other.get(REACHED)).toBe('of other')
    await cache.invalidate({ dependency: 'team:9' })
    expect(await other.get(REACHED)).toBeUndefined()
  })

  it('by delete(), which says whether there was something', async () => {
    const { cache } = await filled()
    expect(await cache.delete(REACHED)).toBe(true)
    expect((await cache.lookup(REACHED)).state).toBe('miss')
    expect(await cache.delete(REACHED)).toBe(false)
  })

  it('by 1000 invalidations in one turn', async () => {
    const { cache } = await filled()
    const keys = Array.from({ length: 1000 }, (_unused, at) => `many:${at}`)
    await cache.setMany(keys.map((key) => ({ key, value: key })))
    await Promise.all(keys.map((key) => cache.invalidate(key)))
    expect((await cache.getMany(keys)).size).toBe(0)
  })
})

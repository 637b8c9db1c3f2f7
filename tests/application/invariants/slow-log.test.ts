import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { outcome } from '../../fakes/outcome.ts'
import { SlowDistributor } from '../../fakes/slow-distributor.ts'

describe.each(STAGES)('a log that takes its time, over %s', (_, stage) => {
  async function slow() {
    const distributor = new SlowDistributor()
    distributor.isFast = true
    const staged = stage({ distributor })
    await staged.cache.set('key', 'old', { tags: ['t'] })
    distributor.isFast = false
    return { ...staged, distributor }
  }

  it('a set is stored once the log has answered', async () => {
    const { cache, time, distributor } = await slow()
    const set = cache.set('key', 'new')
    await settle(time)
    distributor.appends[0]?.answer.resolve()
    expect(await set).toBe(true)
    expect(await cache.get('key')).toBe('new')
  })

  it.each([
    ['its key', 'key'],
    ['its tag', { tag: 't' }],
    ['a pattern', 'k*'],
  ] as const)(
    'a set that an invalidation of %s overtook, before the log answered it, is not stored',
    async (_name, target) => {
      const { cache, time, distributor } = await slow()
      const set = cache.set('key', 'overtaken', { tags: ['t'] })
      await settle(time)
      distributor.appends[0]?.take()
      const invalidated = cache.invalidate(target)
      await settle(time)
      distributor.appends[1]?.answer.resolve()
      expect((await invalidated).position?.seq).toBe(3)
      distributor.appends[0]?.answer.resolve()
      expect(await set).toBe(false)
      expect(await cache.get('key')).toBeUndefined()
      expect((await cache.explain('key')).state).toBe('absent')
    },
  )

  it('of two sets the one that the log took last is held', async () => {
    const { cache, time, distributor } = await slow()
    const sets = [cache.set('key', 'first'), cache.set('key', 'second')]
    await settle(time)
    const [first, second] = distributor.appends
    second?.take()
    first?.take()
    second?.answer.resolve()
    first?.answer.resolve()
    expect(await Promise.all(sets)).toEqual([true, false])
    expect(await cache.get('key')).toBe('first')
  })

  it('a set whose mark is lost rejects, and the older value stays', async () => {
    const { cache, time, distributor } = await slow()
    const set = outcome(cache.set('key', 'new'))
    await settle(time)
    distributor.appends[0]?.answer.reject(new Error('lost'))
    expect(await set).toMatchObject({ code: 'CACHE_REPOSITORY_UNAVAILABLE' })
    expect(await cache.get('key')).toBe('old')
  })

  it('a set that rejects though the log took its mark leaves no older value', async () => {
    const { cache, time, distributor } = await slow()
    const set = outcome(cache.set('key', 'new'))
    await settle(time)
    distributor.appends[0]?.take()
    distributor.appends[0]?.answer.reject(new Error('no answer'))
    expect(await set).toMatchObject({ code: 'CACHE_REPOSITORY_UNAVAILABLE' })
    expect(await cache.get('key')).toBeUndefined()
  })

  it('a load that runs meanwhile is overtaken when the mark arrives', async () => {
    const { cache, time, distributor } = await slow()
    await settle(time)
    const load = cache.getOrSet('other', async () => {
      const invalidated = cache.invalidate('other')
      await settle(time)
      distributor.appends[0]?.answer.resolve()
      await invalidated
      return 'old'
    })
    expect(await load).toBe('old')
    expect(await cache.has('other')).toBe(false)
  })

  it('invalidate() claims nothing before the log has answered', async () => {
    const { cache, time, distributor } = await slow()
    let result: unknown
    const invalidated = outcome(cache.invalidate('key')).then((end) => {
      result = end
    })
    await settle(time)
    expect(result).toBeUndefined()
    distributor.appends[0]?.answer.reject(new Error('no answer'))
    await invalidated
    expect(result).toMatchObject({ code: 'CACHE_REPOSITORY_UNAVAILABLE' })
  })
})

import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'

describe.each(STAGES)('flushNamespace(), over %s', (_, stage) => {
  it('costs one mark, however much is held, and says where it stands', async () => {
    const { cache } = stage()
    await cache.setMany(
      Array.from({ length: 500 }, (_unused, at) => ({ key: `k${at}`, value: at })),
    )
    const { position, propagated } = await cache.flush({ reason: 'why', origin: 'admin' })
    expect(propagated).toBe(true)
    expect((await cache.invalidations(99)).map(({ mark }) => mark.act)).toEqual(['flush'])
    expect(await cache.invalidations(1)).toMatchObject([
      { position, mark: { scope: { kind: 'namespace' }, reason: 'why', origin: 'admin' } },
    ])
  })

  it('lets the bytes go, and leaves no mark in the way of what comes after', async () => {
    const { cache, time } = stage()
    await cache.setMany(
      Array.from({ length: 500 }, (_unused, at) => ({ key: `k${at}`, value: at })),
    )
    await cache.flush()
    await settle(time)
    expect((await cache.stats()).entries).toBe(0)
    await cache.set('k1', 'new')
    await time.advance(61_000)
    expect(await cache.get('k1')).toBe('new')
  })

  it('counts one invalidation', async () => {
    const { cache } = stage()
    await cache.flush()
    expect((await cache.stats()).invalidations).toBe(1)
  })
})

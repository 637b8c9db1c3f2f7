import { describe, expect, it } from 'vitest'
import { STAGES } from '../../fakes/cache-stage.ts'

describe.each(STAGES)('getCacheValues over %s', (_, stage) => {
  it('finds the fresh values of those keys that have one, in the order of the keys', async () => {
    const { cache } = stage()
    await cache.set('b', 2)
    await cache.set('a', 1)
    await cache.set('null', null)
    const values = await cache.getMany(['null', 'none', 'a', 'b'])
    expect([...values]).toEqual([
      ['null', null],
      ['a', 1],
      ['b', 2],
    ])
  })

  it('counts a hit or a miss for each key', async () => {
    const { cache } = stage()
    await cache.set('a', 1)
    await cache.set('b', 2)
    await cache.getMany(['a', 'b', 'none'])
    expect(await cache.stats()).toMatchObject({ hits: 2, misses: 1 })
  })

  it('answers no keys with nothing', async () => {
    const { cache } = stage()
    expect([...(await cache.getMany([]))]).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { type Deferred, deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

describe.each(STAGES)('each namespace can bound its running factories, over %s', (_, stage) => {
  const limits = { maxConcurrentLoads: 2, maxQueuedLoads: 2 }

  function loads(count: number) {
    const { cache, time } = stage({ defaults: limits })
    const begun: number[] = []
    const ends: Deferred<number>[] = []
    const results = Array.from({ length: count }, (_, at) => {
      const end = deferred<number>()
      ends.push(end)
      return outcome(
        cache.getOrSet(`key:${at}`, () => {
          begun.push(at)
          return end.promise
        }),
      )
    })
    return { cache, time, begun, ends, results }
  }

  it('as many as allowed run, the next wait in order', async () => {
    const { cache, time, begun, ends, results } = loads(4)
    await settle(time)
    expect(begun).toEqual([0, 1])
    expect(await cache.stats()).toMatchObject({ activeLoads: 4, queuedLoads: 2 })
    ends[1]?.resolve(1)
    await settle(time)
    expect(begun).toEqual([0, 1, 2])
    for (const end of ends) end.resolve(0)
    await settle(time)
    expect(begun).toEqual([0, 1, 2, 3])
    expect(await Promise.all(results)).toEqual([0, 1, 0, 0])
  })

  it('one more than may wait is refused at once, and the others are left alone', async () => {
    const { time, begun, ends, results } = loads(5)
    expect(await results[4]).toMatchObject({ code: 'CACHE_LOAD_REJECTED' })
    for (const end of ends) end.resolve(7)
    await settle(time)
    expect(begun).toEqual([0, 1, 2, 3])
    expect(await Promise.all(results.slice(0, 4))).toEqual([7, 7, 7, 7])
  })

  it('a refused load is answered with the stale value where staleIfError covers it', async () => {
    const { cache, time } = stage({
      defaults: { ...limits, maxConcurrentLoads: 1, maxQueuedLoads: 1 },
    })
    const stale = { ttl: 10, staleIfError: '1h' } as const
    await cache.set('key', 'old', stale)
    await time.advance(10)
    const hung = ['a', 'b'].map((key) => outcome(cache.getOrSet(key, () => new Promise(() => 0))))
    await settle(time)
    expect(await cache.getOrSet('key', () => 'new', stale)).toBe('old')
    await cache.close()
    await Promise.all(hung)
  })

  it('a failed load gives its place to the next', async () => {
    const { time, begun, ends, results } = loads(3)
    await settle(time)
    ends[0]?.reject(new Error('failed'))
    await settle(time)
    expect(begun).toEqual([0, 1, 2])
    for (const end of ends) end.resolve(0)
    expect(await results[0]).toBeInstanceOf(Error)
  })

  it('another namespace is not held up', async () => {
    const { cache, time } = loads(4)
    await settle(time)
    expect(await cache.namespace('other').getOrSet('key', () => 'value')).toBe('value')
  })

  it('a hit needs no place', async () => {
    const { cache, time } = loads(4)
    await cache.set('held', 'value')
    await settle(time)
    expect(await cache.getOrSet('held', () => 'not called')).toBe('value')
  })

  it('a higher limit, set at run time, lets those start who wait', async () => {
    const { cache, time, begun } = loads(4)
    await settle(time)
    cache.configureNamespace('default', { maxConcurrentLoads: 3 })
    await settle(time)
    expect(begun).toEqual([0, 1, 2])
  })
})

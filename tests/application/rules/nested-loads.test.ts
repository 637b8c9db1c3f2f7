import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

const REENTRANT = { code: 'CACHE_LOAD_REENTRANT' }

describe.each(STAGES)('nested loads, over %s', (_, stage) => {
  it('a factory that waits for its own key gets an error instead of waiting for ever', async () => {
    const { cache } = stage()
    const own = cache.getOrSet('key', () => cache.getOrSet('key', () => 1))
    expect(await outcome(own)).toMatchObject(REENTRANT)
    expect(await cache.getOrSet('key', () => 'after')).toBe('after')
  })

  it('a factory may catch that error and go on without', async () => {
    const { cache } = stage()
    const own = cache.getOrSet('key', () => cache.getOrSet('key', () => 1).catch(() => 'else'))
    expect(await own).toBe('else')
  })

  it('A loads B loads A: the innermost gets the error', async () => {
    const { cache } = stage()
    const load = cache.getOrSet('a', () =>
      cache.getOrSet('b', async () => {
        await Promise.resolve()
        return cache.getOrSet('a', () => 1)
      }),
    )
    expect(await outcome(load)).toMatchObject(REENTRANT)
  })

  it('A loads B while another request that loads B loads A: one gets the error, none hangs', async () => {
    const { cache, time } = stage()
    const both = deferred()
    let started = 0
    const loading = (mine: string, other: string) =>
      cache.getOrSet(mine, async () => {
        started += 1
        if (started === 2) both.resolve()
        await both.promise
        return `${mine} with ${await cache.getOrSet(other, () => `plain ${other}`)}`
      })
    const ends = [outcome(loading('a', 'b')), outcome(loading('b', 'a'))]
    await settle(time)
    const [a, b] = await Promise.all(ends)
    expect([a, b].some((end) => typeof end === 'object')).toBe(true)
    for (const end of [a, b]) {
      if (typeof end === 'object') expect(end).toMatchObject(REENTRANT)
    }
    expect((await cache.stats()).activeLoads).toBe(0)
  })

  it('across two namespaces the circle is found, too', async () => {
    const { cache } = stage()
    const [one, two] = [cache.namespace('one'), cache.namespace('two')]
    const load = one.getOrSet('key', () => two.getOrSet('key', () => one.getOrSet('key', () => 1)))
    expect(await outcome(load)).toMatchObject(REENTRANT)
  })

  it('loading other keys inside a factory is no circle', async () => {
    const { cache } = stage()
    const sum = cache.getOrSet('sum', async () => {
      const parts = await Promise.all(
        [1, 2, 3].map((part) => cache.getOrSet(`part:${part}`, () => part)),
      )
      return parts.join('+')
    })
    expect(await sum).toBe('1+2+3')
  })

  it('what a factory left running behind may load its key afterwards', async () => {
    const { cache, time } = stage()
    const later = deferred()
    let behind: Promise<unknown> = Promise.resolve()
    await cache.getOrSet('key', () => {
      behind = later.promise.then(() => cache.getOrSet('key', () => 'again'))
      return 'first'
    })
    await cache.delete('key')
    later.resolve()
    await settle(time)
    expect(await behind).toBe('again')
  })
})

describe.each(STAGES)('nested loads under maxConcurrentLoads, over %s', (_, stage) => {
  const bounded = { defaults: { maxConcurrentLoads: 1, maxQueuedLoads: 10 } }

  it('run in the place of the load that waits for them', async () => {
    const { cache } = stage(bounded)
    const load = cache.getOrSet('a', () =>
      cache.getOrSet('b', () => cache.getOrSet('c', () => 'deep')),
    )
    expect(await load).toBe('deep')
  })

  it('let a load in that waits in the queue behind the one that now waits for it', async () => {
    const { cache, time } = stage(bounded)
    const go = deferred()
    const a = cache.getOrSet('a', async () => {
      await go.promise
      return `a with ${await cache.getOrSet('b', () => 'not called')}`
    })
    await settle(time)
    const b = cache.getOrSet('b', () => 'b')
    await settle(time)
    expect((await cache.stats()).queuedLoads).toBe(1)
    go.resolve()
    expect(await a).toBe('a with b')
    expect(await b).toBe('b')
  })

  it("don't let in what no running load waits for", async () => {
    const { cache, time } = stage(bounded)
    const go = deferred<string>()
    let calls = 0
    const a = cache.getOrSet('a', () => go.promise)
    const b = cache.getOrSet('b', () => {
      calls += 1
      return 'b'
    })
    const other = cache.namespace('other').getOrSet('key', () => cache.getOrSet('b', () => ''))
    await settle(time)
    expect(calls).toBe(0)
    go.resolve('a')
    expect(await Promise.all([a, b, other])).toEqual(['a', 'b', 'b'])
  })

  it('give all places back', async () => {
    const { cache, time } = stage(bounded)
    await cache.getOrSet('a', () => cache.getOrSet('b', () => 'deep'))
    const go = deferred<string>()
    const running = cache.getOrSet('c', () => go.promise)
    const queued = cache.getOrSet('d', () => 'd')
    await settle(time)
    expect((await cache.stats()).queuedLoads).toBe(1)
    go.resolve('c')
    expect(await Promise.all([running, queued])).toEqual(['c', 'd'])
  })
})

import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

const SIE = { ttl: 100, staleIfError: 1000 } as const
const down = () => Promise.reject(new Error('source down'))

describe.each(STAGES)('staleIfError, over %s', (_, stage) => {
  it('answers the old value when the factory fails, and counts one stale hit', async () => {
    const { cache, time, events } = stage()
    await cache.set('key', 'old', SIE)
    await time.advance(100)
    expect(await cache.getOrSet('key', down, SIE)).toBe('old')
    expect(await cache.stats()).toMatchObject({ staleHits: 1, misses: 0, hits: 0, loadFailures: 1 })
    expect(events.filter(({ type }) => type === 'hit')).toMatchObject([{ stale: true }])
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'degraded', part: 'factory', did: 'served the stale value' }),
    )
  })

  it('covers its last millisecond, and not the one after', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', SIE)
    await time.advance(1099)
    expect(await cache.getOrSet('key', down, SIE)).toBe('old')
    await time.advance(1)
    expect(await outcome(cache.getOrSet('key', down, SIE))).toEqual(new Error('source down'))
  })

  it('of the call decides, not of whoever stored the value', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', SIE)
    await time.advance(150)
    const strict = { ttl: 100, staleIfError: 0 }
    expect(await outcome(cache.getOrSet('key', down, strict))).toBeInstanceOf(Error)
    expect(await cache.getOrSet('key', down, SIE)).toBe('old')
  })

  it('tries the factory on each call: the old value is not made fresh', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', SIE)
    await time.advance(100)
    await cache.getOrSet('key', down, SIE)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'new', SIE)).toBe('new')
  })

  it('with a soft invalidation the old value stands in for a failure only', async () => {
    const { cache } = stage()
    await cache.set('key', 'old', { ...SIE, staleWhileRevalidate: 1000 })
    await cache.invalidate('key', { soft: true })
    expect(await cache.get('key')).toBeUndefined()
    const options = { ...SIE, staleWhileRevalidate: 1000 } as const
    expect(await cache.getOrSet('key', down, options)).toBe('old')
    expect(await cache.getOrSet('key', () => 'new', options)).toBe('new')
    expect(await cache.get('key')).toBe('new')
  })

  it('after a hard invalidation, deletion or flush there is nothing to answer', async () => {
    const { cache } = stage()
    for (const remove of [
      () => cache.invalidate('key'),
      () => cache.invalidate({ tag: 't' }),
      () => cache.invalidate('k*'),
      () => cache.delete('key'),
      () => cache.flush(),
    ]) {
      await cache.set('key', 'old', { ...SIE, tags: ['t'] })
      await remove()
      expect(await outcome(cache.getOrSet('key', down, SIE))).toEqual(new Error('source down'))
    }
  })
})

describe.each(STAGES)('the old value in the hands of a factory, over %s', (_, stage) => {
  it('is there as `stale`, and undefined if there is none', async () => {
    const { cache, time } = stage()
    const seen: unknown[] = []
    const factory = ({ stale }: { stale: unknown }) => {
      seen.push(stale)
      return 'new'
    }
    await cache.getOrSet('key', factory, SIE)
    await time.advance(100)
    await cache.getOrSet('key', factory, SIE)
    expect(seen).toEqual([undefined, 'new'])
  })

  it('notModified() keeps it for another TTL', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', SIE)
    await time.advance(100)
    expect(await cache.getOrSet('key', ({ notModified }) => notModified(), SIE)).toBe('old')
    await time.advance(99)
    expect(await cache.get('key')).toBe('old')
  })

  it('notModified() fails the load if there is none', async () => {
    const { cache } = stage()
    const load = cache.getOrSet('key', ({ notModified }) => notModified(), SIE)
    await expect(load).rejects.toMatchObject({ code: 'CACHE_LOAD_FAILED' })
  })

  it('notModified() keeps its tags and dependencies, so that what reached it reaches it still', async () => {
    const { cache, time } = stage()
    const tagged = ({ setOptions }: { setOptions: (options: object) => void }) => {
      setOptions({ tags: ['late'], dependsOn: ['team:9'] })
      return 'old'
    }
    await cache.getOrSet('key', tagged, SIE)
    await time.advance(100)
    const options = { ...SIE, tags: ['own'] }
    await cache.getOrSet('key', ({ notModified }) => notModified(), options)
    const { tags, dependsOn } = await cache.lookup('key')
    expect({ tags, dependsOn }).toEqual({ tags: ['late', 'own'], dependsOn: ['team:9'] })
    await cache.invalidate({ tag: 'late' })
    expect(await cache.get('key')).toBeUndefined()
  })

  it('notModified() of a value whose tag is invalidated meanwhile stores nothing', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', { ...SIE, tags: ['t'] })
    await time.advance(100)
    const go = deferred()
    const load = cache.getOrSet(
      'key',
      async ({ notModified }) => {
        await go.promise
        return notModified()
      },
      SIE,
    )
    await settle(time)
    await cache.invalidate({ tag: 't' })
    const after = cache.getOrSet('key', () => 'new', SIE)
    go.resolve()
    expect(await load).toBe('old')
    expect(await after).toBe('new')
    expect(await cache.get('key')).toBe('new')
  })

  it("a value that was invalidated while a lease was waited for is in no later factory's hands", async () => {
    const { cache, time } = stage()
    const ns = cache.namespace('default')
    await ns.set('key', 'old', SIE)
    await time.advance(100)
    await ns.lease('key')
    const seen: unknown[] = []
    const waiting = ns.getOrSet(
      'key',
      ({ stale }) => {
        seen.push(stale)
        return 'new'
      },
      SIE,
    )
    await settle(time)
    await ns.invalidate('key')
    expect(await waiting).toBe('new')
    expect(seen).toEqual([undefined])
  })

  it('fail() ends the load as failed, with its message and cause', async () => {
    const { cache } = stage()
    const cause = new Error('why')
    const load = cache.getOrSet('key', ({ fail }) => fail('no such row', { cause }))
    await expect(load).rejects.toMatchObject({
      code: 'CACHE_LOAD_FAILED',
      message: 'Cannot load "key": no such row',
      cause,
    })
  })

  it('fail() is bridged by staleIfError', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', SIE)
    await time.advance(100)
    expect(await cache.getOrSet('key', ({ fail }) => fail('not now'), SIE)).toBe('old')
  })

  it('setOptions() called twice adds: no tag of the first call is lost', async () => {
    const { cache } = stage()
    await cache.getOrSet(
      'key',
      ({ setOptions }) => {
        setOptions({ tags: ['a'], ttl: 500 })
        setOptions({ tags: ['b'], dependsOn: ['d'] })
        return 1
      },
      { tags: ['own'] },
    )
    const { tags, dependsOn, ttlMs } = await cache.lookup('key')
    expect({ tags, dependsOn, ttlMs }).toEqual({
      tags: ['own', 'a', 'b'],
      dependsOn: ['d'],
      ttlMs: 500,
    })
  })

  it('a wrong option fails in the line of the factory that says it', async () => {
    const { cache } = stage()
    let caught: unknown
    await cache.getOrSet('key', ({ setOptions }) => {
      try {
        setOptions({ ttl: -1 })
      } catch (error) {
        caught = error
      }
      return 1
    })
    expect(caught).toMatchObject({ code: 'CACHE_TTL_INVALID' })
  })
})

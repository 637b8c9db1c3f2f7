import { describe, expect, it } from 'vitest'
import { isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

describe.each(STAGES)('a flight belongs to one key, over %s', (_, stage) => {
  it('1000 concurrent getOrSet of one cold key call one factory', async () => {
    const { cache, time } = stage()
    let calls = 0
    const load = deferred<string>()
    const all = Array.from({ length: 1000 }, () =>
      cache.getOrSet('key', () => {
        calls += 1
        return load.promise
      }),
    )
    await settle(time)
    load.resolve('value')
    expect(new Set(await Promise.all(all))).toEqual(new Set(['value']))
    expect(calls).toBe(1)
    const stats = await cache.stats()
    expect(stats).toMatchObject({ loads: 1, coalesced: 999, misses: 1000, hits: 0, activeLoads: 0 })
  })

  it('two keys never block each other: 5000 hang, and the next one loads at once', async () => {
    const { cache, time } = stage()
    const hung = Array.from({ length: 5000 }, (_, at) =>
      outcome(cache.getOrSet(`hung:${at}`, () => new Promise(() => undefined))),
    )
    await settle(time)
    expect(await cache.getOrSet('other', () => 'value')).toBe('value')
    expect((await cache.stats()).activeLoads).toBe(5000)
    await cache.close()
    await Promise.all(hung)
  })

  it('a factory that throws fails all who wait with its own error, and frees the key', async () => {
    const { cache } = stage()
    const error = new Error('of the factory')
    const waiting = [1, 2, 3].map(() =>
      outcome(
        cache.getOrSet('key', async () => {
          throw error
        }),
      ),
    )
    expect(await Promise.all(waiting)).toEqual([error, error, error])
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
  })

  it('a factory that throws synchronously frees the flight', async () => {
    const { cache } = stage()
    const error = new Error('at once')
    const failing = cache.getOrSet('key', () => {
      throw error
    })
    await expect(failing).rejects.toBe(error)
    expect((await cache.stats()).activeLoads).toBe(0)
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
  })

  it('a factory that rejects with undefined still rejects', async () => {
    const { cache } = stage()
    let isRejected = false
    await cache
      .getOrSet('key', () => Promise.reject())
      .catch(() => {
        isRejected = true
      })
    expect(isRejected).toBe(true)
  })

  it('a factory that returns undefined answers undefined, and the next caller asks again', async () => {
    const { cache } = stage()
    let calls = 0
    const factory = (): undefined => {
      calls += 1
    }
    expect(await cache.getOrSet('key', factory)).toBeUndefined()
    expect(await cache.getOrSet('key', factory)).toBeUndefined()
    expect(calls).toBe(2)
    expect(await cache.has('key')).toBe(false)
  })

  it('two callers with different options share the flight of the first, and its options', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const first = cache.getOrSet('key', () => load.promise, { ttl: 1000, tags: ['first'] })
    const second = cache.getOrSet('key', () => 'never called', { ttl: 9000, tags: ['second'] })
    await settle(time)
    load.resolve('value')
    expect(await Promise.all([first, second])).toEqual(['value', 'value'])
    const { ttlMs, tags } = await cache.lookup('key')
    expect({ ttlMs, tags }).toEqual({ ttlMs: 1000, tags: ['first'] })
  })

  it('the same key in two namespaces is two flights', async () => {
    const { cache } = stage()
    const values = await Promise.all([
      cache.namespace('a').getOrSet('key', () => 'of a'),
      cache.namespace('b').getOrSet('key', () => 'of b'),
    ])
    expect(values).toEqual(['of a', 'of b'])
  })

  it('options given by a caller are never written to', async () => {
    const { cache } = stage()
    const options = Object.freeze({ ttl: '1m', tags: Object.freeze(['a', 'a']) })
    await cache.getOrSet(
      'key',
      ({ setOptions }) => {
        setOptions({ ttl: 5, tags: ['b'] })
        return 1
      },
      options,
    )
    await cache.set('other', 1, options)
    expect(options).toEqual({ ttl: '1m', tags: ['a', 'a'] })
  })

  it('a wrong key, factory or option is refused before anything is counted', async () => {
    const { cache } = stage()
    const wrong: readonly [string, Promise<unknown>][] = [
      ['CACHE_KEY_INVALID', cache.getOrSet('', () => 1)],
      ['CACHE_OPTION_INVALID', cache.getOrSet('key', 5 as never)],
      ['CACHE_TTL_INVALID', cache.getOrSet('key', () => 1, { ttl: -1 })],
      ['CACHE_TAG_INVALID', cache.getOrSet('key', () => 1, { tags: [''] })],
    ]
    for (const [code, call] of wrong) {
      const error = await outcome(call)
      expect(isCacheError(error, code as never)).toBe(true)
    }
    expect(await cache.stats()).toMatchObject({ loads: 0, misses: 0, activeLoads: 0 })
  })
})

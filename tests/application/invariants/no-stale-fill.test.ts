import { describe, expect, it } from 'vitest'
import type { LoadFactoryContext } from '../../../src/application/services/loads/load-factory-context.ts'
import type { PlatformCache } from '../../../src/module.ts'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { addDependencies, MEMBER, REACHED, TARGETS } from '../../fakes/scopes.ts'

type Overtake = (cache: PlatformCache) => Promise<unknown>

const OVERTAKES: readonly (readonly [string, Overtake])[] = [
  ...TARGETS.flatMap(([name, target]): (readonly [string, Overtake])[] => [
    [`an invalidation by ${name}`, (cache) => cache.invalidate(target)],
    [`a soft invalidation by ${name}`, (cache) => cache.invalidate(target, { soft: true })],
  ]),
  ['flush()', (cache) => cache.flush()],
  ['delete()', (cache) => cache.delete(REACHED)],
]

const HOWS = [
  ['tags given by the caller', MEMBER, () => undefined],
  [
    'tags set late by the factory',
    {},
    ({ setOptions }: LoadFactoryContext<string>) => setOptions(MEMBER),
  ],
] as const

describe.each(STAGES)('no stale fill, over %s', (_, stage) => {
  describe.each(HOWS)('with %s', (_how, options, prepare) => {
    function loading() {
      const staged = stage()
      addDependencies(staged.cache)
      const load = deferred<string>()
      const first = staged.cache.getOrSet<string>(
        REACHED,
        async (context) => {
          const value = await load.promise
          prepare(context)
          return value
        },
        options,
      )
      return { ...staged, load, first }
    }

    it.each(OVERTAKES)('a load that %s overtook leaves nothing behind', async (_name, overtake) => {
      const { cache, time, load, first } = loading()
      await settle(time)
      await overtake(cache)
      load.resolve('old')
      expect(await first).toBe('old')
      expect(cache.peek(REACHED)).toBeUndefined()
      expect(await cache.get(REACHED)).toBeUndefined()
      await time.advance(120_000)
      expect((await cache.lookup(REACHED)).state).toBe('miss')
    })

    it.each(OVERTAKES)(
      'however long it runs after %s: the mark waits for it',
      async (_name, overtake) => {
        const { cache, time, load, first } = loading()
        await settle(time)
        await overtake(cache)
        await time.advance(29_000)
        load.resolve('old')
        await first
        expect((await cache.lookup(REACHED)).state).toBe('miss')
      },
    )

    it.each(OVERTAKES)('who comes after %s never joins it', async (_name, overtake) => {
      const { cache, time, load, first } = loading()
      await settle(time)
      await overtake(cache)
      const second = cache.getOrSet(REACHED, () => 'new', options)
      await settle(time)
      load.resolve('old')
      expect(await first).toBe('old')
      expect(await second).toBe('new')
      expect(await cache.get(REACHED)).toBe('new')
    })
  })

  it('a set() during the load wins: in the store, and for all who come later', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const first = cache.getOrSet('key', () => load.promise)
    await settle(time)
    await cache.set('key', 'set')
    expect(await cache.getOrSet('key', () => 'not called')).toBe('set')
    load.resolve('old')
    expect(await first).toBe('old')
    expect(await cache.get('key')).toBe('set')
  })

  it('a set() with a TTL of zero during the load leaves nothing either', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const first = cache.getOrSet('key', () => load.promise)
    await settle(time)
    expect(await cache.set('key', 'set', { ttl: 0 })).toBe(false)
    load.resolve('old')
    await first
    expect(await cache.has('key')).toBe(false)
  })

  it('a tag invalidation during a background refresh: the refreshed value is dropped', async () => {
    const { cache, time } = stage()
    const options = { ttl: 100, staleWhileRevalidate: '1h', tags: ['t'] } as const
    await cache.set('key', 'old', options)
    await time.advance(100)
    const load = deferred<string>()
    expect(await cache.getOrSet('key', () => load.promise, options)).toBe('old')
    await cache.invalidate({ tag: 't' })
    load.resolve('refreshed from the past')
    await settle(time)
    expect((await cache.lookup('key')).state).toBe('miss')
    expect(await cache.getOrSet('key', () => 'new', options)).toBe('new')
  })

  it('many loads of many keys, all overtaken by one flush, leave nothing', async () => {
    const { cache, time } = stage()
    const load = deferred()
    const keys = Array.from({ length: 200 }, (_unused, at) => `k:${at}`)
    const loads = keys.map((key) => cache.getOrSet(key, () => load.promise.then(() => key)))
    await settle(time)
    await cache.flush()
    load.resolve()
    await Promise.all(loads)
    expect((await cache.getMany(keys)).size).toBe(0)
    expect((await cache.stats()).entries).toBe(0)
  })

  it('a load that began after the invalidation is stored, though an older one still runs', async () => {
    const { cache, time } = stage()
    const old = deferred<string>()
    const first = cache.getOrSet('key', () => old.promise)
    await settle(time)
    await cache.invalidate('key')
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
    old.resolve('old')
    expect(await first).toBe('old')
    expect(await cache.get('key')).toBe('new')
  })
})

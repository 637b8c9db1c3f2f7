import { describe, expect, it } from 'vitest'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

const schemaOf = (validate: (value: unknown) => unknown) =>
  ({ '~standard': { version: 1, vendor: 'test', validate } }) as never

describe.each(STAGES)('setCacheEntry(), over %s', (_, stage) => {
  it('stores a value in place of the older one, and answers true', async () => {
    const { cache } = stage()
    expect(await cache.set('key', 1)).toBe(true)
    expect(await cache.set('key', 2)).toBe(true)
    expect(await cache.get('key')).toBe(2)
    expect(await cache.stats()).toMatchObject({ sets: 2, entries: 1, invalidations: 0 })
  })

  it.each([null, 0, '', false])('takes %s for a value', async (value) => {
    const { cache } = stage()
    expect(await cache.set('key', value)).toBe(true)
    expect(await cache.get('key')).toBe(value)
    expect(await cache.has('key')).toBe(true)
  })

  it('with a TTL of zero, or undefined, stores nothing and ends the older value', async () => {
    const { cache, time } = stage()
    for (const [value, options] of [
      ['new', { ttl: 0 }],
      [undefined, {}],
    ] as const) {
      await cache.set('key', 'old')
      expect(await cache.set('key', value, options)).toBe(false)
      expect(await cache.has('key')).toBe(false)
      await settle(time)
      expect((await cache.explain('key')).lastRemoval?.cause).toBe('not-stored')
    }
  })

  it('remembers undefined under negativeTtl: get() answers it, getOrSet() does not ask again', async () => {
    const { cache, time } = stage()
    expect(await cache.set('key', undefined, { negativeTtl: 100 })).toBe(true)
    expect(await cache.has('key')).toBe(true)
    expect(await cache.getOrSet('key', () => 'asked')).toBeUndefined()
    await time.advance(100)
    expect(await cache.has('key')).toBe(false)
  })

  it('gives the entry what its options say', async () => {
    const { cache } = stage()
    await cache.set('key', 1, {
      ttl: 1000,
      tags: ['t', 't'],
      dependsOn: ['d'],
      priority: 'critical',
      staleIfError: 500,
    })
    expect(await cache.lookup('key')).toMatchObject({
      ttlMs: 1000,
      staleMs: 1500,
      tags: ['t'],
      dependsOn: ['d'],
      priority: 'critical',
    })
  })

  it('takes the TTL from the value', async () => {
    const { cache } = stage()
    const ttl = (value: unknown) => Number(value) * 10
    await cache.set('key', 7, { ttl })
    expect((await cache.lookup('key')).ttlMs).toBe(70)
  })

  it.each([
    ['a TTL that is negative', { ttl: -1 }, 'CACHE_TTL_INVALID'],
    ['a TTL that is NaN', { ttl: Number.NaN }, 'CACHE_TTL_INVALID'],
    ['a TTL that is a fraction', { ttl: 0.5 }, 'CACHE_TTL_INVALID'],
    ['an instant that has passed', { ttl: new Date(0) }, 'CACHE_TTL_INVALID'],
    ['a TTL function that answers nonsense', { ttl: () => 'soon' }, 'CACHE_TTL_INVALID'],
    ['a tag that is empty', { tags: [''] }, 'CACHE_TAG_INVALID'],
    ['an unknown priority', { priority: 'urgent' as never }, 'CACHE_OPTION_INVALID'],
  ])('refuses %s, and changes nothing', async (_name, options, code) => {
    const { cache } = stage()
    await cache.set('key', 'old')
    await expect(cache.set('key', 'new', options)).rejects.toMatchObject({ code })
    expect(await cache.get('key')).toBe('old')
  })

  it('rejects with what a TTL function throws, and changes nothing', async () => {
    const { cache } = stage()
    await cache.set('key', 'old')
    const error = new Error('of the ttl function')
    const ttl = () => {
      throw error
    }
    await expect(cache.set('key', 'new', { ttl })).rejects.toBe(error)
    expect(await cache.get('key')).toBe('old')
  })

  it('refuses a value that does not fit the schema, at once or later, and changes nothing', async () => {
    const { cache } = stage()
    const misfit = { issues: [{ message: 'no number' }] }
    for (const answer of [misfit, Promise.resolve(misfit)]) {
      const name = answer === misfit ? 'at-once' : 'later'
      let isStrict = false
      const schema = schemaOf((value) => (isStrict ? answer : { value }))
      const numbers = cache.namespace(name, { schema })
      await numbers.set('key', 1)
      isStrict = true
      await expect(numbers.set('key', 'x')).rejects.toMatchObject({
        code: 'CACHE_VALUE_INVALID',
        message: expect.stringContaining('no number'),
      })
      isStrict = false
      expect(await numbers.get('key')).toBe(1)
    }
  })

  it('waits for a schema that answers later', async () => {
    const { cache, time } = stage()
    const verdict = deferred<unknown>()
    const any = cache.namespace('any', { schema: schemaOf(() => verdict.promise) })
    const set = any.set('key', 1)
    await settle(time)
    verdict.resolve({ value: 1 })
    expect(await set).toBe(true)
  })

  it('of several at once the last one called wins', async () => {
    const { cache } = stage()
    await Promise.all([1, 2, 3].map((value) => cache.set('key', value)))
    const value = await cache.get('key')
    expect([3, undefined]).toContain(value)
  })

  it('tells listeners who stored what', async () => {
    const { cache, events } = stage()
    await cache.set('key', 1, { tags: ['t'] })
    expect(events).toMatchObject([{ type: 'stored', by: 'set', key: 'key', tags: ['t'] }])
  })

  it('rejects when the log refuses its mark, and leaves what was there', async () => {
    const { distributor, refuse } = refusingDistributor()
    const { cache } = stage({ distributor })
    await cache.set('key', 'old')
    refuse()
    await expect(cache.set('key', 'new')).rejects.toMatchObject({
      code: 'CACHE_REPOSITORY_UNAVAILABLE',
      cause: new Error('log full'),
    })
    expect(await cache.get('key')).toBe('old')
  })

  it('inside a listener of an invalidation is stored for good', async () => {
    const { cache, time } = stage()
    const ends: Promise<unknown>[] = []
    cache.on('invalidated', ({ mark }) => {
      if (mark.scope.kind === 'tag') ends.push(cache.set('key', 'by the listener'))
    })
    await cache.set('key', 'old', { tags: ['t'] })
    await cache.invalidate({ tag: 't' })
    expect(await Promise.all(ends)).toEqual([true])
    expect(await cache.get('key')).toBe('by the listener')
    await settle(time)
    expect(await cache.get('key')).toBe('by the listener')
  })
})

describe.each(STAGES)('setCacheEntry() and what was there, over %s', (_, stage) => {
  it('fences the load of its key that began before', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const before = cache.getOrSet('key', () => load.promise)
    await settle(time)
    await cache.set('key', 'set')
    load.resolve('loaded')
    expect(await before).toBe('loaded')
    expect(await cache.get('key')).toBe('set')
  })

  it('leaves it where the new value is larger than its namespace may ever be', async () => {
    const { cache } = stage()
    const space = cache.namespace('small', { maxBytes: 1000 })
    await space.set('key', 'old')
    expect(await outcome(space.set('key', 'x'.repeat(2000)))).toMatchObject({
      code: 'CACHE_VALUE_TOO_LARGE',
    })
    expect(await space.get('key')).toBe('old')
    expect(await space.stats()).toMatchObject({ sets: 1 })
  })
})

describe('a strict set', () => {
  it('into a memory full of critical entries rejects; one that is not strict answers false', async () => {
    const { cache } = memoryStage()
    const space = cache.namespace('full', { maxEntries: 2, priority: 'critical' })
    await space.set('a', 1)
    await space.set('b', 2, { strict: true })
    expect(await outcome(space.set('c', 3, { strict: true }))).toMatchObject({
      code: 'CACHE_CAPACITY_EXCEEDED',
      message: expect.stringContaining('full'),
    })
    expect(await space.set('c', 3)).toBe(false)
    expect(await space.get('c')).toBeUndefined()
    expect(await space.get('a')).toBe(1)
  })

  it.each(['reject', 'throw'] as const)(
    'rejects where the backend is away (%s); one that is not strict answers false',
    async (behaviour) => {
      const { cache, backend } = backendStage()
      await cache.set('key', 'old')
      backend.behave = () => behaviour
      expect(await cache.set('key', 'new')).toBe(false)
      expect(await outcome(cache.set('key', 'new', { strict: true }))).toMatchObject({
        code: 'CACHE_REPOSITORY_UNAVAILABLE',
        message: "Cannot store key: the store refused it or didn't answer",
      })
      backend.behave = () => 'now'
      expect(await cache.get('key')).toBeUndefined()
    },
  )

  it('with a TTL of zero is no refusal', async () => {
    const { cache } = memoryStage()
    expect(await cache.set('key', 'value', { strict: true, ttl: 0 })).toBe(false)
  })
})

describe('setCacheEntry() over memory', () => {
  it('stores before it answers: peek() sees it in the same turn', () => {
    const { cache } = memoryStage()
    void cache.set('key', 1)
    expect(cache.peek('key')).toBe(1)
  })
})

function refusingDistributor() {
  const marks = { seq: 0, isRefusing: false }
  const head = () => ({ generation: 'g', seq: marks.seq })
  const distributor = {
    open: () => ({
      append: () => {
        if (marks.isRefusing) throw new Error('log full')
        marks.seq += 1
        return head()
      },
      head,
      read: () => ({ marks: [], isContinuous: true }),
      subscribe: () => () => undefined,
      close: () => undefined,
    }),
    close: () => undefined,
  }
  const refuse = (): void => {
    marks.isRefusing = true
  }
  return { distributor, refuse }
}

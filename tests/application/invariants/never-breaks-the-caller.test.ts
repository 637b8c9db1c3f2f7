import { describe, expect, it } from 'vitest'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { outcome } from '../../fakes/outcome.ts'
import type { Behaviour } from '../../fakes/unreliable-repository.ts'

const FAULTS: readonly (readonly [string, Behaviour])[] = [
  ['throws', 'throw'],
  ['rejects', 'reject'],
  ['hangs', 'hang'],
  ['answers after its deadline', { landAfterMs: 300, answerAfterMs: 300 }],
]

describe.each(FAULTS)('the cache never breaks the caller: a backend that %s', (_, behaviour) => {
  async function broken() {
    const staged = backendStage()
    await staged.cache.set('key', 'held')
    staged.backend.behave = () => behaviour
    return staged
  }

  /** What a call comes to when time enough for two calls of the backend goes by. */
  async function ends<T>(
    time: { advance(ms: number): Promise<void> },
    call: Promise<T>,
  ): Promise<T> {
    const end = call.then((value) => () => value)
    await time.advance(500)
    return (await end)()
  }

  it('makes get, has and lookup a miss', async () => {
    const { cache, time } = await broken()
    expect(await ends(time, cache.get('key'))).toBeUndefined()
    expect(await ends(time, cache.has('key'))).toBe(false)
    expect((await ends(time, cache.lookup('key'))).state).toBe('miss')
    expect((await ends(time, cache.getMany(['key']))).size).toBe(0)
    expect(cache.peek('key')).toBeUndefined()
  })

  it('lets getOrSet answer what the factory makes', async () => {
    const { cache, time } = await broken()
    expect(
      await ends(
        time,
        cache.getOrSet('key', () => 'made'),
      ),
    ).toBe('made')
  })

  it('lets set, touch and delete answer false', async () => {
    const { cache, time } = await broken()
    expect(await ends(time, cache.set('key', 'new'))).toBe(false)
    expect(await ends(time, cache.touch('key'))).toBe(false)
    expect(await ends(time, cache.delete('key'))).toBe(false)
  })

  it('makes a strict set reject', async () => {
    const { cache, time } = await broken()
    const strict = outcome(cache.set('key', 'new', { strict: true }))
    await time.advance(500)
    expect(await strict).toMatchObject({ code: 'CACHE_REPOSITORY_UNAVAILABLE' })
  })

  it('lets invalidate and flush be true all the same: nothing older is ever read', async () => {
    const { cache, time, backend } = await broken()
    expect((await ends(time, cache.invalidate('key'))).propagated).toBe(true)
    expect((await ends(time, cache.flush())).propagated).toBe(true)
    backend.behave = () => 'now'
    expect(await cache.get('key')).toBeUndefined()
  })

  it('lets stats, explain and health answer', async () => {
    const { cache, time } = await broken()
    expect((await ends(time, cache.stats())).entries).toBe(0)
    expect((await ends(time, cache.explain('key'))).state).toBe('absent')
    expect(cache.health().status).toBe('pass')
  })

  it('is reported each time, and counted', async () => {
    const { cache, time, events } = await broken()
    await ends(time, cache.get('key'))
    const degraded = events.filter(({ type }) => type === 'degraded')
    expect(degraded).toMatchObject([{ part: 'repository', did: 'counted a miss', key: 'key' }])
    expect(cache.health().degraded).toBe(1)
  })

  it('is used again as soon as it works, and what it then holds from before is checked', async () => {
    const { cache, time, backend } = await broken()
    await ends(time, cache.get('key'))
    backend.behave = () => 'now'
    expect(await cache.get('key')).toBe('held')
  })
})

describe('the cache never breaks the caller: foreign bytes', () => {
  it.each([
    ['a text', 'bytes'],
    ['a number', 5],
    ['null', null],
    ['an empty object', {}],
    ['an entry without a birth', { birth: undefined }],
    ['an entry whose TTL is null', { ttl: null }],
    ['an entry whose times are text', { expiresAtMs: 'soon' }],
    ['an entry whose times are NaN', { staleUntilMs: Number.NaN }],
    ['an entry whose sliding life is text', { slidingTtlMs: 'x' }],
    ['an entry whose tags are a text', { tags: 'abc' }],
    ['an entry whose tags are numbers', { tags: [1] }],
    ['an entry of another generation', { birth: { generation: 'else', seq: 1 } }],
    ['an entry of another namespace', { namespace: 'else' }],
    ['an entry of another key', { key: 'else' }],
  ])('%s is a miss, never an error, never a value', async (_, foreign) => {
    const { cache, backend } = backendStage()
    await cache.set('key', 'held', { slidingTtl: 1000 })
    const entry = backend.entries().get('key' as never)
    const isPart =
      typeof foreign === 'object' && foreign !== null && Object.keys(foreign).length > 0
    const planted = isPart ? { ...entry, ...foreign } : foreign
    backend.entries().set('key' as never, planted as never)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'made')).toBe('made')
    expect(await cache.get('key')).toBe('made')
    backend.entries().set('key' as never, planted as never)
    const keys: string[] = []
    for await (const key of cache.keys()) keys.push(key)
    expect(keys.filter((key) => key === 'key')).toEqual([])
  })
})

describe.each(STAGES)('the cache never breaks the caller, over %s', (_, stage) => {
  it('listeners that throw or reject disturb nothing', async () => {
    const { cache, time } = stage()
    cache.on('*', () => {
      throw new Error('listener')
    })
    cache.on('*', () => Promise.reject(new Error('listener')))
    await cache.set('key', 1, { ttl: 10 })
    expect(await cache.get('key')).toBe(1)
    expect(await cache.getOrSet('other', () => 2)).toBe(2)
    await cache.invalidate('*')
    await time.advance(100_000)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('a logger that throws disturbs nothing', async () => {
    const logger = {
      warn: () => {
        throw new Error('logger')
      },
      error: () => {
        throw new Error('logger')
      },
    }
    const { cache, time, backend } = stage({ logger })
    cache.on('miss', () => {
      throw new Error('listener')
    })
    backend.behave = () => 'reject'
    expect(await cache.get('key')).toBeUndefined()
    backend.behave = () => 'now'
    await cache.set('key', 'old', { ttl: 10, staleIfError: '1h' })
    await time.advance(10)
    const failing = () => Promise.reject(new Error('down'))
    expect(await cache.getOrSet('key', failing, { staleIfError: '1h' })).toBe('old')
  })

  it('a factory may throw anything at all', async () => {
    const { cache } = stage()
    for (const thrown of [undefined, null, 0, 'text', Symbol('s'), Object.create(null)]) {
      const load = cache.getOrSet('key', () => {
        throw thrown
      })
      expect(await outcome(load)).toBe(thrown)
    }
  })

  it('a factory may answer anything that can be awaited', async () => {
    const { cache } = stage()
    // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise is what is tested.
    const thenable = { then: (resolve: (value: number) => void) => resolve(5) }
    expect(await cache.getOrSet('key', () => thenable as unknown as number)).toBe(5)
    const trap = Object.defineProperty({}, 'then', {
      get: () => {
        throw new Error('trap')
      },
    })
    expect(await outcome(cache.getOrSet('other', () => trap))).toEqual(new Error('trap'))
  })

  it('schemas that throw, reject or never settle make a load unstored at worst', async () => {
    const { cache, time } = stage()
    const schemas = [
      () => {
        throw new Error('schema')
      },
      () => Promise.reject(new Error('schema')),
    ]
    for (const [at, validate] of schemas.entries()) {
      const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } }
      const any = cache.namespace(`any${at}`, { schema })
      expect(await any.getOrSet('key', () => 'value')).toBe('value')
      expect(await any.has('key')).toBe(false)
      await expect(any.set('key', 'value')).rejects.toMatchObject({ code: 'CACHE_VALUE_INVALID' })
    }
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: () => new Promise<never>(() => 0),
      },
    }
    const hung = cache.namespace('hung', { schema, hardTimeout: 100 })
    const load = outcome(hung.getOrSet('key', () => 'value'))
    await time.advance(100)
    expect(await load).toMatchObject({ code: 'CACHE_TIMEOUT' })
    expect((await cache.stats()).activeLoads).toBe(0)
  })

  it('nothing of all that is left unhandled', async () => {
    const unhandled: unknown[] = []
    const hear = (error: unknown): void => {
      unhandled.push(error)
    }
    process.on('unhandledRejection', hear)
    const { cache, time, backend } = stage()
    backend.behave = ({ verb }) =>
      verb === 'get' ? 'reject' : { landAfterMs: 1, answerAfterMs: 900, fails: true }
    const late = () =>
      new Promise((_resolve, reject) => {
        time.scheduler.after(500, () => reject(new Error('late')))
      })
    const options = { hardTimeout: 100, ttl: 1, staleWhileRevalidate: '1h' } as const
    const loads = [1, 2, 3].map((at) => outcome(cache.getOrSet(`k${at}`, late, options)))
    const sets = [1, 2, 3].map((at) => outcome(cache.set(`s${at}`, at)))
    await time.advance(2000)
    await Promise.all([...loads, ...sets])
    await cache.close()
    await settle(time)
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', hear)
    expect(unhandled).toEqual([])
  })
})

describe('over memory', () => {
  it('a value too large for the whole cache is answered, not stored, and keeps nothing older', async () => {
    const { cache, events } = memoryStage({ memory: { maxBytes: 10_000 } })
    await cache.set('key', 'small')
    const large = 'x'.repeat(20_000)
    expect(await cache.set('key', large)).toBe(false)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => large)).toBe(large)
    expect(await cache.has('key')).toBe(false)
    expect(events).toContainEqual(expect.objectContaining({ type: 'evicted', refused: true }))
    const strict = cache.set('key', large, { strict: true })
    await expect(strict).rejects.toMatchObject({ code: expect.stringMatching(/^CACHE_/) })
  })

  it('a value too large for its namespace is refused by set, and answered by getOrSet', async () => {
    const { cache } = memoryStage()
    const small = cache.namespace('small', { maxBytes: 1000 })
    const large = 'x'.repeat(2000)
    await small.set('key', 'before')
    await expect(small.set('key', large)).rejects.toMatchObject({ code: 'CACHE_VALUE_TOO_LARGE' })
    expect(await small.get('key')).toBe('before')
    await small.delete('key')
    expect(await small.getOrSet('key', () => large)).toBe(large)
    expect(await small.has('key')).toBe(false)
  })
})

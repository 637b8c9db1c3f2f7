import { describe, expect, it } from 'vitest'
import {
  type CacheLogger,
  type CacheOptions,
  type CacheSettings,
  DEFAULT_CACHE_SETTINGS,
  resolveCacheOptions,
} from '../src/cache-options.ts'
import { MAX_DURATION_MS } from '../src/core/value-objects/duration.ts'
import { MemoryDistributor } from '../src/infrastructure/distributors/memory-distributor.ts'
import { createFakeClock, FAKE_START_MS } from '../src/testing/fake-clock.ts'
import { fakeRandom } from './fakes/fake-random.ts'
import { MapRepository } from './fakes/map-repository.ts'

const { clock, scheduler } = createFakeClock()
const random = fakeRandom()
const repository = new MapRepository()
const distributor = new MemoryDistributor(random)
const logger: CacheLogger = { warn: () => undefined, error: () => undefined }

/** Options as someone without types may give them. */
const untyped = (options: unknown) => () => resolveCacheOptions(options as CacheOptions)

const refused = (message: string) =>
  expect.objectContaining({ code: 'CACHE_OPTION_INVALID', message })

const memory = (fields: object) => ({ memory: { ...DEFAULT_CACHE_SETTINGS.memory, ...fields } })

/** Every option with a value of its own, and what it becomes. */
const EVERY_OPTION: readonly (readonly [string, CacheOptions, object])[] = [
  ['name', { name: 'shop' }, { name: 'shop' }],
  ['memory', { memory: {} }, {}],
  ['maxEntries', { memory: { maxEntries: 5 } }, memory({ maxEntries: 5 })],
  ['maxBytes as text', { memory: { maxBytes: '1mb' } }, memory({ maxBytes: 1_048_576 })],
  ['maxBytes as a number', { memory: { maxBytes: 99 } }, memory({ maxBytes: 99 })],
  ['evictionPolicy', { memory: { evictionPolicy: 'lfu' } }, memory({ evictionPolicy: 'lfu' })],
  ['repository', { repository }, { repository }],
  [
    'repositoryTimeout',
    { repository, repositoryTimeout: '1s' },
    { repository, repositoryTimeoutMs: 1000 },
  ],
  ['redis', { redis: 'redis://localhost' }, { redis: 'redis://localhost' }],
  ['distributor', { distributor }, { distributor }],
  ['defaults', { defaults: { ttl: '1h' } }, { defaults: { ttl: '1h' } }],
  ['clock', { clock }, { clock }],
  ['scheduler', { scheduler }, { scheduler }],
  ['random', { random }, { random }],
  ['logger', { logger }, { logger }],
]

describe('resolveCacheOptions()', () => {
  it('of nothing decides every field as the defaults do', () => {
    expect(resolveCacheOptions({})).toStrictEqual(DEFAULT_CACHE_SETTINGS)
    expect(resolveCacheOptions({})).toStrictEqual<CacheSettings>({
      name: 'cache',
      memory: {
        maxEntries: undefined,
        maxBytes: 268_435_456 as CacheSettings['memory']['maxBytes'],
        evictionPolicy: 'w-tinylfu',
        storage: 'reference',
        snapshot: undefined,
      },
      redis: undefined,
      repository: undefined,
      repositoryTimeoutMs: 250 as CacheSettings['repositoryTimeoutMs'],
      distributor: undefined,
      defaults: {},
      clock: undefined,
      scheduler: undefined,
      random: undefined,
      logger: undefined,
    })
  })

  it.each(EVERY_OPTION)('takes %s and leaves all else as it is', (_, options, fields) => {
    expect(resolveCacheOptions(options)).toStrictEqual({ ...DEFAULT_CACHE_SETTINGS, ...fields })
  })

  it('takes undefined for an option that is not said', () => {
    const names = EVERY_OPTION.flatMap(([, options]) => Object.keys(options))
    const options = Object.fromEntries(names.map((name) => [name, undefined]))
    expect(untyped(options)()).toStrictEqual(DEFAULT_CACHE_SETTINGS)
    const silent = { maxEntries: undefined, maxBytes: undefined, evictionPolicy: undefined }
    expect(untyped({ memory: silent })()).toStrictEqual(DEFAULT_CACHE_SETTINGS)
  })

  it('keeps parts by identity, so that they stay the caller’s own', () => {
    const settings = resolveCacheOptions({
      repository,
      distributor,
      clock,
      scheduler,
      random,
      logger,
    })
    expect(settings.repository).toBe(repository)
    expect(settings.distributor).toBe(distributor)
    expect(settings.clock).toBe(clock)
    expect(settings.scheduler).toBe(scheduler)
    expect(settings.random).toBe(random)
    expect(settings.logger).toBe(logger)
  })

  it('writes to no object of the caller', () => {
    const options = Object.freeze({
      name: 'shop',
      memory: Object.freeze({ maxEntries: 5 }),
      defaults: Object.freeze({ tags: Object.freeze(['all']) }),
    })
    expect(() => resolveCacheOptions(options)).not.toThrow()
    expect(options.memory).toEqual({ maxEntries: 5 })
  })

  it('takes a logger whose methods are inherited, as those of pino are', () => {
    const inherited: CacheLogger = Object.create(logger)
    expect(resolveCacheOptions({ logger: inherited }).logger).toBe(inherited)
  })
})

describe('resolveCacheOptions() with unknown options', () => {
  it.each(['rediss', 'Name', 'ttl', 'constructor', 'memori'])(
    'refuses %j and lists those that there are',
    (name) => {
      expect(untyped({ [name]: undefined })).toThrow(
        refused(
          `Cannot use the cache option ${name}: expected one of name, memory, redis, repository, repositoryTimeout, distributor, defaults, clock, scheduler, random, logger`,
        ),
      )
    },
  )

  it('refuses an unknown option of memory and lists those that there are', () => {
    expect(untyped({ memory: { maxSize: 5 } })).toThrow(
      refused(
        'Cannot use the memory option maxSize: expected one of maxEntries, maxBytes, evictionPolicy, storage, snapshot',
      ),
    )
  })

  it('cuts a long name at 100 characters', () => {
    expect(untyped({ ['x'.repeat(101)]: 1 })).toThrow(`option ${'x'.repeat(100)}: expected`)
  })

  it.each([null, 5, 'redis://', true, undefined])('refuses %o in place of options', (options) => {
    expect(untyped(options)).toThrow(
      refused(`Cannot use the cache options: expected an object, got ${options}`),
    )
  })

  it.each([null, false, '256mb', 5])('refuses %o in place of the memory options', (options) => {
    expect(untyped({ memory: options })).toThrow(
      refused(`Cannot use the memory options: expected an object, got ${options}`),
    )
  })
})

describe('resolveCacheOptions() with contradictions', () => {
  it('refuses memory with a repository, even without a word about memory', () => {
    expect(untyped({ memory: {}, repository })).toThrow(
      refused(
        'Cannot use memory with repository: a repository of your own stands in place of memory',
      ),
    )
  })

  it.each([
    ['repository', { repository }, 'a backend of your own stands in its place'],
    ['distributor', { distributor }, 'the invalidation log lies in Redis'],
    ['memory.snapshot', { memory: { snapshot: 'x' } }, 'what it holds outlives the process'],
  ])('refuses %s with redis', (option, options, why) => {
    expect(untyped({ redis: 'redis://localhost', ...options })).toThrow(
      refused(`Cannot use ${option} with redis: ${why}`),
    )
  })

  it('refuses repositoryTimeout without a repository', () => {
    expect(untyped({ repositoryTimeout: '1s' })).toThrow(
      refused('Cannot use repositoryTimeout without repository: memory answers at once'),
    )
  })

  it('refuses contradictory defaults when the cache is made, not when a namespace is opened', () => {
    expect(untyped({ defaults: { softTimeout: 2, hardTimeout: 1 } })).toThrow(
      'Cannot use softTimeout with hardTimeout',
    )
    expect(untyped({ defaults: { ttl: 'never', refreshAhead: 0.5 } })).toThrow(
      'Cannot use refreshAhead with ttl',
    )
  })
})

describe('resolveCacheOptions() with wrong values', () => {
  it.each<[string, unknown]>([
    ['maxEntries', 1],
    ['maxEntries', Number.MAX_SAFE_INTEGER],
    ['maxBytes', 1],
  ])('takes %s %o of memory', (option, value) => {
    expect(untyped({ memory: { [option]: value } })().memory).toMatchObject({ [option]: value })
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5', null])(
    'refuses maxEntries %o',
    (maxEntries) => {
      expect(untyped({ memory: { maxEntries } })).toThrow(
        refused(
          `Cannot use maxEntries: expected a whole number of at least 1, got ${String(maxEntries)}`,
        ),
      )
    },
  )

  it.each([0, '0mb', '256', -1, null])('refuses maxBytes %o', (maxBytes) => {
    expect(untyped({ memory: { maxBytes } })).toThrow(
      expect.objectContaining({ code: 'CACHE_SIZE_INVALID' }),
    )
  })

  it.each(['mru', '', null, 1])('refuses evictionPolicy %o', (evictionPolicy) => {
    expect(untyped({ memory: { evictionPolicy } })).toThrow('Cannot use evictionPolicy')
  })

  it.each(['', 'a b', 'a:b', 'a'.repeat(65), null, 5])('refuses name %o', (name) => {
    expect(untyped({ name })).toThrow('Cannot use a namespace name')
  })

  it('takes a repositoryTimeout from one millisecond on', () => {
    for (const repositoryTimeout of [1, MAX_DURATION_MS]) {
      const settings = resolveCacheOptions({ repository, repositoryTimeout })
      expect(settings.repositoryTimeoutMs).toBe(repositoryTimeout)
    }
    expect(untyped({ repository, repositoryTimeout: 0 })).toThrow(
      refused('Cannot use repositoryTimeout: expected at least one millisecond, got 0'),
    )
    for (const repositoryTimeout of [-1, 0.5, 'never', null]) {
      expect(untyped({ repository, repositoryTimeout })).toThrow('Cannot use repositoryTimeout')
    }
  })

  it.each([
    ['repository', 'open()', {}],
    ['distributor', 'open(), close()', { open: () => undefined }],
    ['clock', 'nowMs(), monotonicMs()', { nowMs: () => 0 }],
    ['scheduler', 'after(), deadline(), every(), soon()', { ...scheduler, soon: 1 }],
    ['random', 'next(), token()', { next: () => 0 }],
    ['logger', 'warn(), error()', { warn: () => undefined }],
  ])('refuses a %s without %s', (option, methods, incomplete) => {
    for (const value of [incomplete, null, 'redis', () => undefined]) {
      expect(untyped({ [option]: value })).toThrow(
        refused(`Cannot use ${option}: expected an object with ${methods}`),
      )
    }
  })

  it('refuses wrong and unknown defaults', () => {
    expect(untyped({ defaults: { ttl: -1 } })).toThrow('Cannot use ttl')
    expect(untyped({ defaults: { maxEntries: 0 } })).toThrow('Cannot use maxEntries')
    expect(untyped({ defaults: { time: 1 } })).toThrow('Cannot use the namespace option time')
    expect(untyped({ defaults: null })).toThrow('Cannot use the namespace options')
  })

  it('judges instants in the defaults by the clock that it is given', () => {
    const ttl = new Date(FAKE_START_MS + 1)
    expect(untyped({ clock, defaults: { ttl } })).not.toThrow()
    expect(untyped({ clock, defaults: { ttl: new Date(FAKE_START_MS) } })).toThrow('in the future')
  })
})

import { describe, expect, it } from 'vitest'
import { MAX_TAGS } from '../../../src/core/value-objects/cache-tag.ts'
import {
  DEFAULT_ENTRY_POLICY,
  type EntryOptions,
  type EntryPolicy,
  isEntryOption,
  rejectUnknownOptions,
  resolveEntryPolicy,
} from '../../../src/core/value-objects/entry-policy.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'

const NOW_MS = FAKE_START_MS

const resolve = (options: EntryOptions | undefined, base: EntryPolicy = DEFAULT_ENTRY_POLICY) =>
  resolveEntryPolicy(base, options, NOW_MS)

/** Options as someone without types may give them. */
const untyped = (options: unknown) => () => resolve(options as EntryOptions)

/** Every option with a value of its own, and what it becomes. */
const EVERY_OPTION: readonly (readonly [EntryOptions, Partial<EntryPolicy>])[] = [
  [{ ttl: '1h' }, { ttl: { kind: 'span', ms: 3_600_000 } as EntryPolicy['ttl'] }],
  [{ ttl: 'never' }, { ttl: { kind: 'never' } }],
  [{ ttl: 0 }, { ttl: { kind: 'instant' } }],
  [{ ttl: new Date(NOW_MS + 5) }, { ttl: { kind: 'until', atMs: NOW_MS + 5 } }],
  [{ tags: ['org:7'] }, { tags: ['org:7'] as unknown as EntryPolicy['tags'] }],
  [{ dependsOn: ['team:9'] }, { dependsOn: ['team:9'] as unknown as EntryPolicy['dependsOn'] }],
  [{ priority: 'critical' }, { priority: 'critical' }],
  [{ staleWhileRevalidate: '10s' }, ms({ staleWhileRevalidateMs: 10_000 })],
  [{ staleIfError: '1h' }, ms({ staleIfErrorMs: 3_600_000 })],
  [{ refreshAhead: 0.8 }, { refreshAhead: 0.8 }],
  [{ jitter: 0.25 }, { jitter: 0.25 }],
  [{ softTimeout: 200 }, ms({ softTimeoutMs: 200 })],
  [{ hardTimeout: '5s' }, ms({ hardTimeoutMs: 5000 })],
  [{ negativeTtl: '30s' }, ms({ negativeTtlMs: 30_000 })],
  [{ errorTtl: '2s' }, ms({ errorTtlMs: 2000 })],
  [{ slidingTtl: '10m' }, ms({ slidingTtlMs: 600_000 })],
  [{ strict: true }, { strict: true }],
]

function ms(fields: Readonly<Record<string, number>>): Partial<EntryPolicy> {
  return fields as unknown as Partial<EntryPolicy>
}

describe('resolveEntryPolicy()', () => {
  it('of nothing answers the base itself, so that the common call allocates nothing', () => {
    const base = resolve({ ttl: '1h' })
    expect(resolve(undefined)).toBe(DEFAULT_ENTRY_POLICY)
    expect(resolve(undefined, base)).toBe(base)
  })

  it.each([{}, { ttl: undefined, tags: undefined, strict: undefined }])(
    'of %o decides every field as the base does',
    (options) => {
      expect(untyped(options)()).toStrictEqual(DEFAULT_ENTRY_POLICY)
    },
  )

  it('lets an entry live five minutes and a factory run for 30 s when nothing is said', () => {
    expect(resolve(undefined)).toStrictEqual({
      ttl: { kind: 'span', ms: 300_000 },
      tags: [],
      dependsOn: [],
      priority: 'medium',
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
      refreshAhead: undefined,
      jitter: 0.1,
      softTimeoutMs: undefined,
      hardTimeoutMs: 30_000,
      negativeTtlMs: undefined,
      errorTtlMs: undefined,
      slidingTtlMs: undefined,
      strict: false,
    })
  })

  it.each(EVERY_OPTION)('turns %j into %j and leaves all else as it is', (options, fields) => {
    expect(resolve(options)).toStrictEqual({ ...DEFAULT_ENTRY_POLICY, ...fields })
  })

  it.each(EVERY_OPTION)(
    'keeps %j of the base when a call says nothing of it',
    (options, fields) => {
      expect(resolve({}, resolve(options))).toMatchObject(fields)
    },
  )

  it('has a case here for every field that there is', () => {
    const tested = new Set(EVERY_OPTION.flatMap(([, fields]) => Object.keys(fields)))
    expect([...tested].toSorted()).toEqual(Object.keys(DEFAULT_ENTRY_POLICY).toSorted())
  })

  it('lets a call override what the base says, back to the default too', () => {
    const base = resolve({ priority: 'high', strict: true, staleIfError: '1h', jitter: 0.5 })
    const policy = resolve({ priority: 'low', strict: false, staleIfError: 0, jitter: 0 }, base)
    expect(policy).toMatchObject({ priority: 'low', strict: false, staleIfErrorMs: 0, jitter: 0 })
  })

  it('keeps a TTL function as it is, for the value to come', () => {
    const ttl = () => '1h' as const
    expect(resolve({ ttl }).ttl).toBe(ttl)
    expect(resolve({}, resolve({ ttl })).ttl).toBe(ttl)
  })

  it('writes neither to the options nor to the base', () => {
    const tags = Object.freeze(['org:7'])
    const base = Object.freeze(resolve({ tags: ['all'], dependsOn: ['a'] }))
    const options = Object.freeze({ tags, dependsOn: tags, ttl: 5, staleIfError: '1h' as const })
    expect(() => resolve(options, base)).not.toThrow()
    expect(options).toEqual({ tags: ['org:7'], dependsOn: ['org:7'], ttl: 5, staleIfError: '1h' })
    expect(base.tags).toEqual(['all'])
  })

  it('takes what a caller changes in its options afterwards for nothing of its own', () => {
    const tags = ['org:7']
    const policy = resolve({ tags })
    tags.push('org:8')
    expect(policy.tags).toEqual(['org:7'])
  })
})

describe('resolveEntryPolicy() with tags and dependencies', () => {
  const base = resolve({ tags: ['all', 'users'], dependsOn: ['team:9'] })

  it('adds those of a call to those of the base, each once', () => {
    const policy = resolve({ tags: ['users', 'org:7'], dependsOn: ['team:9', 'team:1'] }, base)
    expect(policy.tags).toEqual(['all', 'users', 'org:7'])
    expect(policy.dependsOn).toEqual(['team:9', 'team:1'])
  })

  it('keeps the lists of the base when a call has none or an empty one', () => {
    for (const options of [{}, { tags: [], dependsOn: [] }]) {
      expect(resolve(options, base).tags).toBe(base.tags)
      expect(resolve(options, base).dependsOn).toBe(base.dependsOn)
    }
  })

  it.each(['tags', 'dependsOn'] as const)('takes 64 %s and refuses one more', (option) => {
    const names = Array.from({ length: MAX_TAGS }, (_, at) => `n:${at}`)
    expect(resolve({ [option]: names })[option]).toHaveLength(MAX_TAGS)
    expect(untyped({ [option]: [...names, 'more'] })).toThrow(
      expect.objectContaining({ code: 'CACHE_TAG_INVALID' }),
    )
  })

  it.each(['tags', 'dependsOn'] as const)('counts the %s of base and call together', (option) => {
    const names = Array.from({ length: MAX_TAGS }, (_, at) => `n:${at}`)
    const full = resolve({ [option]: names.slice(1) })
    expect(resolve({ [option]: names }, full)[option].toSorted()).toEqual(names.toSorted())
    expect(() => resolve({ [option]: ['more', 'yet more'] }, full)).toThrow(
      expect.objectContaining({
        code: 'CACHE_TAG_INVALID',
        message: `Cannot use ${option}: expected at most 64 different names, got more`,
      }),
    )
  })

  it.each([
    ['tags', 'org:7'],
    ['tags', null],
    ['tags', ['']],
    ['tags', [7]],
    ['dependsOn', 'team:9'],
    ['dependsOn', [' team']],
  ])('refuses %s %o', (option, value) => {
    expect(untyped({ [option]: value })).toThrow(
      expect.objectContaining({ code: 'CACHE_TAG_INVALID' }),
    )
  })
})

describe('resolveEntryPolicy() at the limits', () => {
  it.each<[string, unknown]>([
    ['jitter', 0],
    ['jitter', 0.999],
    ['refreshAhead', 0.001],
    ['refreshAhead', 0.999],
    ['staleWhileRevalidate', 0],
    ['staleIfError', 0],
    ['softTimeout', 0],
    ['softTimeout', 30_000],
    ['negativeTtl', 0],
    ['errorTtl', 0],
    ['hardTimeout', 1],
    ['slidingTtl', 1],
  ])('takes %s %o', (option, value) => {
    expect(untyped({ [option]: value })).not.toThrow()
  })

  it.each<[string, unknown, string]>([
    ['jitter', -0.001, 'expected a number from 0 to below 1, got -0.001'],
    ['jitter', 1, 'expected a number from 0 to below 1, got 1'],
    ['jitter', Number.NaN, 'expected a number from 0 to below 1, got NaN'],
    ['jitter', '0.1', 'expected a number from 0 to below 1, got 0.1'],
    ['refreshAhead', 0, 'expected a number above 0 and below 1, got 0'],
    ['refreshAhead', 1, 'expected a number above 0 and below 1, got 1'],
    ['refreshAhead', null, 'expected a number above 0 and below 1, got null'],
    ['hardTimeout', 0, 'expected at least one millisecond, got 0'],
    ['slidingTtl', '0s', 'expected at least one millisecond, got 0s'],
    ['strict', 1, 'expected true or false, got 1'],
    ['strict', 'true', 'expected true or false, got true'],
    ['priority', 'urgent', 'expected one of low, medium, high, critical, got "urgent"'],
  ])('refuses %s %o', (option, value, why) => {
    expect(untyped({ [option]: value })).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        message: `Cannot use ${option}: ${why}`,
      }),
    )
  })

  const spans = [
    'staleWhileRevalidate',
    'staleIfError',
    'softTimeout',
    'hardTimeout',
    'negativeTtl',
    'errorTtl',
    'slidingTtl',
  ]
  const wrong = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5', 'never', null, true, {}]

  it.each(spans)('refuses for %s whatever is no duration, and names the option', (option) => {
    for (const value of wrong) {
      expect(untyped({ [option]: value })).toThrow(`Cannot use ${option}: expected whole millis`)
    }
  })

  it.each([-1, 0.5, Number.NaN, '5', '', null, true, {}, new Date(NOW_MS)])(
    'refuses ttl %o',
    (ttl) => {
      expect(untyped({ ttl })).toThrow(expect.objectContaining({ code: 'CACHE_TTL_INVALID' }))
    },
  )
})

describe('resolveEntryPolicy() with contradictions', () => {
  it.each<[EntryOptions, number]>([
    [{ softTimeout: 100, hardTimeout: 100 }, 100],
    [{ softTimeout: '30s' }, 30_000],
  ])('takes %j', (options, softMs) => {
    expect(resolve(options).softTimeoutMs).toBe(softMs)
  })

  it.each<[EntryOptions, string]>([
    [{ softTimeout: 101, hardTimeout: 100 }, 'at most 100 ms, got 101'],
    [{ softTimeout: 30_001 }, 'at most 30000 ms, got 30001'],
  ])('refuses %j, naming both options', (options, why) => {
    expect(() => resolve(options)).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        message: `Cannot use softTimeout with hardTimeout: expected softTimeout of ${why}`,
      }),
    )
  })

  it('takes a hardTimeout under an inherited softTimeout, which then just does not apply', () => {
    const base = resolve({ softTimeout: '1s' })
    const policy = resolve({ hardTimeout: 10 }, base)
    expect(policy).toMatchObject({ softTimeoutMs: 1000, hardTimeoutMs: 10 })
  })

  it('refuses refreshAhead of a TTL of never, also of an inherited one, naming both', () => {
    const expected = expect.objectContaining({
      code: 'CACHE_OPTION_INVALID',
      message: "Cannot use refreshAhead with ttl: 'never' has no share that could pass",
    })
    expect(() => resolve({ refreshAhead: 0.5, ttl: 'never' })).toThrow(expected)
    expect(() => resolve({ refreshAhead: 0.5 }, resolve({ ttl: 'never' }))).toThrow(expected)
  })

  it('takes a TTL of never under an inherited refreshAhead, and a function that may answer it', () => {
    const base = resolve({ refreshAhead: 0.5 })
    expect(resolve({ ttl: 'never' }, base).ttl).toEqual({ kind: 'never' })
    expect(() => resolve({ refreshAhead: 0.5, ttl: () => 'never' })).not.toThrow()
  })
})

describe('DEFAULT_ENTRY_POLICY', () => {
  it('is frozen, with all that is in it', () => {
    const { ttl, tags, dependsOn } = DEFAULT_ENTRY_POLICY
    expect([DEFAULT_ENTRY_POLICY, ttl, tags, dependsOn].every(Object.isFrozen)).toBe(true)
  })
})

describe('isEntryOption()', () => {
  it('is true for every option of an entry', () => {
    const options = EVERY_OPTION.flatMap(([given]) => Object.keys(given))
    expect(options.filter((name) => !isEntryOption(name))).toEqual([])
  })

  it.each(['', 'TTL', 'maxEntries', 'key', 'signal', 'ttlMs', 'constructor', '__proto__'])(
    'is false for %j',
    (name) => {
      expect(isEntryOption(name)).toBe(false)
    },
  )
})

describe('rejectUnknownOptions()', () => {
  it('takes every option of an entry and what the call adds', () => {
    expect(() =>
      rejectUnknownOptions({ ttl: 1, staleIfError: 1, signal: 1 }, ['signal']),
    ).not.toThrow()
  })

  it('refuses another name, and says which there are', () => {
    expect(() => rejectUnknownOptions({ staleIfErorr: '1h' }, [])).toThrow(
      /^Cannot use the option "staleIfErorr": expected one of ttl, .*staleIfError/,
    )
    expect(() => rejectUnknownOptions({ signal: 1 }, [])).toThrow(/signal/)
  })
})

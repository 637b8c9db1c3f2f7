import { describe, expect, it } from 'vitest'
import {
  type CacheNamespace,
  DEFAULT_NAMESPACE,
  type NamespaceOptions,
  parseNamespaceName,
  resolveNamespace,
} from '../../../src/core/entities/cache-namespace.ts'
import type { StandardSchema } from '../../../src/core/value-objects/standard-schema.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'

const BASE: CacheNamespace = Object.freeze({ name: 'users', ...DEFAULT_NAMESPACE })

const schema: StandardSchema = {
  '~standard': { version: 1, vendor: 'tests', validate: (value) => ({ value }) },
}

const resolve = (options: NamespaceOptions | undefined, base: CacheNamespace = BASE) =>
  resolveNamespace(base, options, FAKE_START_MS)

/** Options as someone without types may give them. */
const untyped = (options: unknown) => () => resolve(options as NamespaceOptions)

/** Every option of the namespace itself, and what it becomes. */
const OWN_OPTIONS: readonly (readonly [NamespaceOptions, object])[] = [
  [{ description: 'All users' }, { description: 'All users' }],
  [{ maxEntries: 10 }, { maxEntries: 10 }],
  [{ maxBytes: '1kb' }, { maxBytes: 1024 }],
  [{ maxBytes: 99 }, { maxBytes: 99 }],
  [{ evictionPolicy: 'lfu' }, { evictionPolicy: 'lfu' }],
  [{ priorityWeights: { high: 8 } }, { priorityWeights: [1, 2, 8] }],
  [{ storage: 'buffer' }, { storage: 'buffer' }],
  [{ isolation: 'share' }, { isolation: 'share' }],
  [{ isolation: 'freeze' }, { isolation: 'freeze' }],
  [{ isolation: 'clone' }, { isolation: 'clone' }],
  [{ maxConcurrentLoads: 4 }, { maxConcurrentLoads: 4 }],
  [{ maxQueuedLoads: 5 }, { maxQueuedLoads: 5 }],
  [{ schema }, { schema }],
]

describe('parseNamespaceName()', () => {
  it.each(['a', '7', 'users', 'Users-2.old_1', 'a'.repeat(64)])('takes %j as it is', (name) => {
    expect(parseNamespaceName(name)).toBe(name)
  })

  it.each<[unknown, string]>([
    ['', ''],
    ['.a', '.a'],
    ['-a', '-a'],
    ['_a', '_a'],
    ['a b', 'a b'],
    ['a:b', 'a:b'],
    ['a/b', 'a/b'],
    ['a\n', 'a\n'],
    ['größe', 'größe'],
    ['a'.repeat(65), 'a'.repeat(65)],
    ['a'.repeat(500), 'a'.repeat(100)],
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
    [['users'], 'users'],
  ])('refuses %j', (name, text) => {
    expect(() => parseNamespaceName(name)).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        message: `Cannot use a namespace name: expected 1 to 64 letters, digits, ".", "_" or "-", got ${text}`,
      }),
    )
  })
})

describe('resolveNamespace()', () => {
  it('of nothing answers the base itself', () => {
    expect(resolve(undefined)).toBe(BASE)
  })

  it('of an empty object decides every field as the base does, and keeps its very policy', () => {
    const base = resolve({ ttl: '1h', maxEntries: 5, schema, description: 'x' })
    expect(resolve({}, base)).toStrictEqual(base)
    expect(resolve({ maxEntries: 6 }, base).entryPolicy).toBe(base.entryPolicy)
  })

  it.each(OWN_OPTIONS)('turns %j into %j and leaves all else as it is', (options, fields) => {
    expect(resolve(options)).toStrictEqual({ ...BASE, ...fields })
  })

  it.each(OWN_OPTIONS)('keeps %j of the base when nothing is said of it', (options, fields) => {
    expect(resolve({ ttl: '1h' }, resolve(options))).toMatchObject(fields)
  })

  it('has a case here for every field that there is', () => {
    const tested = new Set(OWN_OPTIONS.flatMap(([, fields]) => Object.keys(fields)))
    expect([...tested, 'name', 'entryPolicy'].toSorted()).toEqual(Object.keys(BASE).toSorted())
  })

  it('hands what it is told of entries to their policy', () => {
    const { entryPolicy } = resolve({ ttl: '1h', tags: ['all'], maxEntries: 5 })
    expect(entryPolicy).toStrictEqual({
      ...DEFAULT_NAMESPACE.entryPolicy,
      ttl: { kind: 'span', ms: 3_600_000 },
      tags: ['all'],
    })
  })

  it('never changes the name', () => {
    expect(untyped({ name: 'others' })).toThrow('Cannot use the namespace option name')
  })

  it('writes neither to the options nor to the base', () => {
    const options = Object.freeze({ maxEntries: 5, ttl: '1h' as const, tags: Object.freeze(['a']) })
    expect(() => resolve(options)).not.toThrow()
    expect(BASE).toStrictEqual({ name: 'users', ...DEFAULT_NAMESPACE })
  })
})

describe('resolveNamespace() with wrong options', () => {
  it.each<[string, unknown]>([
    ['maxEntries', 1],
    ['maxEntries', Number.MAX_SAFE_INTEGER],
    ['maxConcurrentLoads', 1],
    ['maxQueuedLoads', 1],
    ['maxBytes', 1],
    ['description', ''],
    ['description', 'x'.repeat(1000)],
  ])('takes %s at its limit', (option, value) => {
    expect(untyped({ [option]: value })()).toMatchObject({ [option]: value })
  })

  const counts = ['maxEntries', 'maxConcurrentLoads', 'maxQueuedLoads']
  it.each(counts)('refuses %s that is no whole number of at least 1', (option) => {
    for (const value of [
      0,
      -1,
      1.5,
      Number.NaN,
      Infinity,
      Number.MAX_SAFE_INTEGER + 1,
      '5',
      null,
    ]) {
      expect(untyped({ [option]: value })).toThrow(
        expect.objectContaining({
          code: 'CACHE_OPTION_INVALID',
          message: `Cannot use ${option}: expected a whole number of at least 1, got ${value}`,
        }),
      )
    }
  })

  it.each<[string, unknown, string, string]>([
    ['maxBytes', 0, 'CACHE_SIZE_INVALID', 'Cannot use maxBytes: expected whole bytes'],
    ['maxBytes', '1tb', 'CACHE_SIZE_INVALID', 'got "1tb"'],
    ['evictionPolicy', 'mru', 'CACHE_OPTION_INVALID', 'expected one of w-tinylfu, lru, lfu, fifo'],
    ['priorityWeights', { low: 0 }, 'CACHE_OPTION_INVALID', 'Cannot use priorityWeights'],
    ['storage', 'disk', 'CACHE_OPTION_INVALID', 'expected one of reference, buffer, got "disk"'],
    ['isolation', 'copy', 'CACHE_OPTION_INVALID', 'expected share, freeze, clone, got copy'],
    ['isolation', null, 'CACHE_OPTION_INVALID', 'Cannot use isolation'],
    ['description', 'x'.repeat(1001), 'CACHE_OPTION_INVALID', 'at most 1000 characters'],
    ['description', 5, 'CACHE_OPTION_INVALID', 'Cannot use description'],
    ['schema', {}, 'CACHE_OPTION_INVALID', 'Cannot use schema: expected a Standard Schema'],
    ['schema', { '~standard': { version: 2 } }, 'CACHE_OPTION_INVALID', 'Cannot use schema'],
    ['schema', null, 'CACHE_OPTION_INVALID', 'Cannot use schema'],
    ['ttl', -1, 'CACHE_TTL_INVALID', 'Cannot use ttl'],
    ['tags', 'all', 'CACHE_TAG_INVALID', 'Cannot use tags'],
    ['jitter', 1, 'CACHE_OPTION_INVALID', 'Cannot use jitter'],
  ])('refuses %s %o', (option, value, code, text) => {
    expect(untyped({ [option]: value })).toThrow(expect.objectContaining({ code }))
    expect(untyped({ [option]: value })).toThrow(text)
  })

  it.each(['TTL', 'max_entries', 'skipL1', 'constructor', ''])('refuses the option %j', (name) => {
    expect(untyped({ [name]: 1 })).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        message: `Cannot use the namespace option ${name}: no such option`,
      }),
    )
  })

  it('cuts the name of an unknown option at 100 characters', () => {
    expect(untyped({ ['x'.repeat(101)]: 1 })).toThrow(`option ${'x'.repeat(100)}: no such option`)
  })

  it.each([null, 5, 'users', true])('refuses %o in place of options', (options) => {
    expect(untyped(options)).toThrow(
      `Cannot use the namespace options: expected an object, got ${options}`,
    )
  })

  it('refuses entry options that contradict each other', () => {
    expect(untyped({ softTimeout: 2, hardTimeout: 1 })).toThrow('softTimeout with hardTimeout')
  })
})

describe('DEFAULT_NAMESPACE', () => {
  it('is frozen, without limits of its own, with the objects shared', () => {
    expect(Object.isFrozen(DEFAULT_NAMESPACE)).toBe(true)
    expect(DEFAULT_NAMESPACE).toMatchObject({
      maxEntries: undefined,
      maxBytes: undefined,
      maxConcurrentLoads: undefined,
      maxQueuedLoads: 1000,
      evictionPolicy: 'w-tinylfu',
      priorityWeights: [1, 2, 4],
      storage: 'reference',
      isolation: 'share',
      schema: undefined,
    })
  })
})

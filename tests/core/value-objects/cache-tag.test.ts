import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  MAX_TAG_BYTES,
  MAX_TAGS,
  parseCacheTag,
  parseCacheTags,
  parseDependencyName,
  parseDependencyNames,
} from '../../../src/core/value-objects/cache-tag.ts'

function refusal(parse: () => unknown): CacheError {
  try {
    parse()
  } catch (error) {
    if (error instanceof CacheError) return error
  }
  throw new Error('it was accepted')
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `t${at}`)

describe.each([
  ['parseCacheTag', parseCacheTag, 'tag'],
  ['parseDependencyName', parseDependencyName, 'dependency'],
] as const)('%s()', (_, parse, kind) => {
  it.each(['a', 'org:7', 'a,b', 'a b', '*', 'Größe', 'a'.repeat(128), '😀'.repeat(32)])(
    'takes %j as it is',
    (text) => {
      expect(parse(text)).toBe(text)
    },
  )

  it.each([
    ['', 'expected 1 to 128 bytes, got none'],
    ['a'.repeat(129), 'expected at most 128 bytes, got more'],
    [`${'😀'.repeat(32)}a`, 'expected at most 128 bytes, got 129'],
    [' a', 'expected no white space at the ends, got it first'],
    ['a\u007fb', 'expected no control characters, got U+007F at 1'],
    ['a\ud800', 'expected well-formed Unicode, got a lone surrogate at 1'],
    [7, 'expected a string, got 7'],
    [undefined, 'expected a string, got undefined'],
    [{ tag: 'a' }, 'expected a string, got an object'],
  ])('refuses %j: %s', (value, why) => {
    const error = refusal(() => parse(value))
    expect(error.code).toBe('CACHE_TAG_INVALID')
    expect(error.message.startsWith(`Cannot use ${kind} `)).toBe(true)
    expect(error.message.endsWith(`: ${why}`)).toBe(true)
  })
})

describe.each([
  ['parseCacheTags', parseCacheTags, 'tags'],
  ['parseDependencyNames', parseDependencyNames, 'dependsOn'],
] as const)('%s()', (_, parse, option) => {
  it('keeps the order and drops repetitions', () => {
    expect(parse(['b', 'a', 'b', 'c', 'a'], option)).toEqual(['b', 'a', 'c'])
  })

  it('answers a frozen list of its own', () => {
    const given = ['a']
    const parsed = parse(given, option)
    given.push('b')
    expect(parsed).toEqual(['a'])
    expect(Object.isFrozen(parsed)).toBe(true)
  })

  it('takes an empty list', () => {
    expect(parse([], option)).toEqual([])
  })

  it('takes 64 names, and more if they repeat, but not 65 different ones', () => {
    expect(parse(numbered(64), option).length).toBe(64)
    expect(parse([...numbered(64), ...numbered(64)], option).length).toBe(64)
    const error = refusal(() => parse(numbered(65), option))
    expect(error.code).toBe('CACHE_TAG_INVALID')
    expect(error.message).toBe(
      `Cannot use ${option}: expected at most 64 different names, got more`,
    )
  })

  it.each([
    ['a', 'got "a"'],
    [undefined, 'got undefined'],
    [new Set(['a']), 'got an object'],
    [{ 0: 'a', length: 1 }, 'got an object'],
  ])('refuses %o, which is no array', (values, got) => {
    const error = refusal(() => parse(values, option))
    expect(error.code).toBe('CACHE_TAG_INVALID')
    expect(error.message).toBe(`Cannot use ${option}: expected an array of strings, ${got}`)
  })

  it('refuses a list with one wrong name, and a list with a hole', () => {
    expect(refusal(() => parse(['a', ' b'], option)).message).toContain('" b"')
    expect(refusal(() => parse(new Array(2), option)).message).toContain('got undefined')
  })

  it('answers what a Set keeps of any valid names', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', ':'), minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(name, { maxLength: 60 }), (names) => {
        expect(parse(names, option)).toEqual([...new Set(names)])
      }),
    )
  })
})

describe('the limits of tags', () => {
  it('are 128 bytes each and 64 an entry', () => {
    expect([MAX_TAG_BYTES, MAX_TAGS]).toEqual([128, 64])
  })
})

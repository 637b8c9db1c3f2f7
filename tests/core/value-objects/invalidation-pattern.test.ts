import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CacheError, isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  type InvalidationPattern,
  MAX_PATTERN_BYTES,
  MAX_WILDCARDS,
  parseInvalidationPattern,
} from '../../../src/core/value-objects/invalidation-pattern.ts'
import { matchesNaively } from './naive-pattern.ts'

function refusal(value: unknown): CacheError {
  try {
    parseInvalidationPattern(value)
  } catch (error) {
    if (error instanceof CacheError) return error
  }
  throw new Error('it was accepted')
}

/** The pattern, or `undefined` if the random text is none. */
function parsed(source: string): InvalidationPattern | undefined {
  try {
    return parseInvalidationPattern(source)
  } catch (error) {
    if (isCacheError(error, 'CACHE_PATTERN_INVALID')) return undefined
    throw error
  }
}

const keyUnit = fc.constantFrom('a', 'b', ':')
const patternPart = fc.constantFrom('a', 'b', ':', '*', '**', '?', ':**:', '**:', ':*:')
const shortKey = fc.string({ unit: keyUnit, maxLength: 8 })
const shortPattern = fc.array(patternPart, { minLength: 1, maxLength: 7 }).map((p) => p.join(''))

/** A key that the pattern was meant for: each wildcard filled in with some text, which may break its rule. */
function filledIn(pattern: string): fc.Arbitrary<string> {
  const filling = fc.string({ unit: keyUnit, maxLength: 3 })
  return fc.array(filling, { minLength: 8, maxLength: 8 }).map((fillings) => {
    let next = 0
    return pattern.replace(/\*+|\?/g, (wildcard) => {
      next += 1
      const text = fillings[next % fillings.length] ?? ''
      return wildcard === '?' ? text.slice(0, 1) : text
    })
  })
}

describe('parseInvalidationPattern()', () => {
  it.each([
    ['user:123:profile', 'key', 'user:123:profile'],
    ['https://x/y', 'key', 'https://x/y'],
    ['user:123:*', 'prefix', 'user:123:'],
    ['user:123:**', 'prefix', 'user:123:'],
    ['user:123:***', 'prefix', 'user:123:'],
    ['user*', 'prefix', 'user'],
    ['*', 'prefix', ''],
    ['**', 'prefix', ''],
    ['user:*:profile', 'glob', 'user:'],
    ['user:**:profile', 'glob', 'user:'],
    ['user:?', 'glob', 'user:'],
    ['*:profile', 'glob', ''],
    ['a*b*', 'glob', 'a'],
    ['a?*', 'glob', 'a'],
    ['日本:*', 'prefix', '日本:'],
  ])('takes %s for a %s with the literal head %j', (source, kind, prefix) => {
    const pattern = parseInvalidationPattern(source)
    expect(pattern.source).toBe(source)
    expect(pattern.kind).toBe(kind)
    expect(pattern.prefix).toBe(prefix)
  })

  it.each([
    ['', 'without a wildcard it is a key, and it is no valid one'],
    ['a ', 'without a wildcard it is a key, and it is no valid one'],
    ['a'.repeat(513), 'without a wildcard it is a key, and it is no valid one'],
    [':'.repeat(16), 'without a wildcard it is a key, and it is no valid one'],
    [`${'a'.repeat(512)}*`, 'expected at most 512 bytes, got more'],
    [`${'é'.repeat(256)}*`, 'expected at most 512 bytes, got 513'],
    [' a*', 'expected no white space at the ends, got it first'],
    ['a*b ', 'expected no white space at the ends, got it last'],
    ['a\u0000*', 'expected no control characters, got U+0000 at 1'],
    ['a*\ud800', 'expected well-formed Unicode, got a lone surrogate at 2'],
    ['*a'.repeat(17), 'expected at most 16 wildcards, got 17'],
    ['?'.repeat(17), 'expected at most 16 wildcards, got 17'],
    [`${'**:'.repeat(17)}a`, 'expected at most 16 wildcards, got 17'],
    [7, 'expected a string, got 7'],
    [undefined, 'expected a string, got undefined'],
    [/a/, 'expected a string, got an object'],
  ])('refuses %j: %s', (value, why) => {
    const error = refusal(value)
    expect(error.code).toBe('CACHE_PATTERN_INVALID')
    expect(error.message.startsWith('Cannot use pattern ')).toBe(true)
    expect(error.message.endsWith(`: ${why}`)).toBe(true)
  })

  it('says in the cause what is wrong with a key', () => {
    expect(isCacheError(refusal('a ').cause, 'CACHE_KEY_INVALID')).toBe(true)
    expect('cause' in refusal('*a'.repeat(17))).toBe(false)
  })

  it('takes 16 wildcards, stars in a row counted as one', () => {
    expect(parseInvalidationPattern('*a'.repeat(16)).kind).toBe('glob')
    expect(parseInvalidationPattern('*****a'.repeat(16)).kind).toBe('glob')
    expect(parseInvalidationPattern('?'.repeat(16)).kind).toBe('glob')
  })

  it('takes a pattern of 512 bytes', () => {
    expect(parseInvalidationPattern(`${'a'.repeat(511)}*`).kind).toBe('prefix')
    expect([MAX_PATTERN_BYTES, MAX_WILDCARDS]).toEqual([512, 16])
  })
})

describe('matches()', () => {
  it.each([
    ['user:1', 'user:1', true],
    ['user:1', 'user:12', false],
    ['user:1', 'user', false],
    ['user:1:*', 'user:1:profile', true],
    ['user:1:*', 'user:1:a:b:c', true],
    ['user:1:*', 'user:1:', true],
    ['user:1:*', 'user:1', false],
    ['user:1:*', 'user:12:a', false],
    ['user*', 'users:1', true],
    ['*', 'anything:at:all', true],
    ['user:*:profile', 'user:1:profile', true],
    ['user:*:profile', 'user::profile', true],
    ['user:*:profile', 'user:1:2:profile', false],
    ['user:*:profile', 'user:profile', false],
    ['user:*:profile', 'user:1:profile:x', false],
    ['user:1*:name', 'user:12:name', true],
    ['user:1*:name', 'user:1:name', true],
    ['user:1*:name', 'user:21:name', false],
    ['a:*:b:*', 'a:x:b:c:d', true],
    ['a:*:b:*', 'a:x:y:b:c', false],
    ['user:**:profile', 'user:profile', true],
    ['user:**:profile', 'user:1:profile', true],
    ['user:**:profile', 'user:1:2:3:profile', true],
    ['user:**:profile', 'user:1profile', false],
    ['user:**:profile', 'userprofile', false],
    ['**:profile', 'profile', true],
    ['**:profile', 'a:b:profile', true],
    ['**:profile', 'myprofile', false],
    ['**:a:**:b', 'a:b', true],
    ['a**z', 'az', true],
    ['a**z', 'a:b:z', true],
    ['a**:z', 'a:z', true],
    ['a**:z', 'az', false],
    ['**z', 'a:b:xyz', true],
    ['user:?', 'user:1', true],
    ['user:?', 'user:', false],
    ['user:?', 'user:12', false],
    ['a?b', 'a:b', false],
    ['a?b', 'axb', true],
    ['?', '😀', true],
    ['??', '😀', false],
    ['??', '😀é', true],
    ['*?', '😀', true],
    ['*??', '😀', false],
    ['?*?', '😀', false],
    ['?*?', 'x😀', true],
    ['a:?:b', 'a:日:b', true],
    ['*日*', 'x:日', false],
    ['**日*', 'x:日', true],
    ['ab*ba', 'aba', false],
    ['ab*ba', 'abba', true],
    ['a.c*', 'abc', false],
    ['A:*', 'a:1', false],
  ])('of %s on %s answers %s', (source, key, isMatch) => {
    expect(parseInvalidationPattern(source).matches(key)).toBe(isMatch)
    expect(matchesNaively(source, key)).toBe(isMatch)
  })

  it('agrees with the naive model on random patterns and random keys', () => {
    let matched = 0
    fc.assert(
      fc.property(shortPattern, shortKey, (source, key) => {
        const pattern = parsed(source)
        fc.pre(pattern !== undefined)
        const expected = matchesNaively(source, key)
        matched += expected ? 1 : 0
        expect(pattern?.matches(key)).toBe(expected)
      }),
      { numRuns: 20_000 },
    )
    expect(matched).toBeGreaterThan(1000)
  })

  it('agrees with the naive model on keys that were made to fit, or nearly', () => {
    const pair = shortPattern.chain((source) => filledIn(source).map((key) => ({ source, key })))
    let matched = 0
    fc.assert(
      fc.property(pair, ({ source, key }) => {
        const pattern = parsed(source)
        fc.pre(pattern !== undefined)
        const expected = matchesNaively(source, key)
        matched += expected ? 1 : 0
        expect(pattern?.matches(key)).toBe(expected)
      }),
      { numRuns: 20_000 },
    )
    expect(matched).toBeGreaterThan(5000)
  })

  it('agrees with the naive model on characters outside the basic plane', () => {
    const key = fc.string({ unit: fc.constantFrom('😀', '😁', 'a', ':'), maxLength: 6 })
    const part = fc.constantFrom('😀', 'a', ':', '*', '**', '?')
    const source = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(source, key, (text, candidate) => {
        const pattern = parsed(text)
        fc.pre(pattern !== undefined)
        expect(pattern?.matches(candidate)).toBe(matchesNaively(text, candidate))
      }),
      { numRuns: 5000 },
    )
  })

  it('answers the same for one pattern whatever keys came before', () => {
    const keys = fc.array(fc.string({ unit: keyUnit, maxLength: 200 }), { maxLength: 10 })
    fc.assert(
      fc.property(shortPattern, keys, (source, candidates) => {
        const shared = parsed(source)
        fc.pre(shared !== undefined)
        const first = candidates.map((key) => shared?.matches(key))
        const fresh = candidates.map((key) => parseInvalidationPattern(source).matches(key))
        expect(first).toEqual(fresh)
      }),
      { numRuns: 1000 },
    )
  })

  it('matches only keys that begin with the literal head', () => {
    fc.assert(
      fc.property(shortPattern, shortKey, (source, key) => {
        const pattern = parsed(source)
        fc.pre(pattern?.matches(key) === true)
        expect(key.startsWith(pattern?.prefix ?? '?')).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('of a prefix pattern is the same as startsWith()', () => {
    const head = fc.string({ unit: keyUnit, maxLength: 4 })
    fc.assert(
      fc.property(head, fc.constantFrom('*', '**'), shortKey, (prefix, stars, key) => {
        const pattern = parseInvalidationPattern(prefix + stars)
        expect(pattern.kind).toBe('prefix')
        expect(pattern.matches(key)).toBe(key.startsWith(prefix))
      }),
    )
  })
})

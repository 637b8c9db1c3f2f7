import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CacheError, isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import { CacheKeyInvalid } from '../../../src/core/exceptions/cache-key-invalid.ts'
import {
  ancestorPrefixes,
  keySegments,
  MAX_KEY_BYTES,
  MAX_KEY_SEGMENTS,
  parseCacheKey,
} from '../../../src/core/value-objects/cache-key.ts'

/** The rules of a key, as slow and as plain as can be. */
function isValidKey(text: string): boolean {
  const bytes = new TextEncoder().encode(text)
  const survivesUtf8 = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === text
  const isSized = bytes.length >= 1 && bytes.length <= 512 && text.split(':').length <= 16
  return isSized && survivesUtf8 && !/[\p{Cc}*?]/u.test(text) && text.trim() === text
}

function isAccepted(value: unknown): boolean {
  try {
    return parseCacheKey(value) === value
  } catch (error) {
    if (isCacheError(error, 'CACHE_KEY_INVALID')) return false
    throw error
  }
}

function refusal(value: unknown): CacheError {
  try {
    parseCacheKey(value)
  } catch (error) {
    if (error instanceof CacheError) return error
  }
  throw new Error('the key was accepted')
}

const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
const oddUnit = fc.constantFrom(...'ab:::*? ~\u00a0\u3000\t\u007f\u009fé\u3042\ud83d\ude00')
const harmlessUnit = fc.constantFrom(...'ab0:/@.-_ %', 'é', 'あ', '😀')
const candidate = fc.oneof(
  fc.string({ unit: anyUnit, maxLength: 40 }),
  fc.string({ unit: oddUnit, maxLength: 24 }),
  fc.string({ unit: harmlessUnit, maxLength: 40 }),
  // Around the limit of bytes, in characters of one to four.
  fc
    .tuple(fc.constantFrom('a', 'é', 'あ', '😀'), fc.integer({ min: 120, max: 520 }), harmlessUnit)
    .map(([character, count, end]) => character.repeat(count) + end),
  // Around the limit of segments.
  fc.array(harmlessUnit, { minLength: 14, maxLength: 18 }).map((parts) => parts.join(':')),
)

describe('parseCacheKey()', () => {
  it.each([
    'a',
    'user:123:profile',
    'https://example.com/a/b%20c',
    'mailto:ada+cache@example.com',
    '::1',
    ':',
    'a::b',
    'a b',
    '{tag}',
    'Größe:日本:😀',
    '__proto__',
    'a'.repeat(512),
    'é'.repeat(256),
    'あ'.repeat(170),
    '😀'.repeat(128),
    ':'.repeat(15),
  ])('takes %j as it is', (text) => {
    expect(parseCacheKey(text)).toBe(text)
  })

  it.each([
    ['', 'expected 1 to 512 bytes, got none'],
    ['a'.repeat(513), 'expected at most 512 bytes, got more'],
    ['é'.repeat(257), 'expected at most 512 bytes, got 514'],
    [`${'あ'.repeat(170)}abc`, 'expected at most 512 bytes, got 513'],
    [`${'😀'.repeat(128)}a`, 'expected at most 512 bytes, got 513'],
    [':'.repeat(16), 'expected at most 16 segments, got 17'],
    [`é${':'.repeat(16)}`, 'expected at most 16 segments, got 17'],
    [' a', 'expected no white space at the ends, got it first'],
    ['a ', 'expected no white space at the ends, got it last'],
    [' ', 'expected no white space at the ends, got it first'],
    ['\u00a0a', 'expected no white space at the ends, got it first'],
    ['a\n', 'expected no white space at the ends, got it last'],
    ['a\u0000b', 'expected no control characters, got U+0000 at 1'],
    ['a\u001fb', 'expected no control characters, got U+001F at 1'],
    ['a\u007fb', 'expected no control characters, got U+007F at 1'],
    ['a\u0080b', 'expected no control characters, got U+0080 at 1'],
    ['a\u009fb', 'expected no control characters, got U+009F at 1'],
    ['a*', 'expected no wildcard in a key, got * at 1'],
    ['user:?', 'expected no wildcard in a key, got ? at 5'],
    ['é*', 'expected no wildcard in a key, got * at 1'],
    ['a\ud83d', 'expected well-formed Unicode, got a lone surrogate at 1'],
    ['\ude00a', 'expected well-formed Unicode, got a lone surrogate at 0'],
    ['\ude00\ud83d', 'expected well-formed Unicode, got a lone surrogate at 0'],
  ])('refuses %j: %s', (text, why) => {
    const error = refusal(text)
    expect(error).toBeInstanceOf(CacheKeyInvalid)
    expect(error.code).toBe('CACHE_KEY_INVALID')
    expect(error.message.endsWith(`: ${why}`)).toBe(true)
  })

  it.each([undefined, null, 5, true, {}, ['a'], Symbol('a'), new String('a')])(
    'refuses %o, which is no string',
    (value) => {
      expect(refusal(value).message).toMatch(/^Cannot use key .+: expected a string, got /)
    },
  )

  it('accepts exactly what a plain validator accepts', () => {
    fc.assert(
      fc.property(candidate, (text) => {
        expect(isAccepted(text)).toBe(isValidKey(text))
      }),
      { numRuns: 20_000 },
    )
  })

  it('accepts or refuses each UTF-16 unit between two letters as a plain validator does', () => {
    const different: number[] = []
    for (let code = 0; code <= 0xffff; code += 1) {
      const text = `a${String.fromCharCode(code)}b`
      if (isAccepted(text) !== isValidKey(text)) different.push(code)
    }
    expect(different).toEqual([])
  })

  it('refuses a key of ten million characters without looking at all of them', () => {
    expect(refusal('é'.repeat(10_000_000)).message).toContain('got more')
  })
})

describe('keySegments()', () => {
  it.each([
    ['a', ['a']],
    ['user:123:profile', ['user', '123', 'profile']],
    ['a::b', ['a', '', 'b']],
    [':', ['', '']],
    ['https://x/y', ['https', '//x/y']],
  ])('splits %j into %j', (text, segments) => {
    expect(keySegments(parseCacheKey(text))).toEqual(segments)
  })
})

describe('ancestorPrefixes()', () => {
  it.each([
    ['a', []],
    ['a:b:c', ['a:', 'a:b:']],
    ['a::b', ['a:', 'a::']],
    [':a', [':']],
    ['a:', ['a:']],
  ])('answers of %j the prefixes %j', (text, prefixes) => {
    expect(ancestorPrefixes(parseCacheKey(text))).toEqual(prefixes)
  })

  it('answers one prefix fewer than there are segments, each a head of the key and of the next', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ':'), minLength: 1 }), (text) => {
        fc.pre(isValidKey(text))
        const key = parseCacheKey(text)
        const prefixes = ancestorPrefixes(key)
        expect(prefixes.length).toBe(keySegments(key).length - 1)
        const chain: readonly string[] = [...prefixes, key]
        const isChain = prefixes.every((prefix, at) => chain[at + 1]?.startsWith(prefix))
        expect(isChain && prefixes.every((prefix) => prefix.endsWith(':'))).toBe(true)
      }),
    )
  })
})

describe('the limits of a key', () => {
  it('are 512 bytes and 16 segments, as DESIGN.md says', () => {
    expect([MAX_KEY_BYTES, MAX_KEY_SEGMENTS]).toEqual([512, 16])
  })
})

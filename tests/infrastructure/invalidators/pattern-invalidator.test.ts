import { describe, expect, it } from 'vitest'
import { isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  MAX_REGEX_LENGTH,
  PatternInvalidator,
} from '../../../src/infrastructure/invalidators/pattern-invalidator.ts'

const engine = new PatternInvalidator()

async function messageOf(source: string): Promise<string> {
  const failure = await engine.compile(source).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isCacheError(failure, 'CACHE_PATTERN_INVALID')) throw new Error(`${source} is valid`)
  return failure.message
}

describe('PatternInvalidator', () => {
  it.each([
    {
      source: '^user:\\d+:permissions$',
      hits: ['user:7:permissions'],
      misses: ['user:x:permissions', 'xuser:7:permissions'],
    },
    { source: 'b', hits: ['abc', 'b'], misses: ['', 'ac', 'B'] },
    { source: '(?i)b', hits: ['B'], misses: ['c'] },
    { source: '', hits: ['', 'anything'], misses: [] },
    { source: '^größe:\\pL+$', hits: ['größe:groß'], misses: ['größe:7'] },
    { source: '^.$', hits: ['🎉'], misses: ['ab'] },
    { source: 'a{2,3}', hits: ['aa'], misses: ['a'] },
  ])('matches $source anywhere in a key', async ({ source, hits, misses }) => {
    const matches = await engine.compile(source)
    expect(hits.filter((key) => !matches(key))).toEqual([])
    expect(misses.filter(matches)).toEqual([])
  })

  it.each([
    { source: 'a(b', where: 'missing closing ) at 3' },
    { source: 'a)b', where: 'unexpected ) at 1, near ")"' },
    { source: '(a))', where: 'unexpected ) at 3, near ")"' },
    { source: 'x[z-a]', where: 'invalid character class range at 2, near "z-a"' },
    { source: 'abc[', where: 'missing closing ] at 3, near "["' },
    { source: '*a', where: 'missing argument to repetition operator at 0, near "*"' },
    { source: 'a*(*b)', where: 'missing argument to repetition operator at 3, near "*"' },
    { source: 'ab**', where: 'invalid nested repetition operator at 2, near "**"' },
    { source: 'a\\', where: 'trailing backslash at end of expression at 2' },
    { source: `${'a*'.repeat(9)}(*b)`, where: 'missing argument to repetition operator, near "*"' },
    { source: 'a(?=b)', where: 'at 1, near "(?="' },
    { source: '(?<=a)b', where: 'at 0, near "(?<=a)b"' },
    { source: '(a)\\1', where: 'invalid escape sequence at 3, near "\\\\1"' },
    { source: 'a{1001}', where: 'invalid repeat count at 1, near "{1001}"' },
    { source: 'a{2}b{2,1}', where: 'invalid repeat count at 5, near "{2,1}"' },
  ])('says of $source where it is wrong: $where', async ({ source, where }) => {
    const message = await messageOf(source)
    expect(message).toContain(`Cannot use regex ${JSON.stringify(source)}: `)
    expect(message).toContain(where)
  })

  it('keeps the parser’s own error as the cause', async () => {
    await expect(engine.compile('a(b')).rejects.toMatchObject({
      cause: { name: 'RE2JSSyntaxException' },
    })
  })

  it(`takes an expression of ${MAX_REGEX_LENGTH} characters and none of one more`, async () => {
    const matches = await engine.compile('a'.repeat(MAX_REGEX_LENGTH))
    expect(matches('a'.repeat(MAX_REGEX_LENGTH))).toBe(true)
    const message = await messageOf('a'.repeat(MAX_REGEX_LENGTH + 1))
    expect(message).toContain('expected at most 256 characters, got 257')
  })

  it.each([
    '[a-z]{100}:[a-z]{100}',
    '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    '(a{10}){10}',
    '\\{9999}',
    '\\pL{100}',
    '[{500}]',
    '[]a]{9}',
  ])('takes the repetitions of %s', async (source) => {
    await expect(engine.compile(source)).resolves.toBeTypeOf('function')
  })

  it.each([
    'a{501}',
    'a{1000}'.repeat(30),
    `(${'ab'.repeat(120)}){1000}`,
    '((a{0,100}){0,10}){0,1}',
    '\\pL{250}\\pL{251}',
    '(((a|b){9}){9}){9}',
    '(a{900}',
  ])('refuses the repetitions of %s before they cost time', async (source) => {
    const message = await messageOf(source)
    expect(message).toMatch(/fewer or smaller counted repetitions|missing closing/)
  })
})

describe('expressions that take a backtracking engine years', () => {
  const xs = 'x'.repeat(50_000)

  it.each([
    { source: '^(x+)+$', key: `${xs}!`, isMatch: false },
    { source: '^(x+)+$', key: xs, isMatch: true },
    { source: '(x+x+)+y', key: xs, isMatch: false },
    { source: '^(x|x)*$', key: `${xs}!`, isMatch: false },
    { source: '^(.*,){10}P', key: `${'1,'.repeat(25_000)}`, isMatch: false },
    { source: '(x*)*(x*)*(x*)*(x*)*!', key: xs, isMatch: false },
  ])('$source ends on 50 000 characters', async ({ source, key, isMatch }) => {
    const matches = await engine.compile(source)
    expect(matches(key)).toBe(isMatch)
  })
})

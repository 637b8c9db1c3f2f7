import { describe, expect, it } from 'vitest'
import {
  durationUpTo,
  environmentName,
  flagName,
  oneOf,
  readText,
  sizeUpTo,
  wholeNumber,
  wrong,
} from '../../../src/server/settings/setting.ts'

describe('flagName() and environmentName()', () => {
  it.each([
    ['host', '--host', 'PLATFORM_CACHE_HOST'],
    ['internalPort', '--internal-port', 'PLATFORM_CACHE_INTERNAL_PORT'],
    ['memory.maxBytes', '--memory-max-bytes', 'PLATFORM_CACHE_MEMORY_MAX_BYTES'],
  ])('%s is said by %s and %s', (setting, flag, variable) => {
    expect([flagName(setting), environmentName(setting)]).toEqual([flag, variable])
  })
})

describe('readText()', () => {
  it.each([
    ['0', 0],
    ['7400', 7400],
    ['999999999999999', 999_999_999_999_999],
    ['9999999999999999', '9999999999999999'],
    ['-1', '-1'],
    ['1.5', '1.5'],
    ['1e3', '1e3'],
    [' 1', ' 1'],
    ['', ''],
    ['256mb', '256mb'],
  ])('reads %j as %j', (text, value) => {
    expect(readText(text)).toBe(value)
  })
})

describe('the rules of settings', () => {
  const cases = {
    oneOf: oneOf(['a', 'b']),
    wholeNumber: wholeNumber(0, 65_535),
    sizeUpTo: sizeUpTo('1kb'),
    durationUpTo: durationUpTo('1s'),
  }

  it.each([
    ['oneOf', 'a', 'a'],
    ['oneOf', 'b', 'b'],
    ['wholeNumber', 0, 0],
    ['wholeNumber', 65_535, 65_535],
    ['sizeUpTo', 1, 1],
    ['sizeUpTo', '1kb', 1024],
    ['durationUpTo', 0, 0],
    ['durationUpTo', '1s', 1000],
  ] as const)('%s accepts %j', (rule, value, parsed) => {
    expect(cases[rule](value)).toBe(parsed)
  })

  it.each([
    ['oneOf', 'A', 'expected one of a, b, got "A"'],
    ['oneOf', undefined, 'expected one of a, b, got undefined'],
    ['wholeNumber', -1, 'expected a whole number from 0 to 65535, got -1'],
    ['wholeNumber', 65_536, 'expected a whole number from 0 to 65535, got 65536'],
    ['wholeNumber', 1.5, 'expected a whole number from 0 to 65535, got 1.5'],
    ['wholeNumber', '1', 'expected a whole number from 0 to 65535, got "1"'],
    ['sizeUpTo', 1025, 'expected at most 1kb, got 1025'],
    ['sizeUpTo', 0, 'expected whole bytes from 1'],
    ['durationUpTo', 1001, 'expected at most 1s, got 1001'],
    ['durationUpTo', -1, 'expected whole milliseconds from 0'],
  ] as const)('%s refuses %j', (rule, value, message) => {
    expect(() => cases[rule](value)).toThrow(message)
  })
})

describe('wrong()', () => {
  it('is a CacheError that says what was expected, and never shows what an object holds', () => {
    expect(wrong('a port', { secret: 1 })).toMatchObject({
      code: 'CACHE_OPTION_INVALID',
      message: 'Cannot use the setting: expected a port, got an object',
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  type Duration,
  formatDuration,
  MAX_DURATION_MS,
  parseDuration,
} from '../../../src/core/value-objects/duration.ts'

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const unit = fc.constantFrom(...(['ms', 's', 'm', 'h', 'd'] as const))

function refusal(value: unknown): CacheError {
  try {
    parseDuration(value, 'softTimeout')
  } catch (error) {
    if (error instanceof CacheError) return error
  }
  throw new Error('it was accepted')
}

describe('parseDuration()', () => {
  it.each([
    [0, 0],
    [1, 1],
    [3_155_760_000_000, 3_155_760_000_000],
    ['0ms', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['007s', 7000],
    ['36525d', 3_155_760_000_000],
    ['1.5s', 1500],
    ['1.001s', 1001],
    ['0.5m', 30_000],
    ['0.001s', 1],
    ['2.0ms', 2],
  ])('reads %j as %d ms', (value, ms) => {
    expect(parseDuration(value, 'ttl')).toBe(ms)
  })

  it('turns -0 into 0', () => {
    expect(Object.is(parseDuration(-0, 'ttl'), 0)).toBe(true)
  })

  it.each([
    -1,
    0.5,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    3_155_760_000_001,
    '36525.5d',
    '36526d',
    '0.5ms',
    '1.0001s',
    '0.00000003125d',
    '',
    '5',
    's',
    '5 m',
    ' 5m',
    '5m ',
    '5M',
    '5min',
    '5w',
    '1h30m',
    '-5m',
    '+5m',
    '1e3ms',
    '0x5s',
    '.5s',
    '5.s',
    '1,5s',
    '٥m',
    'Infinityms',
    'NaNms',
    '9'.repeat(400),
    `${'9'.repeat(31)}d`,
    `1.${'0'.repeat(40)}s`,
    undefined,
    null,
    true,
    5n,
    ['5m'],
    {},
    new Date(5),
  ])('refuses %o, naming the option and the units', (value) => {
    const error = refusal(value)
    expect(error.code).toBe('CACHE_OPTION_INVALID')
    expect(error.message).toMatch(
      /^Cannot use softTimeout: expected .* units ms, s, m, h, d .*, got /,
    )
  })

  it('throws the code that the caller asks for', () => {
    expect(() => parseDuration(-1, 'ttl', 'CACHE_TTL_INVALID')).toThrow(
      expect.objectContaining({ code: 'CACHE_TTL_INVALID' }),
    )
  })

  it('reads every whole number of every unit exactly', () => {
    fc.assert(
      fc.property(unit, fc.double({ min: 0, max: 1, noNaN: true }), (name, share) => {
        const count = Math.floor((MAX_DURATION_MS / UNITS_MS[name]) * share)
        expect(parseDuration(`${count}${name}`, 'ttl')).toBe(count * UNITS_MS[name])
      }),
    )
  })

  it('reads thousandths of a second exactly, also where floating point does not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (ms) => {
        const text = `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}s`
        expect(parseDuration(text, 'ttl')).toBe(ms)
      }),
    )
  })

  it('accepts a decimal exactly when it comes out at whole milliseconds', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(unit, fc.integer({ min: 0, max: 99 }), digits, (name, whole, fraction) => {
        const scale = 10n ** BigInt(fraction.length)
        const scaled = BigInt(`${whole}${fraction}`) * BigInt(UNITS_MS[name])
        const isWhole = scaled % scale === 0n
        const text = `${whole}.${fraction}${name}`
        if (isWhole) expect(parseDuration(text, 'ttl')).toBe(Number(scaled / scale))
        else expect(refusal(text).code).toBe('CACHE_OPTION_INVALID')
      }),
    )
  })

  it('accepts the types that Duration allows', () => {
    const durations: Duration[] = [5, '5ms', '5s', '5m', '5h', '5d']
    expect(durations.map((duration) => parseDuration(duration, 'ttl'))).toEqual([
      5, 5, 5000, 300_000, 18_000_000, 432_000_000,
    ])
  })
})

describe('formatDuration()', () => {
  it.each([
    [0, '0ms'],
    [0.04, '0ms'],
    [0.25, '0.3ms'],
    [1, '1ms'],
    [12.34, '12.3ms'],
    [99.94, '99.9ms'],
    [99.99, '100ms'],
    [100.4, '100ms'],
    [999, '999ms'],
    [999.6, '1s'],
    [1000, '1s'],
    [1500, '1s500ms'],
    [59_999.6, '1m'],
    [60_000, '1m'],
    [90_000, '1m30s'],
    [300_000, '5m'],
    [300_499, '5m'],
    [300_500, '5m1s'],
    [3_599_400, '59m59s'],
    [3_599_600, '1h'],
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
    [90_000_000, '1d1h'],
    [604_800_000, '7d'],
    [MAX_DURATION_MS, '36525d'],
    [-90_000, '-1m30s'],
    [Number.POSITIVE_INFINITY, 'forever'],
    [Number.NEGATIVE_INFINITY, '-forever'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('is off by at most half of its smaller unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: MAX_DURATION_MS, noNaN: true }), (ms) => {
        const parts = [...formatDuration(ms).matchAll(/([\d.]+)(ms|[smhd])/g)]
        const readMs = parts.reduce((sum, [, count, name]) => {
          return sum + Number(count) * UNITS_MS[name as keyof typeof UNITS_MS]
        }, 0)
        const names = Object.keys(UNITS_MS) as (keyof typeof UNITS_MS)[]
        const largest = names.indexOf(parts[0]?.[2] as keyof typeof UNITS_MS)
        const smaller = names[Math.max(0, largest - 1)] ?? 'ms'
        expect(Math.abs(readMs - ms)).toBeLessThanOrEqual(UNITS_MS[smaller] / 2)
        expect(parts.length).toBeLessThanOrEqual(2)
      }),
    )
  })
})

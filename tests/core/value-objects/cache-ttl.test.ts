import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  adaptiveTtlMs,
  type CacheTtl,
  expiresAtMs,
  jittered,
  parseCacheTtl,
  slidingExpiresAtMs,
  type TtlExtension,
  type TtlInput,
} from '../../../src/core/value-objects/cache-ttl.ts'
import { MAX_DURATION_MS } from '../../../src/core/value-objects/duration.ts'

const NOW_MS = Date.UTC(2026, 2, 1)

function refusal(input: unknown): CacheError {
  try {
    parseCacheTtl(input, NOW_MS)
  } catch (error) {
    if (error instanceof CacheError) return error
  }
  throw new Error('it was accepted')
}

const spanMs = fc.integer({ min: 1, max: 1_000_000_000 })
const nowMs = fc.integer({ min: 0, max: Date.UTC(2100, 0) })

describe('parseCacheTtl()', () => {
  it.each<[TtlInput, CacheTtl]>([
    ['never', { kind: 'never' }],
    [0, { kind: 'instant' }],
    ['0s', { kind: 'instant' }],
    [-0, { kind: 'instant' }],
  ])('reads %j as %j', (input, expected) => {
    expect(parseCacheTtl(input, NOW_MS)).toEqual(expected)
  })

  it.each<[TtlInput, number]>([
    [1, 1],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    [MAX_DURATION_MS, MAX_DURATION_MS],
  ])('reads %j as a span of %d ms', (input, ms) => {
    expect(parseCacheTtl(input, NOW_MS)).toEqual({ kind: 'span', ms })
  })

  it.each<[string, TtlInput]>([
    ['a Date', new Date(NOW_MS + 1)],
    ['an object with getTime()', { getTime: () => NOW_MS + 1 }],
    ['a date-time in UTC', '2026-03-01T00:00:00.001Z'],
    ['a date-time with an offset to the east', '2026-03-01T05:45:00.001+05:45'],
    ['a date-time with an offset to the west', '2026-02-28T20:30:00.001-03:30'],
  ])('reads %s as the instant it names', (_, input) => {
    expect(parseCacheTtl(input, NOW_MS)).toEqual({ kind: 'until', atMs: NOW_MS + 1 })
  })

  it('ends two values one second apart that are dated around the change to summer time', () => {
    const before = parseCacheTtl('2026-03-29T01:59:59+01:00', NOW_MS)
    const after = parseCacheTtl('2026-03-29T03:00:00+02:00', NOW_MS)
    expect(expiresAtMs(after, NOW_MS) - expiresAtMs(before, NOW_MS)).toBe(1000)
    expect(expiresAtMs(after, NOW_MS) - NOW_MS).toBe(28 * 86_400_000 + 3_600_000)
  })

  it('ends two values an hour apart that are dated alike before and after the change to winter time', () => {
    const before = parseCacheTtl('2026-10-25T02:30:00+02:00', NOW_MS)
    const after = parseCacheTtl('2026-10-25T02:30:00+01:00', NOW_MS)
    expect(expiresAtMs(after, NOW_MS) - expiresAtMs(before, NOW_MS)).toBe(3_600_000)
  })

  it('refuses a date-time without an offset and says why', () => {
    const error = refusal('2026-03-29T02:30:00')
    expect(error.code).toBe('CACHE_TTL_INVALID')
    expect(error.message).toBe(
      'Cannot use ttl: expected an offset such as Z or +02:00 at its end, since a local time alone names two instants or none when clocks change, got "2026-03-29T02:30:00"',
    )
  })

  it.each([
    [new Date(NOW_MS), `expected an instant in the future, got the instant ${NOW_MS}`],
    [new Date(NOW_MS - 1), `expected an instant in the future, got the instant ${NOW_MS - 1}`],
    ['2026-03-01T00:00:00Z', 'expected an instant in the future, got "2026-03-01T00:00:00Z"'],
    ['1969-12-31T00:00:00Z', 'expected an instant in the future, got "1969-12-31T00:00:00Z"'],
    [new Date(Number.NaN), 'expected a valid instant, got the instant NaN'],
    [{ getTime: () => NOW_MS + 0.5 }, `expected a valid instant, got the instant ${NOW_MS + 0.5}`],
    [{ getTime: () => 'soon' }, 'expected a valid instant, got the instant soon'],
    ['2026-02-30T00:00:00Z', 'expected a day that exists, got "2026-02-30T00:00:00Z"'],
    [
      '2027-01-01T25:00:00Z',
      'expected a time from 00:00:00 to 23:59:59, got "2027-01-01T25:00:00Z"',
    ],
    ['2026-03-29', 'expected an ISO 8601 date-time such as 2026-03-29T02:00:00Z, got "2026-03-29"'],
  ])('refuses %j: %s', (input, why) => {
    const error = refusal(input)
    expect(error.code).toBe('CACHE_TTL_INVALID')
    expect(error.message).toBe(`Cannot use ttl: ${why}`)
  })

  it('takes an instant up to 100 years ahead, and none beyond', () => {
    const last = new Date(NOW_MS + MAX_DURATION_MS)
    expect(parseCacheTtl(last, NOW_MS)).toEqual({ kind: 'until', atMs: last.getTime() })
    const error = refusal(new Date(last.getTime() + 1))
    expect(error.code).toBe('CACHE_TTL_INVALID')
    expect(error.message).toContain('expected an instant within 100 years, got')
  })

  it.each([
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    MAX_DURATION_MS + 1,
    '',
    '5',
    '0.5ms',
    '-5m',
    'Never',
    'forever',
    'tomorrow',
    undefined,
    null,
    true,
    5n,
    [],
    {},
    { getTime: 5 },
    () => '5m',
  ])('refuses %o', (input) => {
    const error = refusal(input)
    expect(error.code).toBe('CACHE_TTL_INVALID')
    expect(error.message).toMatch(/^Cannot use ttl: expected .+, got /)
  })

  it('reads an instant the same as Date, in UTC or at any offset', () => {
    const offset = fc.integer({ min: -14 * 60, max: 14 * 60 })
    fc.assert(
      fc.property(spanMs, offset, (ms, minutes) => {
        const wall = new Date(NOW_MS + ms + minutes * 60_000).toISOString().slice(0, -1)
        const size = Math.abs(minutes)
        const hhmm = new Date(size * 60_000).toISOString().slice(11, 16)
        const text = `${wall}${minutes < 0 ? '-' : '+'}${hhmm}`
        expect(parseCacheTtl(text, NOW_MS)).toEqual({ kind: 'until', atMs: NOW_MS + ms })
        expect(parseCacheTtl(new Date(text), NOW_MS)).toEqual(parseCacheTtl(text, NOW_MS))
      }),
    )
  })
})

describe('expiresAtMs()', () => {
  it.each<[CacheTtl, number]>([
    [{ kind: 'never' }, Number.POSITIVE_INFINITY],
    [{ kind: 'instant' }, 1000],
    [parseCacheTtl(500, 0), 1500],
    [{ kind: 'until', atMs: 1001 }, 1001],
    [{ kind: 'until', atMs: 900 }, 900],
  ])('says of %j, stored at 1000, that it ends at %d', (life, endsAtMs) => {
    expect(expiresAtMs(life, 1000)).toBe(endsAtMs)
  })

  it('keeps spans relative to the moment of storing and instants absolute', () => {
    fc.assert(
      fc.property(spanMs, nowMs, nowMs, (ms, firstMs, secondMs) => {
        const span = parseCacheTtl(ms, firstMs)
        const until: CacheTtl = { kind: 'until', atMs: ms }
        expect(expiresAtMs(span, secondMs) - secondMs).toBe(ms)
        expect(expiresAtMs(until, firstMs)).toBe(expiresAtMs(until, secondMs))
      }),
    )
  })
})

describe('jittered()', () => {
  it.each([
    [1000, 0.1, 0, 1000],
    [1000, 0.1, 0.5, 950],
    [1000, 0.1, 0.999, 901],
    [1000, 0, 0.999, 1000],
    [1, 0.999, 0.999, 1],
    [10, 0.99, 0.999_999, 1],
    [0, 0.5, 0.5, 0],
    [Number.POSITIVE_INFINITY, 0.5, 0.5, Number.POSITIVE_INFINITY],
  ])('shortens %d ms by up to %d, at chance %d, to %d', (ms, ratio, random, shortenedMs) => {
    expect(jittered(ms, ratio, random)).toBe(shortenedMs)
  })

  it('answers whole milliseconds within the asked share, never longer than asked', () => {
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: MAX_DURATION_MS }),
        share,
        share,
        (ms, ratio, random) => {
          const shortenedMs = jittered(ms, ratio, random)
          expect(Number.isInteger(shortenedMs)).toBe(true)
          expect(shortenedMs).toBeLessThanOrEqual(ms)
          expect(shortenedMs).toBeGreaterThanOrEqual(Math.floor(ms * (1 - ratio)))
          expect(shortenedMs).toBeGreaterThanOrEqual(Math.min(1, ms))
        },
      ),
      { numRuns: 5000 },
    )
  })
})

/** The end of life that each policy gives an entry of 1000 ms, stored at 0 and read at 900. */
const EXTENDED: Record<TtlExtension, number> = {
  none: expiresAtMs(parseCacheTtl(1000, 0), 0),
  sliding: slidingExpiresAtMs({ nowMs: 900, slidingMs: 1000, capAtMs: Number.POSITIVE_INFINITY }),
  adaptive: adaptiveTtlMs({ ttlMs: 1000, hasChanged: false, minMs: 100, maxMs: 5000 }),
}

describe('the extension policies', () => {
  it('give three different ends of life', () => {
    expect(EXTENDED).toEqual({ none: 1000, sliding: 1900, adaptive: 1100 })
  })
})

describe('slidingExpiresAtMs()', () => {
  it.each([
    [1000, 500, Number.POSITIVE_INFINITY, 1500],
    [1000, 500, 1501, 1500],
    [1000, 500, 1500, 1500],
    [1000, 500, 1499, 1499],
    [1000, 500, 900, 900],
  ])(
    'after a read at %d with %d ms and the cap at %d ends at %d',
    (readAtMs, slidingMs, capAtMs, endsAtMs) => {
      expect(slidingExpiresAtMs({ nowMs: readAtMs, slidingMs, capAtMs })).toBe(endsAtMs)
    },
  )

  it('never goes beyond the cap, and later reads never end a life earlier', () => {
    fc.assert(
      fc.property(nowMs, spanMs, spanMs, nowMs, (firstMs, laterMs, slidingMs, capAtMs) => {
        const first = slidingExpiresAtMs({ nowMs: firstMs, slidingMs, capAtMs })
        const later = slidingExpiresAtMs({ nowMs: firstMs + laterMs, slidingMs, capAtMs })
        expect(later).toBeGreaterThanOrEqual(first)
        expect(later).toBeLessThanOrEqual(capAtMs)
      }),
    )
  })
})

describe('adaptiveTtlMs()', () => {
  const bounds = { minMs: 100, maxMs: 1000 }

  it.each([
    [400, true, 200],
    [401, true, 200],
    [200, true, 100],
    [199, true, 100],
    [100, true, 100],
    [5000, true, 1000],
    [400, false, 500],
    [900, false, 1000],
    [901, false, 1000],
    [1000, false, 1000],
    [0, false, 100],
  ])('of %d ms, changed: %s, answers %d ms', (ttlMs, hasChanged, nextMs) => {
    expect(adaptiveTtlMs({ ttlMs, hasChanged, ...bounds })).toBe(nextMs)
  })

  it('reaches the shortest TTL for a value that always changes, and the longest for one that never does', () => {
    let changingMs = 1000
    let constantMs = 100
    for (let refresh = 0; refresh < 10; refresh += 1) {
      changingMs = adaptiveTtlMs({ ttlMs: changingMs, hasChanged: true, ...bounds })
      constantMs = adaptiveTtlMs({ ttlMs: constantMs, hasChanged: false, ...bounds })
    }
    expect([changingMs, constantMs]).toEqual([100, 1000])
  })

  it('stays within its bounds and moves in the direction of what was observed', () => {
    const inBounds = fc.integer({ min: 100, max: 1000 })
    fc.assert(
      fc.property(inBounds, fc.boolean(), (ttlMs, hasChanged) => {
        const nextMs = adaptiveTtlMs({ ttlMs, hasChanged, ...bounds })
        expect(nextMs).toBeGreaterThanOrEqual(100)
        expect(nextMs).toBeLessThanOrEqual(1000)
        expect(hasChanged ? nextMs <= ttlMs : nextMs >= ttlMs).toBe(true)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CacheEntry,
  type CacheEntryInput,
  cacheEntry,
  freshnessAt,
  isCacheEntry,
  isWithinErrorWindow,
  isWithinRevalidation,
  slidLife,
} from '../../../src/core/entities/cache-entry.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../src/core/value-objects/cache-size.ts'
import { parseCacheTags, parseDependencyNames } from '../../../src/core/value-objects/cache-tag.ts'
import { parseDuration } from '../../../src/core/value-objects/duration.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'

const INPUT: CacheEntryInput<string> = {
  key: parseCacheKey('user:1'),
  value: 'Ada',
  namespace: 'users',
  ttl: { kind: 'span', ms: parseDuration(100, 'ttl') },
  priority: 'high',
  createdAtMs: 1000,
  sizeBytes: parseSize(64, 'size'),
  tags: parseCacheTags(['org:7'], 'tags'),
  dependsOn: parseDependencyNames(['team:9'], 'dependsOn'),
  birth: { generation: 'g', seq: 4 },
  expiresAtMs: 1100,
  staleUntilMs: 1200,
  slidingTtlMs: parseDuration(50, 'slidingTtl'),
}

/** Lives 100 ms from 1000, and 100 ms more as stale. */
const lived = (overrides: Parameters<typeof entryFixture>[0] = {}): CacheEntry =>
  entryFixture({ createdAtMs: 1000, expiresAtMs: 1100, staleUntilMs: 1200, ...overrides })

const sliding = (slidingMs: number, overrides: Parameters<typeof entryFixture>[0] = {}) =>
  lived({
    ttl: { kind: 'span', ms: parseDuration(1000, 'ttl') },
    slidingTtlMs: parseDuration(slidingMs, 'slidingTtl'),
    ...overrides,
  })

describe('cacheEntry()', () => {
  it('keeps every field of its input, and adds that it was never read or invalidated', () => {
    expect(cacheEntry(INPUT)).toStrictEqual({
      ...INPUT,
      accessedAtMs: 1000,
      accessCount: 0,
      isSoftInvalidated: false,
    })
  })

  it('writes all fields in one order, whatever the order of the input', () => {
    const reversed = Object.fromEntries(Object.entries(INPUT).reverse()) as typeof INPUT
    expect(Object.keys(cacheEntry(reversed))).toEqual(Object.keys(cacheEntry(INPUT)))
    expect(Object.keys(cacheEntry({ ...INPUT, slidingTtlMs: undefined }))).toContain('slidingTtlMs')
  })
})

describe('freshnessAt()', () => {
  it.each([
    [999, 'fresh'],
    [1099, 'fresh'],
    [1100, 'stale'],
    [1199, 'stale'],
    [1200, 'dead'],
    [9999, 'dead'],
  ])('at %d ms of a life to 1100 and a stale one to 1200 is %s', (nowMs, expected) => {
    expect(freshnessAt(lived(), nowMs)).toBe(expected)
  })

  it.each([
    [1000, 'stale'],
    [1199, 'stale'],
    [1200, 'dead'],
  ])('of a softly invalidated entry at %d ms is %s', (nowMs, expected) => {
    expect(freshnessAt(lived({ isSoftInvalidated: true }), nowMs)).toBe(expected)
  })

  it('without a stale window goes from fresh to dead', () => {
    const entry = lived({ staleUntilMs: 1100 })
    expect([1099, 1100].map((nowMs) => freshnessAt(entry, nowMs))).toEqual(['fresh', 'dead'])
  })

  it('of a life that never ends is always fresh', () => {
    expect(freshnessAt(entryFixture(), Number.MAX_SAFE_INTEGER)).toBe('fresh')
  })
})

describe('isWithinRevalidation()', () => {
  it.each([
    [1100, 50, true],
    [1149, 50, true],
    [1150, 50, false],
    [1100, 0, false],
    [1199, 500, true],
    [1200, 500, false],
  ])('at %d ms with a window of %d ms is %s', (nowMs, windowMs, expected) => {
    expect(isWithinRevalidation(lived(), windowMs, nowMs)).toBe(expected)
  })

  it('never covers a softly invalidated entry', () => {
    expect(isWithinRevalidation(lived({ isSoftInvalidated: true }), 500, 1000)).toBe(false)
  })
})

describe('isWithinErrorWindow()', () => {
  it.each([
    [1100, 50, true],
    [1149, 50, true],
    [1150, 50, false],
    [1100, 0, false],
    [1199, 500, true],
    [1200, 500, false],
  ])(
    'at %d ms with a window of %d ms is %s, softly invalidated or not',
    (nowMs, windowMs, expected) => {
      expect(isWithinErrorWindow(lived(), windowMs, nowMs)).toBe(expected)
      expect(isWithinErrorWindow(lived({ isSoftInvalidated: true }), windowMs, nowMs)).toBe(
        expected,
      )
    },
  )
})

describe('slidLife()', () => {
  it('of an entry that does not slide is undefined', () => {
    expect(slidLife(lived(), 1050)).toBeUndefined()
  })

  it('moves the end of the life and of the stale window by the same time', () => {
    expect(slidLife(sliding(200), 1050)).toEqual({ expiresAtMs: 1250, staleUntilMs: 1350 })
  })

  it.each([
    [1799, 1999],
    [1800, 2000],
    [1801, 2000],
    [1999, 2000],
  ])(
    'at %d ms ends at %d ms, never later than a TTL of 1000 ms from the creation',
    (nowMs, ends) => {
      expect(slidLife(sliding(200), nowMs)?.expiresAtMs).toBe(ends)
    },
  )

  it('goes on for ever under a TTL of never, as long as it is read', () => {
    const entry = sliding(200, { ttl: { kind: 'never' } })
    expect(slidLife(entry, 1_000_000)?.expiresAtMs).toBe(1_000_200)
  })

  it('moves nothing that lives for ever', () => {
    const forever = { expiresAtMs: Infinity, staleUntilMs: Infinity }
    expect(slidLife(sliding(200, forever), 1050)).toBeUndefined()
  })

  it('never shortens a life, be it one past the TTL that touch() gave', () => {
    expect(slidLife(sliding(10), 1050)?.expiresAtMs).toBe(1100)
    expect(slidLife(sliding(10, { expiresAtMs: 5000 }), 1050)?.expiresAtMs).toBe(5000)
  })

  it('is within the old end and the larger of old end and TTL for all instants', () => {
    const ms = fc.integer({ min: 1, max: 5000 })
    fc.assert(
      fc.property(ms, ms, ms, (slidingMs, expiresAtMs, nowMs) => {
        const life = slidLife(sliding(slidingMs, { expiresAtMs }), nowMs)
        expect(life?.expiresAtMs).toBeGreaterThanOrEqual(expiresAtMs)
        expect(life?.expiresAtMs).toBeLessThanOrEqual(Math.max(expiresAtMs, 2000))
      }),
    )
  })
})

describe('isCacheEntry()', () => {
  const sound = cacheEntry(INPUT)

  it('is true for an entry, also for one of the key that is asked for', () => {
    expect(isCacheEntry(sound)).toBe(true)
    expect(isCacheEntry(sound, sound.key)).toBe(true)
    expect(isCacheEntry(cacheEntry({ ...INPUT, slidingTtlMs: undefined }))).toBe(true)
    expect(isCacheEntry({ ...sound, value: undefined })).toBe(true)
    expect(isCacheEntry({ ...sound, expiresAtMs: Number.POSITIVE_INFINITY })).toBe(true)
  })

  it('is false for an entry of another key', () => {
    expect(isCacheEntry(sound, parseCacheKey('user:2'))).toBe(false)
  })

  it.each([undefined, null, 'entry', 5, () => sound, [], {}])('is false for %o', (value) => {
    expect(isCacheEntry(value)).toBe(false)
  })

  it.each([
    'key',
    'value',
    'expiresAtMs',
    'staleUntilMs',
    'createdAtMs',
    'sizeBytes',
    'tags',
    'dependsOn',
    'ttl',
    'birth',
  ] as const)('is false without %s', (field) => {
    const { [field]: _, ...rest } = sound
    expect(isCacheEntry(rest)).toBe(false)
  })

  it.each<[string, unknown]>([
    ['key', 1],
    ['expiresAtMs', '1100'],
    ['expiresAtMs', Number.NaN],
    ['expiresAtMs', null],
    ['staleUntilMs', null],
    ['createdAtMs', new Date(0)],
    ['sizeBytes', '64'],
    ['slidingTtlMs', '50'],
    ['slidingTtlMs', Number.NaN],
    ['slidingTtlMs', null],
    ['tags', 'org:7'],
    ['tags', [7]],
    ['dependsOn', { 0: 'team:9' }],
    ['dependsOn', [undefined]],
    ['ttl', null],
    ['ttl', 'never'],
    ['ttl', { kind: 1 }],
    ['birth', null],
    ['birth', { generation: 'g' }],
    ['birth', { generation: 1, seq: 4 }],
    ['birth', { generation: 'g', seq: '4' }],
  ])('is false with %s %o', (field, value) => {
    expect(isCacheEntry({ ...sound, [field]: value })).toBe(false)
  })
})

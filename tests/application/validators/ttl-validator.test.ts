import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ttlValidator } from '../../../src/application/validators/ttl-validator.ts'
import {
  DEFAULT_ENTRY_POLICY,
  type EntryOptions,
  resolveEntryPolicy,
} from '../../../src/core/value-objects/entry-policy.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'

const NOW_MS = FAKE_START_MS

const policy = (options: EntryOptions) =>
  resolveEntryPolicy(DEFAULT_ENTRY_POLICY, { jitter: 0, ...options }, NOW_MS)

/** Life and stale window, in milliseconds from now. */
function lifeOf(options: EntryOptions, value: unknown = 'value', random = 0) {
  const life = ttlValidator(policy(options), value, NOW_MS, random)
  if (life === undefined) return undefined
  return [life.expiresAtMs - NOW_MS, life.staleUntilMs - NOW_MS]
}

describe('ttlValidator()', () => {
  it('lets a value live for its TTL, and no longer as stale when nothing is said', () => {
    expect(ttlValidator(policy({ ttl: 100 }), 'value', NOW_MS, 0)).toEqual({
      ttl: { kind: 'span', ms: 100 },
      expiresAtMs: NOW_MS + 100,
      staleUntilMs: NOW_MS + 100,
    })
  })

  it.each<[EntryOptions, number]>([
    [{ staleWhileRevalidate: 50 }, 150],
    [{ staleIfError: 70 }, 170],
    [{ staleWhileRevalidate: 50, staleIfError: 70 }, 170],
    [{ staleWhileRevalidate: 70, staleIfError: 50 }, 170],
  ])('keeps a value of 100 ms under %j for %d ms', (options, staleMs) => {
    expect(lifeOf({ ttl: 100, ...options })).toEqual([100, staleMs])
  })

  it('of never ends at no time, with a stale window or without', () => {
    const forever = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    expect(lifeOf({ ttl: 'never' })).toEqual(forever)
    expect(lifeOf({ ttl: 'never', staleIfError: '1h', jitter: 0.5 }, 'value', 0.5)).toEqual(forever)
  })

  it('stores a value of TTL 0 nowhere, whatever its stale window', () => {
    expect(lifeOf({ ttl: 0, staleIfError: '1h' })).toBeUndefined()
    expect(lifeOf({ ttl: 1 })).toEqual([1, 1])
  })

  it('asks a TTL function for the TTL of this very value', () => {
    const value = { ageMs: 40 }
    const ttl = (given: unknown) => (given === value ? value.ageMs : 1)
    expect(lifeOf({ ttl }, value)).toEqual([40, 40])
    expect(lifeOf({ ttl: () => 0 })).toBeUndefined()
    expect(lifeOf({ ttl: () => 'never' })).toEqual([Infinity, Infinity])
    expect(lifeOf({ ttl: () => new Date(NOW_MS + 9) })).toEqual([9, 9])
  })

  it.each([-1, 1.5, Number.NaN, 'soon', '', new Date(NOW_MS), '2026-01-01T00:00:00'])(
    'refuses a TTL function that answers %o',
    (answer) => {
      expect(() => lifeOf({ ttl: () => answer as never })).toThrow(
        expect.objectContaining({ code: 'CACHE_TTL_INVALID' }),
      )
    },
  )

  it('lets what a TTL function throws through as it is', () => {
    const error = new Error('of the function')
    const ttl = () => {
      throw error
    }
    expect(() => lifeOf({ ttl })).toThrow(error)
  })
})

describe('ttlValidator() of nothing', () => {
  it('stores null like a value, and undefined nowhere, when there is no negativeTtl', () => {
    expect(lifeOf({ ttl: 100 }, null)).toEqual([100, 100])
    expect(ttlValidator(policy({ ttl: 100 }), undefined, NOW_MS, 0)).toBeUndefined()
  })

  it('remembers null and undefined for negativeTtl, and other values for ttl', () => {
    const options = { ttl: 100, negativeTtl: 20 }
    expect(lifeOf(options, null)).toEqual([20, 20])
    const life = ttlValidator(policy(options), undefined, NOW_MS, 0)
    expect(life?.expiresAtMs).toBe(NOW_MS + 20)
    for (const value of ['', 0, false, Number.NaN])
      expect(lifeOf(options, value)).toEqual([100, 100])
  })

  it('stores them nowhere when negativeTtl is 0', () => {
    const given = policy({ ttl: 100, negativeTtl: 0 })
    for (const value of [null, undefined]) {
      expect(ttlValidator(given, value, NOW_MS, 0)).toBeUndefined()
    }
  })

  it('asks a TTL function for null only when there is no negativeTtl, and for undefined never', () => {
    const asked: unknown[] = []
    const ttl = (value: unknown) => {
      asked.push(value)
      return 30
    }
    expect(lifeOf({ ttl }, null)).toEqual([30, 30])
    expect(ttlValidator(policy({ ttl }), undefined, NOW_MS, 0)).toBeUndefined()
    expect(lifeOf({ ttl, negativeTtl: 5 }, null)).toEqual([5, 5])
    expect(asked).toEqual([null])
  })
})

describe('ttlValidator() with jitter and sliding', () => {
  it.each([
    [0, 1000],
    [0.5, 950],
    [0.999, 901],
  ])('at a chance of %d shortens 1000 ms by a jitter of a tenth to %d ms', (random, lifeMs) => {
    expect(lifeOf({ ttl: 1000, jitter: 0.1 }, 'value', random)).toEqual([lifeMs, lifeMs])
  })

  it('spreads no instant that the caller named', () => {
    const ttl = new Date(NOW_MS + 1000)
    expect(lifeOf({ ttl, jitter: 0.5 }, 'value', 0.9)).toEqual([1000, 1000])
  })

  it.each([
    [999, 999],
    [1000, 1000],
    [1001, 1000],
  ])('begins a sliding life of %d ms under a TTL of 1000 ms with %d ms', (slidingTtl, lifeMs) => {
    expect(lifeOf({ ttl: 1000, slidingTtl, staleIfError: 10 })).toEqual([lifeMs, lifeMs + 10])
  })

  it('ends a sliding life although the TTL is never', () => {
    expect(lifeOf({ ttl: 'never', slidingTtl: 50 })).toEqual([50, 50])
  })

  it('is never longer than the TTL, never shorter than the jitter allows, and at least 1 ms', () => {
    const share = fc.double({ min: 0, max: 0.999, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), share, share, (ttl, jitter, random) => {
        const [lifeMs = 0] = lifeOf({ ttl, jitter }, 'value', random) ?? []
        expect(lifeMs).toBeLessThanOrEqual(ttl)
        expect(lifeMs).toBeGreaterThanOrEqual(Math.max(1, Math.floor(ttl * (1 - jitter))))
        expect(Number.isInteger(lifeMs)).toBe(true)
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { ttlValidator } from '../../../src/application/validators/ttl-validator.ts'
import {
  DEFAULT_ENTRY_POLICY,
  type EntryOptions,
  resolveEntryPolicy,
} from '../../../src/core/value-objects/entry-policy.ts'

const NOW_MS = 1_000_000
function lived(options: EntryOptions, ...[value, random = 0]: [value?: unknown, random?: number]) {
  const policy = resolveEntryPolicy(DEFAULT_ENTRY_POLICY, options, NOW_MS)
  return ttlValidator(policy, value, NOW_MS, random)
}
const span = (ms: number) => ({
  ttl: { kind: 'span', ms },
  expiresAtMs: NOW_MS + ms,
  staleUntilMs: NOW_MS + ms,
})

describe('ttlValidator()', () => {
  it('counts a span from now', () => {
    expect(lived({ ttl: 100 }, 'value')).toEqual(span(100))
  })

  it('answers nothing for a TTL of zero, whatever the value', () => {
    expect(lived({ ttl: 0 }, 'value')).toBeUndefined()
    expect(lived({ ttl: () => 0 }, 'value')).toBeUndefined()
    expect(lived({ negativeTtl: 0 }, null)).toBeUndefined()
  })

  it('knows never, and an instant', () => {
    expect(lived({ ttl: 'never' }, 'value')?.expiresAtMs).toBe(Number.POSITIVE_INFINITY)
    const at = new Date(NOW_MS + 777)
    expect(lived({ ttl: at }, 'value', 0.99)?.expiresAtMs).toBe(NOW_MS + 777)
  })

  it('asks a TTL function about the value', () => {
    const ttl = (value: unknown) => (value === 'long' ? 500 : 5)
    expect(lived({ ttl }, 'long')).toEqual(span(500))
    expect(lived({ ttl }, 'short')).toEqual(span(5))
  })

  it.each([-1, Number.NaN, 'soon', new Date(NOW_MS)])(
    'refuses what a TTL function answers: %s',
    (answer) => {
      expect(() => lived({ ttl: () => answer as never }, 'value')).toThrow(
        expect.objectContaining({ code: 'CACHE_TTL_INVALID' }),
      )
    },
  )

  it('shortens a span by chance, by at most the jitter', () => {
    expect(lived({ ttl: 1000, jitter: 0.1 }, 1, 0.5)?.expiresAtMs).toBe(NOW_MS + 950)
    expect(lived({ ttl: 1000, jitter: 0.1 }, 1, 0.999)?.expiresAtMs).toBe(NOW_MS + 901)
    expect(lived({ ttl: 1000, jitter: 0 }, 1, 0.999)?.expiresAtMs).toBe(NOW_MS + 1000)
    expect(lived({ ttl: 'never', jitter: 0.5 }, 1, 0.5)?.expiresAtMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('keeps undefined only under negativeTtl', () => {
    expect(lived({ ttl: 100 }, undefined)).toBeUndefined()
    expect(lived({ ttl: 100, negativeTtl: 7 }, undefined)).toEqual(span(7))
  })

  it('keeps null as long as anything, or as negativeTtl says', () => {
    expect(lived({ ttl: 100 }, null)).toEqual(span(100))
    expect(lived({ ttl: 100, negativeTtl: 7 }, null)).toEqual(span(7))
  })

  it.each([0, '', false, Number.NaN])('takes %s for a value, not for an absence', (value) => {
    expect(lived({ ttl: 100, negativeTtl: 7 }, value)).toEqual(span(100))
  })

  it('does not ask a TTL function about an absence that negativeTtl covers', () => {
    const ttl = () => {
      throw new Error('asked')
    }
    expect(lived({ ttl, negativeTtl: 7 }, null)).toEqual(span(7))
  })

  it('ends a sliding life early, with the TTL as its limit', () => {
    expect(lived({ ttl: 100, slidingTtl: 30 }, 'value')?.expiresAtMs).toBe(NOW_MS + 30)
    expect(lived({ ttl: 100, slidingTtl: 300 }, 'value')?.expiresAtMs).toBe(NOW_MS + 100)
    expect(lived({ ttl: 'never', slidingTtl: 30 }, 'value')?.expiresAtMs).toBe(NOW_MS + 30)
  })

  it('keeps the value for the longer of the stale windows', () => {
    expect(
      lived({ ttl: 100, staleWhileRevalidate: 10, staleIfError: 50 }, 'value')?.staleUntilMs,
    ).toBe(NOW_MS + 150)
    expect(
      lived({ ttl: 100, staleWhileRevalidate: 60, staleIfError: 50 }, 'value')?.staleUntilMs,
    ).toBe(NOW_MS + 160)
    expect(lived({ ttl: 'never', staleIfError: 50 }, 'value')?.staleUntilMs).toBe(
      Number.POSITIVE_INFINITY,
    )
  })
})

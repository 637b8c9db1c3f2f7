import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseCacheTags,
  parseDependencyNames,
} from '../../../../src/core/value-objects/cache-tag.ts'
import { parseDuration } from '../../../../src/core/value-objects/duration.ts'
import {
  type EntryProfile,
  EntryProfiles,
} from '../../../../src/infrastructure/repositories/memory/entry-profiles.ts'

import { PROFILE_BITS } from '../../../../src/infrastructure/repositories/memory/slot-layout.ts'

const OWN = 2 ** PROFILE_BITS - 1

function profileOf(overrides: Partial<EntryProfile> = {}): EntryProfile {
  return {
    ttl: { kind: 'span', ms: parseDuration(60_000, 'ttl') },
    tags: [],
    dependsOn: [],
    slidingTtlMs: undefined,
    staleMs: 0,
    generation: 'g',
    birthBase: 0,
    createdBase: 0,
    exact: undefined,
    ...overrides,
  }
}

const exact = { createdAtMs: 1.5, accessedAtMs: 1.5, expiresAtMs: 2.5, staleUntilMs: 2.5 }

const profile: fc.Arbitrary<EntryProfile> = fc
  .record({
    staleMs: fc.constantFrom(0, 50),
    tags: fc.constantFrom([], ['a'], ['b'], ['a', 'b'], ['b', 'a']),
    isExact: fc.constantFrom(false, false, false, true),
    other: fc.nat({ max: 40 }),
  })
  .map(({ staleMs, tags, isExact, other }) =>
    profileOf({
      staleMs,
      tags: parseCacheTags(tags, 'tags'),
      birthBase: other,
      exact: isExact ? exact : undefined,
    }),
  )

type Step =
  | { readonly kind: 'take'; readonly slot: number; readonly profile: EntryProfile }
  | { readonly kind: 'release'; readonly slot: number }
  | { readonly kind: 'clear' }

const slot = fc.nat({ max: 30 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const), slot, profile }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('release' as const), slot }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
)

/** Profiles, and beside them what each slot was given. */
class ComparedProfiles {
  readonly #profiles = new EntryProfiles()
  readonly #held = new Map<number, { readonly id: number; readonly profile: EntryProfile }>()

  run(each: Step): void {
    if (each.kind === 'clear') {
      this.#profiles.clear()
      this.#held.clear()
    } else {
      this.#release(each.slot)
      if (each.kind === 'take') {
        const id = this.#profiles.take(each.slot, each.profile)
        this.#held.set(each.slot, { id, profile: each.profile })
      }
    }
    this.#compare()
  }

  #release(at: number): void {
    const held = this.#held.get(at)
    if (held !== undefined) this.#profiles.release(at, held.id)
    this.#held.delete(at)
  }

  #compare(): void {
    for (const [at, held] of this.#held) {
      expect(this.#profiles.of(at, held.id)).toEqual(held.profile)
    }
    expect(this.#profiles.size).toBeLessThanOrEqual(this.#held.size)
    if (this.#held.size > 0) expect(this.#profiles.size).toBeGreaterThan(0)
  }
}

describe('EntryProfiles beside a map from slots to profiles', () => {
  it('answers for each slot what it was given, however profiles are shared, released and numbered anew', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const compared = new ComparedProfiles()
        for (const each of steps) compared.run(each)
      }),
      { numRuns: 300 },
    )
  })
})

describe('EntryProfiles', () => {
  it('keeps one profile for entries that have all in common', () => {
    const profiles = new EntryProfiles()
    const ids = Array.from({ length: 100 }, (_, at) => profiles.take(at, profileOf()))
    expect(new Set(ids).size).toBe(1)
    expect(profiles.size).toBe(1)
  })

  it.each<[string, Partial<EntryProfile>]>([
    ['kind of ttl', { ttl: { kind: 'never' } }],
    ['length of ttl', { ttl: { kind: 'span', ms: parseDuration(60_001, 'ttl') } }],
    ['tag', { tags: parseCacheTags(['a'], 'tags') }],
    ['name it depends on', { dependsOn: parseDependencyNames(['a'], 'dependsOn') }],
    ['sliding ttl', { slidingTtlMs: parseDuration(1, 'slidingTtl') }],
    ['stale window', { staleMs: 1 }],
    ['generation', { generation: 'h' }],
    ['upper part of the birth', { birthBase: 2 ** 32 }],
    ['upper part of the creation', { createdBase: 2 ** 32 }],
  ])('keeps two profiles where the %s differs', (_what, difference) => {
    const profiles = new EntryProfiles()
    const one = profileOf()
    const other = profileOf(difference)
    const ids = [profiles.take(1, one), profiles.take(2, other)]
    expect(profiles.of(1, ids[0] ?? 0)).toBe(one)
    expect(profiles.of(2, ids[1] ?? 0)).toBe(other)
    expect(profiles.size).toBe(2)
  })

  it('tells instants of two `until` apart, and shares one between equal ones', () => {
    const profiles = new EntryProfiles()
    const until = (atMs: number) => profileOf({ ttl: { kind: 'until', atMs } })
    const ids = [until(1), until(2), until(1)].map((each, at) => profiles.take(at, each))
    expect(ids[0]).toBe(ids[2])
    expect(ids[0]).not.toBe(ids[1])
  })

  it('forgets a profile with the last slot that has it, and gives its number to another', () => {
    const profiles = new EntryProfiles()
    const id = profiles.take(1, profileOf())
    profiles.take(2, profileOf())
    profiles.release(1, id)
    expect(profiles.size).toBe(1)
    profiles.release(2, id)
    expect(profiles.size).toBe(0)
    expect(() => profiles.of(1, id)).toThrow(/profile/)
    const other = profileOf({ generation: 'h' })
    expect(profiles.take(3, other)).toBe(id)
    expect(profiles.of(3, id)).toBe(other)
  })

  it('finds a profile again among the last eight, and numbers a ninth back anew', () => {
    const profiles = new EntryProfiles()
    const nth = (birthBase: number) => profileOf({ birthBase })
    const first = profiles.take(0, nth(0))
    for (let at = 1; at < 8; at += 1) profiles.take(at, nth(at))
    expect(profiles.take(8, nth(0))).toBe(first)
    profiles.take(9, nth(8))
    expect(profiles.take(10, nth(0))).not.toBe(first)
    expect(profiles.of(0, first)).toEqual(nth(0))
  })

  it('keeps exact instants for each slot alone', () => {
    const profiles = new EntryProfiles()
    const others = { ...exact, expiresAtMs: 3.5 }
    const ids = [exact, others].map((each, at) => profiles.take(at, profileOf({ exact: each })))
    expect(ids).toEqual([OWN, OWN])
    expect([profiles.of(0, OWN).exact, profiles.of(1, OWN).exact]).toEqual([exact, others])
    profiles.release(0, OWN)
    expect(profiles.of(1, OWN).exact).toBe(others)
    expect(() => profiles.of(0, OWN)).toThrow(/profile/)
  })

  it('keeps a profile for its slot alone when the numbers have run out, and shares again when some are free', () => {
    const profiles = new EntryProfiles()
    const nth = (birthBase: number) => profileOf({ birthBase })
    for (let at = 0; at < OWN; at += 1) expect(profiles.take(at, nth(at))).toBe(at)
    expect(profiles.take(OWN, nth(OWN))).toBe(OWN)
    expect(profiles.take(OWN + 1, nth(OWN + 1))).toBe(OWN)
    expect(profiles.of(OWN, OWN)).toEqual(nth(OWN))
    expect(profiles.of(OWN + 1, OWN)).toEqual(nth(OWN + 1))
    expect(profiles.size).toBe(OWN + 2)
    profiles.release(5, 5)
    expect(profiles.take(OWN + 2, nth(-1))).toBe(5)
    expect(profiles.of(OWN, OWN)).toEqual(nth(OWN))
  })
})

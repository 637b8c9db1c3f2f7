import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_SCOPES, MarkTable } from '../../../src/application/services/mark-table.ts'
import type { CacheEntry } from '../../../src/core/entities/cache-entry.ts'
import type { InvalidationScope } from '../../../src/core/entities/invalidation-mark.ts'
import type { KeyMatcher } from '../../../src/core/protocols/regex-engine.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../src/core/value-objects/cache-tag.ts'
import { parseInvalidationPattern } from '../../../src/core/value-objects/invalidation-pattern.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { positionedFixture } from '../../fakes/mark-fixture.ts'
import { type NaiveMark, naiveVerdict } from './naive-marks.ts'

const KEYS = ['a', 'a:b', 'a:b:c', 'a:bc', 'b', 'b:a'].map(parseCacheKey)
const TAGS = ['s', 't'].map(parseCacheTag)
const NAMES = ['m', 'n'].map(parseDependencyName)

const scope: fc.Arbitrary<InvalidationScope> = fc.oneof(
  fc.constantFrom(...KEYS).map((key) => ({ kind: 'key' as const, key })),
  fc
    .constantFrom('', 'a', 'a:', 'a:b:', 'b:')
    .map((prefix) => ({ kind: 'prefix' as const, prefix })),
  fc
    .constantFrom('a:*:c', '?', '**:b*', 'a:b?')
    .map((pattern) => ({ kind: 'pattern' as const, pattern })),
  fc.constantFrom('^a', 'c$', 'b').map((regex) => ({ kind: 'regex' as const, regex })),
  fc.constantFrom(...TAGS).map((tag) => ({ kind: 'tag' as const, tag })),
  fc.subarray(NAMES, { minLength: 1 }).map((closure) => ({
    kind: 'dependency' as const,
    dependency: closure[0] ?? parseDependencyName('m'),
    closure,
  })),
  fc.constant({ kind: 'namespace' as const }),
)

function matcherOf(of: InvalidationScope): KeyMatcher | undefined {
  if (of.kind === 'regex') return (key) => new RegExp(of.regex).test(key)
  if (of.kind !== 'pattern') return undefined
  const pattern = parseInvalidationPattern(of.pattern)
  return (key) => pattern.matches(key)
}

const entry = fc
  .record({
    key: fc.constantFrom(...KEYS),
    tags: fc.subarray(TAGS),
    dependsOn: fc.subarray(NAMES),
    seq: fc.nat(20),
  })
  .map(({ seq, ...rest }) => entryFixture({ ...rest, birth: { generation: 'fixture', seq } }))

type Step =
  | { readonly do: 'apply'; readonly scope: InvalidationScope; readonly soft: boolean }
  | { readonly do: 'retire'; readonly back: number; readonly keepsSoft: boolean }
  | { readonly do: 'forget'; readonly key: string; readonly back: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('apply' as const), scope, soft: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('retire' as const),
      back: fc.nat(6),
      keepsSoft: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('forget' as const),
      key: fc.constantFrom(...KEYS),
      back: fc.nat(6),
    }),
  },
)

/** Runs the steps over a table and over a plain list of marks. */
function play(
  steps: readonly Step[],
  table: MarkTable,
  after: (marks: readonly NaiveMark[]) => void,
): void {
  let marks: NaiveMark[] = []
  let seq = 0
  for (const one of steps) {
    if (one.do === 'apply') {
      seq += 1
      const matches = matcherOf(one.scope)
      table.apply(positionedFixture(seq, one.scope, { soft: one.soft }), matches)
      marks.push({ seq, scope: one.scope, soft: one.soft, matches })
    } else if (one.do === 'retire') {
      table.retire(seq - one.back, one.keepsSoft)
      marks = marks.filter((mark) => mark.seq > seq - one.back || (mark.soft && one.keepsSoft))
    } else {
      table.forgetKey(one.key, seq - one.back)
      marks = marks.filter(
        (mark) =>
          mark.scope.kind !== 'key' || mark.scope.key !== one.key || mark.seq > seq - one.back,
      )
    }
    after(marks)
  }
}

/** How much a verdict takes away. */
const SEVERITY = { valid: 0, soft: 1, invalid: 2 } as const

const head = () => ({ generation: 'fixture', seq: 0 })

describe('MarkTable', () => {
  it('judges as a plain list of all marks does, whatever was applied, retired and forgotten', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 25 }),
        fc.array(entry, { maxLength: 8 }),
        (steps, all) => {
          const table = new MarkTable(head)
          play(steps, table, (marks) => {
            for (const one of all) {
              const verdict = table.check(one)
              const expected = naiveVerdict(one, marks)
              expect({
                kind: verdict.kind,
                seq: 'position' in verdict ? verdict.position.seq : -1,
              }).toEqual(expected)
            }
          })
        },
      ),
      { numRuns: 500 },
    )
  })

  it('at its limit may drop too much, never keeps too much, and stays within it', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(entry, { maxLength: 6 }),
        (steps, all) => {
          const table = new MarkTable(head, { maxScopes: 3 })
          const held = new Set(all)
          play(steps, table, (marks) => {
            expect(table.size).toBeLessThanOrEqual(3)
            for (const one of held) {
              // What was found invalid leaves its store, and marks are only retired after that.
              if (table.check(one).kind === 'invalid') held.delete(one)
              else
                expect(SEVERITY[table.check(one).kind]).toBeGreaterThanOrEqual(
                  SEVERITY[naiveVerdict(one, marks).kind],
                )
            }
          })
        },
      ),
      { numRuns: 500 },
    )
  })

  it('puts one hard mark over the namespace in the place of too many scopes, at the newest position', () => {
    const table = new MarkTable(head, { maxScopes: 2 })
    for (const [at, key] of KEYS.slice(0, 3).entries()) {
      table.apply(positionedFixture(at + 1, { kind: 'key', key }, { soft: true }), undefined)
    }
    expect(table.size).toBe(0)
    const older = entryFixture({ key: 'other', birth: { generation: 'fixture', seq: 2 } })
    expect(table.check(older)).toMatchObject({
      kind: 'invalid',
      position: { seq: 3 },
      mark: { scope: { kind: 'namespace' }, soft: false },
    })
    expect(table.check({ ...older, birth: { generation: 'fixture', seq: 3 } }).kind).toBe('valid')
  })

  it('puts it at the newest place when the last to come stands below others', () => {
    const table = new MarkTable(head, { maxScopes: 2 })
    for (const [at, seq] of [4, 9, 6].entries()) {
      table.apply(
        positionedFixture(seq, { kind: 'key', key: KEYS[at] ?? parseCacheKey('x') }),
        undefined,
      )
    }
    const hit = entryFixture({ key: KEYS[1] ?? '', birth: { generation: 'fixture', seq: 8 } })
    expect(table.check(hit)).toMatchObject({ kind: 'invalid', position: { seq: 9 } })
  })

  it('holds up to MAX_SCOPES scopes when nothing else is said', () => {
    const table = new MarkTable(head)
    for (let at = 1; at <= MAX_SCOPES; at += 1) {
      table.apply(positionedFixture(at, { kind: 'key', key: parseCacheKey(`k${at}`) }), undefined)
    }
    expect(table.size).toBe(MAX_SCOPES)
    const other = { key: parseCacheKey('one-more') }
    table.apply(positionedFixture(MAX_SCOPES + 1, { kind: 'key', ...other }), undefined)
    expect(table.size).toBe(0)
  })

  it('keeps one rule for a pattern, a regex or a prefix that is said again and again', () => {
    const table = new MarkTable(head)
    const scopes: InvalidationScope[] = [
      { kind: 'pattern', pattern: 'a:*:c' },
      { kind: 'regex', regex: 'a:*:c' },
      { kind: 'prefix', prefix: 'a:*:c' },
    ]
    for (let seq = 1; seq <= 30; seq += 1) {
      const one = scopes[seq % 3] ?? { kind: 'namespace' }
      table.apply(positionedFixture(seq, one), matcherOf(one))
    }
    expect(table.size).toBe(3)
  })

  it('counts a version up with each mark, and with nothing else', () => {
    const table = new MarkTable(head)
    expect(table.version).toBe(0)
    table.apply(positionedFixture(1, { kind: 'tag', tag: parseCacheTag('t') }), undefined)
    table.apply(positionedFixture(2, { kind: 'namespace' }), undefined)
    expect(table.version).toBe(2)
    table.check(entryFixture())
    table.retire(2, false)
    table.forgetKey('a', 2)
    expect(table.version).toBe(2)
  })

  it('takes an entry of another generation for invalid, by no mark', () => {
    const table = new MarkTable(() => ({ generation: 'new', seq: 0 }))
    const birth = { generation: 'old', seq: 99 }
    expect(table.check(entryFixture({ birth }))).toEqual({
      kind: 'invalid',
      mark: undefined,
      position: birth,
    })
  })

  it('takes a pattern without a matcher to hit everything', () => {
    const table = new MarkTable(head)
    const one: CacheEntry = entryFixture({ birth: { generation: 'fixture', seq: 0 } })
    table.apply(positionedFixture(1, { kind: 'regex', regex: '^other$' }), undefined)
    expect(table.check(one).kind).toBe('invalid')
    expect(table.size).toBe(0)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import {
  decodeRecord,
  encodeRecord,
  encodeRetirement,
  scopeContent,
  scopeOf,
} from '../../../../src/infrastructure/repositories/redis-scripts/log-record.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'

const dependency = parseDependencyName('team:9')
const SCOPES: readonly (readonly [string, InvalidationScope, string])[] = [
  ['a key', { kind: 'key', key: parseCacheKey('user:1') }, '"key","user:1"'],
  ['a prefix', { kind: 'prefix', prefix: 'user:' }, '"prefix","user:"'],
  ['an empty prefix', { kind: 'prefix', prefix: '' }, '"prefix",""'],
  ['a pattern', { kind: 'pattern', pattern: 'a:*:b' }, '"pattern","a:*:b"'],
  ['a regex', { kind: 'regex', regex: '^a\\d' }, '"regex","^a\\\\d"'],
  ['a tag', { kind: 'tag', tag: parseCacheTag('größe') }, '"tag","größe"'],
  [
    'a dependency',
    { kind: 'dependency', dependency, closure: [dependency, parseDependencyName('org:7')] },
    '"dependency",["team:9","team:9","org:7"]',
  ],
  [
    'a dependency of nothing',
    { kind: 'dependency', dependency, closure: [] },
    '"dependency",["team:9"]',
  ],
  ['a namespace', { kind: 'namespace' }, '"namespace",""'],
]

describe('encodeRecord()', () => {
  it.each(SCOPES)('writes %s in the form of version 1', (_, scope, text) => {
    const mark = markFixture(scope, { namespace: 'users', atMs: 17 })
    expect(encodeRecord({ id: 'n1-5', mark, isAwaited: false })).toBe(
      `[1,"n1-5",0,"users",${text},"invalidate",0,"node",17,null]`,
    )
  })

  it('writes that it is soft, awaited and why', () => {
    const mark = markFixture(
      { kind: 'namespace' },
      { soft: true, act: 'flush', reason: 'new "prices"', atMs: 1 },
    )
    expect(encodeRecord({ id: 'x', mark, isAwaited: true })).toBe(
      '[1,"x",1,"default","namespace","","flush",1,"node",1,"new \\"prices\\""]',
    )
  })
})

describe('decodeRecord()', () => {
  it.each(SCOPES)('gives back %s', (_, scope) => {
    for (const [soft, act, reason] of [
      [false, 'set', undefined],
      [true, 'delete', ''],
    ] as const) {
      const record = { id: 'i', mark: markFixture(scope, { soft, act, reason }), isAwaited: soft }
      expect(decodeRecord(encodeRecord(record))).toStrictEqual(record)
    }
  })

  const whole: readonly unknown[] = [1, 'i', 0, 'ns', 'key', 'k', 'set', 0, 'n', 5, null]
  const but = (at: number, value: unknown): string => JSON.stringify(whole.with(at, value))
  it.each<[string, string]>([
    ['another version', but(0, 2)],
    ['an id that is none', but(1, 5)],
    ['a flag that is none', but(2, true)],
    ['a namespace that is none', but(3, null)],
    ['a kind that is unknown', but(4, 'universe')],
    ['a key that is none', but(5, 'a*')],
    ['a closure in place of a key', but(5, ['k'])],
    ['a dependency without a name', JSON.stringify(whole.with(4, 'dependency').with(5, []))],
    ['a tag that is none', JSON.stringify(whole.with(4, 'tag').with(5, ' '))],
    ['an act that is unknown', but(6, 'toString')],
    ['a moment that is none', but(9, '5')],
    ['a reason that is none', but(10, 5)],
    ['too little', '[1,"i"]'],
    ['an object', '{}'],
    ['no JSON', '[1,'],
  ])('says of %s what is wrong', (_, text) => {
    expect(decodeRecord(text)).toEqual({ fault: expect.any(String) })
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(decodeRecord(text)).toHaveProperty('fault')
      }),
    )
  })
})

describe('encodeRetirement()', () => {
  it('stands in place of a mark, and is read as what it is', () => {
    const record = { id: 'i', retires: 7 }
    expect(encodeRetirement(record)).toBe('[1,"i",0,"","retired",7]')
    expect(decodeRecord(encodeRetirement(record))).toEqual(record)
    expect(decodeRecord('[1,"i",0,"","retired","7"]')).toHaveProperty('fault')
  })
})

describe('scopeOf()', () => {
  it.each(SCOPES)('is what scopeContent() was made of: %s', (_, scope) => {
    expect(scopeOf(scope.kind, scopeContent(scope))).toEqual(scope)
  })

  it('throws for what is no scope', () => {
    expect(() => scopeOf('prefix', 5)).toThrow(/no text/)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import {
  scopeFields,
  scopeMark,
  scopeMeta,
  scopeSeq,
} from '../../../../src/infrastructure/repositories/redis-scripts/scope-fields.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'

const key = parseCacheKey('user:1')
const tag = markFixture({ kind: 'tag', tag: parseCacheTag('org:7') }, { reason: 'why', atMs: 5 })

describe('scopeFields()', () => {
  it('are none for a hard mark of a key, and one for a soft one', () => {
    expect(scopeFields(markFixture({ kind: 'key', key }))).toEqual([])
    expect(scopeFields(markFixture({ kind: 'key', key }, { soft: true }))).toEqual([
      '["default","key","user:1",1]',
    ])
  })

  it('are others in another namespace, and for a soft mark', () => {
    expect(scopeFields(tag)).toEqual(['["default","tag","org:7",0]'])
    expect(scopeFields({ ...tag, namespace: 'users' })).toEqual(['["users","tag","org:7",0]'])
    expect(scopeFields({ ...tag, soft: true })).toEqual(['["default","tag","org:7",1]'])
  })

  it('are one for each name of a closure, in whichever namespace it was said', () => {
    const [dependency, other] = [parseDependencyName('team:9'), parseDependencyName('org:7')]
    const mark = markFixture({ kind: 'dependency', dependency, closure: [other, dependency] })
    expect(scopeFields(mark)).toEqual([
      '["","dependency",["team:9","team:9"],0]',
      '["","dependency",["org:7","org:7"],0]',
    ])
    expect(scopeFields({ ...mark, namespace: 'users' })).toEqual(scopeFields(mark))
  })
})

describe('scopeMark()', () => {
  it('is the mark of a field and its value', () => {
    const value = `42 ${scopeMeta(tag)}`
    expect(scopeFields(tag).map((field) => scopeMark(field, value))).toStrictEqual([
      { seq: 42, mark: tag },
    ])
  })

  it.each([
    ['["a","tag","t",0]', 'x'],
    ['["a","tag","t",0]', '1'],
    ['["a","tag","t",0]', '1 {}'],
    ['["a","tag","t",2]', `1 ${scopeMeta(tag)}`],
    ['["a","tag"]', `1 ${scopeMeta(tag)}`],
    ['5', `1 ${scopeMeta(tag)}`],
    ['tag t', `1 ${scopeMeta(tag)}`],
  ])('says of %s and %s that they are none', (field, value) => {
    expect(scopeMark(field, value)).toEqual({ fault: expect.any(String) })
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (field, value) => {
        expect(scopeMark(field, `1 ${value}`)).toHaveProperty('fault')
      }),
    )
  })
})

describe('scopeSeq()', () => {
  it.each([
    ['42', 42],
    ['42 [1]', 42],
    ['0', 0],
    ['', undefined],
    ['-1 []', undefined],
    ['4x', undefined],
    ['99999999999999999999', undefined],
  ])('of %j is %j', (value, seq) => {
    expect(scopeSeq(value)).toBe(seq)
  })
})

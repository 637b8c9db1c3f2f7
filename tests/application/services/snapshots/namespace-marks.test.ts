import { beforeEach, describe, expect, it } from 'vitest'
import { NamespaceMarks } from '../../../../src/application/services/snapshots/namespace-marks.ts'
import { parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { positionedFixture } from '../../../fakes/mark-fixture.ts'

const HEAD = { generation: 'fixture', seq: 9 }
const WHOLE = { kind: 'namespace' } as const
const name = parseDependencyName
const dependent = entryFixture({ dependsOn: [name('team:9')] })
const org = { kind: 'dependency', dependency: name('org:7'), closure: [name('org:7')] } as const

let marks: NamespaceMarks

beforeEach(() => {
  marks = new NamespaceMarks(() => HEAD)
})

const kind = (namespace: string, entry = entryFixture()) => marks.check(namespace, entry).kind

describe('NamespaceMarks', () => {
  it('judges by the marks of the namespace, and no other', () => {
    marks.apply(positionedFixture(1, WHOLE, { namespace: 'a' }), undefined)
    expect([kind('a'), kind('b')]).toEqual(['invalid', 'valid'])
  })

  it('judges by the birth of the entry', () => {
    marks.apply(positionedFixture(3, WHOLE, { namespace: 'a' }), undefined)
    const bornAt = (seq: number) => entryFixture({ birth: { generation: 'fixture', seq } })
    expect([kind('a', bornAt(2)), kind('a', bornAt(3))]).toEqual(['invalid', 'valid'])
  })

  it('remembers marks of single keys, and soft ones as such', () => {
    const scope = { kind: 'key', key: entryFixture().key } as const
    marks.apply(positionedFixture(1, scope, { namespace: 'a', soft: true }), undefined)
    expect([kind('a'), kind('a', entryFixture({ key: 'other' }))]).toEqual(['soft', 'valid'])
  })

  it('passes the matcher of a pattern on', () => {
    const scope = { kind: 'pattern', pattern: 'k*' } as const
    marks.apply(positionedFixture(1, scope, { namespace: 'a' }), (key) => key.startsWith('k'))
    expect([kind('a'), kind('a', entryFixture({ key: 'other' }))]).toEqual(['invalid', 'valid'])
  })

  it('lets marks of dependencies reach every namespace, also one that nobody had heard of', () => {
    kind('a')
    const scope = { ...org, closure: [name('org:7'), name('team:9')] }
    marks.apply(positionedFixture(1, scope, { namespace: 'z' }), undefined)
    expect([kind('a', dependent), kind('new', dependent), kind('a')]).toEqual([
      'invalid',
      'invalid',
      'valid',
    ])
  })

  it('widen() lets earlier marks reach what is known to depend on them only now', () => {
    marks.apply(positionedFixture(1, org), undefined)
    expect([kind('a', dependent), kind('a', entryFixture({ dependsOn: [name('org:7')] }))]).toEqual(
      ['valid', 'invalid'],
    )
    marks.widen((dependency) => [dependency, name('team:9')])
    expect([kind('a', dependent), kind('new', dependent)]).toEqual(['invalid', 'invalid'])
    const direct = entryFixture({ dependsOn: [name('org:7')] })
    expect(kind('a', direct)).toBe('invalid')
  })

  it('widen() changes nothing about when they came', () => {
    marks.apply(positionedFixture(1, org), undefined)
    marks.widen((dependency) => [dependency, name('team:9')])
    const birth = { generation: 'fixture', seq: 1 }
    expect(kind('a', { ...dependent, birth })).toBe('valid')
  })

  it('takes everything for hit once it can remember no more', () => {
    marks = new NamespaceMarks(() => HEAD, 2)
    for (let seq = 1; seq <= 2; seq += 1) marks.apply(positionedFixture(seq, org), undefined)
    expect(kind('a')).toBe('valid')
    marks.apply(positionedFixture(3, org), undefined)
    expect(kind('a')).toBe('invalid')
  })
})

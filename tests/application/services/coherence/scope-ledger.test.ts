import { describe, expect, it } from 'vitest'
import { ScopeLedger } from '../../../../src/application/services/coherence/scope-ledger.ts'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import type { CacheTag, DependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { positionedFixture } from '../../../fakes/mark-fixture.ts'

const NAMESPACE = 'default'
const KEY: InvalidationScope = { kind: 'key', key: 'user:1' as CacheKey }
const WHOLE: InvalidationScope = { kind: 'namespace' }
const floorAt = (seq: number) => ({ generation: 'fixture', seq })

function tag(name: string): InvalidationScope {
  return { kind: 'tag', tag: name as CacheTag }
}

function dependency(...closure: string[]): InvalidationScope {
  const names = closure as DependencyName[]
  return { kind: 'dependency', dependency: 'team:9' as DependencyName, closure: names }
}

describe('ScopeLedger', () => {
  it('keeps the newest mark of each scope', () => {
    const ledger = new ScopeLedger()
    ledger.note(positionedFixture(1, tag('a')))
    ledger.note(positionedFixture(2, tag('b')))
    ledger.note(positionedFixture(3, tag('a')))
    const seqs = ledger.of(NAMESPACE).map(({ position }) => position.seq)
    expect(seqs.toSorted()).toEqual([2, 3])
  })

  it('keeps the later place of a scope, and raises its floor to it, in whatever order they come', () => {
    const ledger = new ScopeLedger(2)
    for (const [seq, name] of [
      [9, 'a'],
      [7, 'a'],
      [5, 'b'],
    ] as const) {
      ledger.note(positionedFixture(seq, tag(name)))
    }
    expect(ledger.of(NAMESPACE).map(({ position }) => position.seq)).toEqual([9, 5])
    ledger.note(positionedFixture(6, tag('c')))
    expect(ledger.floor).toEqual(floorAt(9))
  })

  it('has its floor raised from outside, and never lowered', () => {
    const ledger = new ScopeLedger()
    ledger.raiseFloor(floorAt(4))
    ledger.raiseFloor(floorAt(3))
    expect(ledger.floor).toEqual(floorAt(4))
  })

  it('keeps the soft mark of a key, and not a hard one, which leaves nothing behind', () => {
    const ledger = new ScopeLedger()
    ledger.note(positionedFixture(1, KEY))
    expect(ledger.of(NAMESPACE)).toEqual([])
    const soft = positionedFixture(2, KEY, { soft: true })
    ledger.note(soft)
    expect(ledger.of(NAMESPACE)).toEqual([soft])
  })

  it('keeps soft and hard marks of a scope apart: a soft one takes nothing back', () => {
    const ledger = new ScopeLedger()
    const hard = positionedFixture(1, WHOLE)
    const soft = positionedFixture(2, WHOLE, { soft: true })
    ledger.note(hard)
    ledger.note(soft)
    expect(ledger.of(NAMESPACE)).toEqual([hard, soft])
  })

  it('keeps the marks of a dependency whose closure has changed apart: it may have shrunk', () => {
    const ledger = new ScopeLedger()
    const wide = positionedFixture(1, dependency('team:9', 'org:7'))
    const narrow = positionedFixture(2, dependency('team:9'))
    const again = positionedFixture(3, dependency('team:9'))
    for (const one of [wide, narrow, again]) ledger.note(one)
    expect(ledger.of(NAMESPACE)).toEqual([wide, again])
  })

  it('hands a namespace its own marks, and dependencies of every one', () => {
    const ledger = new ScopeLedger()
    const own = positionedFixture(1, tag('a'))
    const foreign = positionedFixture(2, tag('a'), { namespace: 'orders' })
    const reaching = positionedFixture(3, dependency('team:9'), { namespace: 'orders' })
    for (const one of [own, foreign, reaching]) ledger.note(one)
    expect(ledger.of(NAMESPACE)).toEqual([own, reaching])
    expect(ledger.of('orders')).toEqual([foreign, reaching])
  })

  it('raises its floor to the newest mark when there are too many, and not before', () => {
    const ledger = new ScopeLedger(2)
    ledger.note(positionedFixture(1, tag('a')))
    ledger.note(positionedFixture(2, tag('b')))
    ledger.note(positionedFixture(3, tag('b')))
    expect(ledger.of(NAMESPACE)).toHaveLength(2)
    expect(ledger.floor.seq).toBe(0)
    ledger.note(positionedFixture(4, tag('c')))
    expect(ledger.of(NAMESPACE)).toEqual([])
    expect(ledger.floor).toEqual(floorAt(4))
    const later = positionedFixture(5, tag('a'))
    ledger.note(later)
    expect(ledger.of(NAMESPACE)).toEqual([later])
    expect(ledger.floor).toEqual(floorAt(4))
  })

  it('begins anew with the marks and the floor that it is told, and nothing else', () => {
    const ledger = new ScopeLedger(2)
    for (const [at, name] of ['a', 'b', 'c'].entries()) {
      ledger.note(positionedFixture(at + 7, tag(name)))
    }
    const kept = positionedFixture(3, tag('z'))
    const hardKey = positionedFixture(4, KEY)
    ledger.start({ generation: 'next', seq: 2 }, [kept, hardKey])
    expect(ledger.of(NAMESPACE)).toEqual([kept])
    expect(ledger.floor).toEqual({ generation: 'next', seq: 2 })
  })

  it('stays bounded by the marks that it begins with, too', () => {
    const ledger = new ScopeLedger(2)
    const marks = ['a', 'b', 'c'].map((name, at) => positionedFixture(at + 5, tag(name)))
    ledger.start(floorAt(0), marks)
    expect(ledger.of(NAMESPACE)).toEqual([])
    expect(ledger.floor).toEqual(floorAt(7))
  })

  it('forgets hard marks of which nothing is left', () => {
    const ledger = new ScopeLedger()
    const soft = positionedFixture(1, tag('a'), { soft: true })
    const newer = positionedFixture(4, tag('c'))
    for (const one of [soft, positionedFixture(2, tag('a')), positionedFixture(3, tag('b')), newer])
      ledger.note(one)
    ledger.retire(3)
    expect(ledger.of(NAMESPACE)).toEqual([soft, newer])
  })
})

import { describe, expect, it } from 'vitest'
import { MarkTable } from '../../../src/application/services/mark-table.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { positionedFixture } from '../../fakes/mark-fixture.ts'

const head = () => ({ generation: 'fixture', seq: 0 })
const born = (seq: number) => ({ generation: 'fixture', seq })
const tag = parseCacheTag('t')
const key = parseCacheKey('key')
const open = {
  key,
  tags: new Set([tag]),
  dependsOn: new Set([parseDependencyName('d')]),
  birth: born(1),
}
const late = entryFixture({ tags: [tag], birth: born(1) })

describe('MarkTable.retire()', () => {
  it('keeps what hits an open write, on its key alone', () => {
    const table = new MarkTable(head)
    table.apply(positionedFixture(2, { kind: 'tag', tag }), undefined)
    table.retire(2, true, [open])
    expect(table.size).toBe(1)
    expect(table.check(late)).toMatchObject({ kind: 'invalid', position: { seq: 2 } })
    expect(table.check({ ...late, key: parseCacheKey('other') }).kind).toBe('valid')
    expect(table.check({ ...late, birth: born(2) }).kind).toBe('valid')
  })

  it('keeps it on the key as long as the write stays open, and not longer', () => {
    const table = new MarkTable(head)
    table.apply(positionedFixture(2, { kind: 'namespace' }), undefined)
    table.retire(2, true, [open])
    table.retire(9, true, [open])
    expect(table.check(late).kind).toBe('invalid')
    table.retire(9, true, [])
    expect(table.size).toBe(0)
  })

  it('keeps a soft mark soft, and both kinds where both hit', () => {
    const table = new MarkTable(head)
    table.apply(positionedFixture(2, { kind: 'tag', tag }, { soft: true }), undefined)
    table.retire(2, false, [open])
    expect(table.check(late).kind).toBe('soft')
    table.apply(positionedFixture(3, { kind: 'prefix', prefix: 'k' }), undefined)
    table.retire(3, false, [open])
    expect(table.check(late).kind).toBe('invalid')
    expect(table.check({ ...late, birth: born(2) }).kind).toBe('invalid')
    expect(table.check({ ...late, birth: born(3) }).kind).toBe('valid')
  })

  it('keeps nothing for an open write that no mark hits, or that was born after it', () => {
    const table = new MarkTable(head)
    table.apply(positionedFixture(2, { kind: 'tag', tag: parseCacheTag('other') }), undefined)
    table.apply(positionedFixture(3, { kind: 'tag', tag }), undefined)
    table.retire(3, true, [{ ...open, birth: born(3) }])
    expect(table.size).toBe(0)
  })
})

describe('MarkTable.raiseFloor()', () => {
  it('makes invalid, for good, what was born before it, and nothing else', () => {
    const table = new MarkTable(head)
    table.raiseFloor(born(5))
    table.retire(100, false)
    expect(table.check({ ...late, birth: born(4) })).toEqual({
      kind: 'invalid',
      mark: undefined,
      position: born(5),
    })
    expect(table.check({ ...late, birth: born(5) }).kind).toBe('valid')
  })

  it('counts as a new version, so that no store trusts what it checked before', () => {
    const table = new MarkTable(head)
    table.raiseFloor(born(5))
    expect(table.version).toBe(1)
  })
})

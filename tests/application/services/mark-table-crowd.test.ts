import { describe, expect, it } from 'vitest'
import { KeyCrowd } from '../../../src/application/services/key-crowd.ts'
import { MarkTable } from '../../../src/application/services/mark-table.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag } from '../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { positionedFixture } from '../../fakes/mark-fixture.ts'

const MILLION = 1_000_000
const tag = { kind: 'tag', tag: parseCacheTag('red') } as const

function crowded(count: number) {
  const collapsed: number[] = []
  const head = { generation: 'fixture', seq: 0 }
  const onCollapsed = (marks: number) => void collapsed.push(marks)
  const table = new MarkTable(() => head, { crowd: new KeyCrowd(), onCollapsed })
  const born = (key: string, seq: number) =>
    table.check(entryFixture({ key, birth: { generation: 'fixture', seq } })).kind
  for (let seq = 1; seq <= count; seq += 1) {
    const scope = { kind: 'key', key: parseCacheKey(`key:${seq}`) } as const
    table.apply(positionedFixture(seq, scope), undefined)
  }
  return { table, collapsed, born }
}

describe('MarkTable, when many keys are marked', () => {
  it('knows each of a million, spares all others, and forgets them when it may', () => {
    const { table, collapsed, born } = crowded(MILLION)
    expect(collapsed).toEqual([])
    for (const seq of [1, 499_999, MILLION]) {
      expect(born(`key:${seq}`, seq - 1)).toBe('invalid')
      expect(born(`key:${seq}`, seq)).toBe('valid')
    }
    expect(born('another', 0)).toBe('valid')
    expect(table.size).toBeLessThanOrEqual(50_000)
    table.retire(0, true)
    expect(born('key:1', 0)).toBe('invalid')
    table.forgetKeys(MILLION)
    expect(born('key:1', 0)).toBe('valid')
  })

  it('keeps scopes beside them', () => {
    const { table, collapsed } = crowded(120_000)
    table.apply(positionedFixture(200_000, tag), undefined)
    const birth = { generation: 'fixture', seq: 150_000 }
    const tagged = entryFixture({ key: 'another', tags: [tag.tag], birth })
    expect(table.check(tagged).kind).toBe('invalid')
    expect(collapsed).toEqual([])
    table.clear()
    expect(table.check(tagged).kind).toBe('valid')
  })

  it('says so when it gives up', () => {
    const { collapsed, born } = crowded(1_150_000)
    expect(collapsed).toEqual([100_001])
    expect(born('another', 0)).toBe('invalid')
  })
})

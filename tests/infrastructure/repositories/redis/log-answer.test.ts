import { describe, expect, it } from 'vitest'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import {
  floorFaults,
  logAnswer,
} from '../../../../src/infrastructure/repositories/redis/log-answer.ts'
import type { LogReading } from '../../../../src/infrastructure/repositories/redis-scripts/read-log-call.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { keyRecord } from '../redis-scripts/script-stage.ts'

const reading: LogReading = {
  generation: 'g',
  ancestors: ['f'],
  tail: { seq: 9, id: 'id-9' },
  records: [],
  scopes: [],
  floorSeq: 0,
  recent: [],
  areRecentWhole: true,
  isKnownServer: true,
  absentNodes: 2,
  serverMs: 5,
}
const answer = (changes: Partial<LogReading>) => logAnswer({ ...reading, ...changes })
const space = markFixture({ kind: 'namespace' })
const fault = { fault: 'it is strange' }

describe('logAnswer()', () => {
  it('says what the reading says', () => {
    const record = { seq: 9, ...keyRecord('a') }
    expect(answer({ records: [record], scopes: [{ seq: 3, mark: space }], floorSeq: 2 })).toEqual({
      generation: 'g',
      ancestors: ['f'],
      tail: { seq: 9, id: 'id-9' },
      records: [record],
      scopes: [{ position: { generation: 'g', seq: 3 }, mark: space }],
      floorSeq: 2,
      isKnownServer: true,
      absentNodes: 2,
    })
  })

  it('takes a record that can’t be read for one without a mark, at its place', () => {
    const { records, floorSeq } = answer({ records: [{ seq: 8, ...fault }] })
    expect(records).toEqual([{ id: '', seq: 8, mark: undefined, isAwaited: false }])
    expect(floorSeq).toBe(0)
  })

  it('hands on what says that marks are retired', () => {
    const retired = { id: 'r', seq: 8, retires: 5 }
    const { records, scopes } = answer({ records: [retired], recent: [retired] })
    expect(records).toEqual([{ ...retired, mark: undefined, isAwaited: false }])
    expect(scopes).toEqual([])
  })

  it('adds the recent marks of keys to the scopes, and no others, which the table has', () => {
    const { mark } = keyRecord('a')
    const recent = [
      { seq: 7, ...keyRecord('a') },
      { seq: 8, id: 'x', mark: space, isAwaited: false },
    ]
    expect(answer({ recent }).scopes).toEqual([{ position: { generation: 'g', seq: 7 }, mark }])
    expect(mark.scope).toEqual({ kind: 'key', key: parseCacheKey('a') })
  })

  it.each<[string, Partial<LogReading>, number]>([
    ['a scope can’t be read: all may be', { scopes: [fault] }, 9],
    ['a recent mark can’t be read: at its place', { recent: [{ seq: 4, ...fault }] }, 4],
    [
      'recent marks are missing: before the first',
      { recent: [{ seq: 6, ...keyRecord('a') }], areRecentWhole: false },
      5,
    ],
    ['all recent marks are missing', { areRecentWhole: false }, 9],
    ['the table says so, if that is higher', { recent: [{ seq: 4, ...fault }], floorSeq: 6 }, 6],
  ])('raises the floor: %s', (_, changes, floorSeq) => {
    expect(answer(changes).floorSeq).toBe(floorSeq)
  })
})

describe('floorFaults()', () => {
  it('lists what raised the floor, and no records, which the node tells of itself', () => {
    const recent = [{ seq: 4, fault: 'second' }]
    const records = [{ seq: 5, fault: 'third' }]
    expect(floorFaults({ ...reading, scopes: [fault], recent, records })).toEqual([
      'it is strange',
      'second',
    ])
    expect(floorFaults(reading)).toEqual([])
  })
})

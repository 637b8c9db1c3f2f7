import { describe, expect, it } from 'vitest'
import {
  isOwnMarkMissing,
  recordsAfter,
} from '../../../../src/application/services/coherence/records-after.ts'
import { answerOf, recordAt } from './coherence-fixture.ts'

const AT_3 = { position: { generation: 'g', seq: 3 }, id: 'm3' }
const AT_0 = { position: { generation: 'g', seq: 0 }, id: '' }

describe('recordsAfter()', () => {
  it('answers what follows the record at the horizon', () => {
    const page = answerOf([recordAt(3), recordAt(4), recordAt(5)])
    expect(recordsAfter(AT_3, page)).toEqual([recordAt(4), recordAt(5)])
  })

  it('answers nothing when nothing is new', () => {
    expect(recordsAfter(AT_3, answerOf([recordAt(3)]))).toEqual([])
    expect(recordsAfter(AT_0, answerOf([]))).toEqual([])
  })

  it('at the beginning of a log answers everything', () => {
    expect(recordsAfter(AT_0, answerOf([recordAt(1), recordAt(2)]))).toHaveLength(2)
  })

  it.each([
    ['the record at the horizon was trimmed', AT_3, [recordAt(5), recordAt(6)]],
    ['the one after it comes first', AT_3, [recordAt(4)]],
    ['one is missing further on', AT_3, [recordAt(3), recordAt(4), recordAt(6)]],
    ['the first of all was trimmed', AT_0, [recordAt(2)]],
    ['the last were taken out', AT_3, [recordAt(3)], 5],
    ['all were taken out', AT_0, [], 5],
  ] as const)(
    'sees a gap when %s',
    (_, horizon, records, tailSeq: number | undefined = records.at(-1)?.seq) => {
      const page = answerOf(records, { tail: { seq: tailSeq ?? 0, id: 'last' } })
      expect(recordsAfter(horizon, page)).toBe('gap')
    },
  )

  it('sees a rollback when another record stands at the horizon', () => {
    expect(recordsAfter(AT_3, answerOf([recordAt(3, 'other'), recordAt(4)]))).toBe('rollback')
  })

  it('sees a rollback when the log ends before the horizon, empty or not', () => {
    expect(recordsAfter(AT_3, answerOf([], { tail: { seq: 2, id: 'm2' } }))).toBe('rollback')
    expect(recordsAfter(AT_3, answerOf([]))).toBe('rollback')
  })
})

describe('isOwnMarkMissing()', () => {
  const own = [{ seq: 5, id: 'mine', ticket: 7 }]

  it('is false while the page doesn’t reach it', () => {
    const page = answerOf([recordAt(3), recordAt(4)], { tail: { seq: 9, id: 'm9' } })
    expect(isOwnMarkMissing(own, page, 8)).toBe(false)
  })

  it('is false when it stands where the log said', () => {
    expect(isOwnMarkMissing(own, answerOf([recordAt(4), recordAt(5, 'mine')]), 8)).toBe(false)
  })

  it('is true when another stands there', () => {
    expect(isOwnMarkMissing(own, answerOf([recordAt(4), recordAt(5)]), 8)).toBe(true)
  })

  it('is true when the log ends before it', () => {
    expect(isOwnMarkMissing(own, answerOf([recordAt(4)]), 8)).toBe(true)
  })

  it('is false for a read that was sent before the mark was acknowledged', () => {
    expect(isOwnMarkMissing(own, answerOf([recordAt(4)]), 7)).toBe(false)
  })
})

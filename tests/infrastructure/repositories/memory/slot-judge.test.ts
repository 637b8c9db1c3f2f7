import { describe, expect, it } from 'vitest'
import type { EntryValidity, Validity } from '../../../../src/core/protocols/cache-repository.ts'
import { parseCacheTags } from '../../../../src/core/value-objects/cache-tag.ts'
import { SlotJudge } from '../../../../src/infrastructure/repositories/memory/slot-judge.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { SlotStage } from './slot-stage.ts'

const MARKED = {
  mark: markFixture({ kind: 'namespace' }),
  position: { generation: 'g', seq: 3 },
} as const
const VALID: Validity = { kind: 'valid' }
const INVALID: Validity = { kind: 'invalid', ...MARKED }
const SOFT: Validity = { kind: 'soft', ...MARKED }

/** Slots of a store that began at 0, and a judge whose verdict a test sets. */
function stage(verdict: Validity = VALID) {
  const slots = new SlotStage(0)
  const validity = {
    version: 1,
    verdict,
    checked: [] as unknown[],
    check(entry: Parameters<EntryValidity['check']>[0]): Validity {
      this.checked.push(entry)
      return this.verdict
    },
  }
  return { slots, validity, judge: new SlotJudge(slots.pages, slots.records, validity) }
}

describe('SlotJudge', () => {
  it('lets a valid slot stay until the instant at which it is of no use for stale answers either', () => {
    const { slots, judge } = stage()
    const slot = slots.add({ createdAtMs: 0, expiresAtMs: 10, staleUntilMs: 20 })
    expect(judge.faultOf(slot, 10)).toBeUndefined()
    expect(judge.faultOf(slot, 19)).toBeUndefined()
    expect(judge.faultOf(slot, 20)).toEqual({ kind: 'expired' })
  })

  it('compares a slot with the marks once per count of them, by all that marks go by', () => {
    const { slots, judge, validity } = stage()
    const tags = parseCacheTags(['a'], 'tags')
    const birth = { generation: 'g', seq: 2 }
    const slot = slots.add({ key: 'user:1', tags, birth })
    for (let times = 0; times < 3; times += 1) judge.faultOf(slot, 0)
    expect(validity.checked).toEqual([{ key: 'user:1', tags, dependsOn: [], birth }])
    validity.version = 2
    judge.faultOf(slot, 0)
    expect(validity.checked).toHaveLength(2)
  })

  it('says which mark made a slot invalid, each time that it is asked', () => {
    const { slots, judge } = stage(INVALID)
    const slot = slots.add()
    const cause = { kind: 'invalidated', ...MARKED }
    expect(judge.faultOf(slot, 0)).toEqual(cause)
    expect(judge.faultOf(slot, 0)).toEqual(cause)
  })

  it('says deleted of what no mark has hit, but can’t be trusted', () => {
    const { slots, judge } = stage({ ...INVALID, mark: undefined })
    expect(judge.faultOf(slots.add(), 0)).toEqual({ kind: 'deleted' })
  })

  it('says invalidated of what is invalid and dead', () => {
    const { slots, judge } = stage(INVALID)
    const slot = slots.add({ createdAtMs: 0, expiresAtMs: 1 })
    expect(judge.faultOf(slot, 5)?.kind).toBe('invalidated')
  })

  it('softens what a soft mark hits and keeps it for stale answers, as long as it has time for these', () => {
    const { slots, judge } = stage(SOFT)
    const slot = slots.add({ createdAtMs: 0, expiresAtMs: 10, staleUntilMs: 20 })
    expect(judge.faultOf(slot, 5)).toBeUndefined()
    expect(slots.records.isSoft(slot)).toBe(true)
    expect(judge.faultOf(slot, 19)).toBeUndefined()
    expect(judge.faultOf(slot, 20)).toEqual({ kind: 'expired' })
  })

  it.each([
    { expiresAtMs: 10, staleUntilMs: 10 },
    { expiresAtMs: Number.POSITIVE_INFINITY, staleUntilMs: Number.POSITIVE_INFINITY },
  ])('lets go of what a soft mark hits without a time for stale answers: %o', (life) => {
    const { slots, judge } = stage(SOFT)
    const slot = slots.add({ createdAtMs: 0, ...life })
    expect(judge.faultOf(slot, 0)).toEqual({ kind: 'invalidated', ...MARKED })
    expect(slots.records.isSoft(slot)).toBe(false)
  })

  it('looks at a softened slot again when a harder mark has come', () => {
    const { slots, judge, validity } = stage(SOFT)
    const slot = slots.add({ createdAtMs: 0, expiresAtMs: 10, staleUntilMs: 20 })
    expect(judge.faultOf(slot, 5)).toBeUndefined()
    validity.version = 2
    validity.verdict = INVALID
    expect(judge.faultOf(slot, 5)).toEqual({ kind: 'invalidated', ...MARKED })
  })
})

describe('SlotJudge.settledVersion', () => {
  it('is the count of marks with which it began, until an entry comes in that isn’t valid', () => {
    const { slots, judge, validity } = stage()
    expect(judge.settledVersion).toBe(1)
    const entry = entryFixture()
    const slot = slots.addEntry(entry)
    judge.noteNew(slot, entry)
    expect(slots.pages.isChecked(slot, 1)).toBe(true)
    expect(judge.settledVersion).toBe(1)
    for (const verdict of [SOFT, INVALID]) {
      validity.verdict = verdict
      judge.noteEmpty()
      judge.noteNew(slots.addEntry(entry), entry)
      expect(judge.settledVersion).not.toBe(1)
    }
  })

  it('is the one at which a round began, if that is still the present one', () => {
    const { judge, validity } = stage()
    validity.version = 3
    judge.noteRound(2)
    expect(judge.settledVersion).toBe(1)
    judge.noteRound(3)
    expect(judge.settledVersion).toBe(3)
  })

  it('isn’t that of a round which may have passed an invalid entry, but that of the next', () => {
    const { slots, judge, validity } = stage(SOFT)
    const entry = entryFixture()
    judge.noteNew(slots.addEntry(entry), entry)
    judge.noteRound(1)
    expect(judge.settledVersion).not.toBe(1)
    validity.verdict = VALID
    judge.noteRound(1)
    expect(judge.settledVersion).toBe(1)
  })
})

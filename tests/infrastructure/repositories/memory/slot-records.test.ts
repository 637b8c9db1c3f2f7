import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CacheEntry, slidLife } from '../../../../src/core/entities/cache-entry.ts'
import {
  parseCacheTags,
  parseDependencyNames,
} from '../../../../src/core/value-objects/cache-tag.ts'
import { parseDuration } from '../../../../src/core/value-objects/duration.ts'
import {
  ATTENTION,
  FAR_UNITS,
  HINT_MASK,
  HINT_SHIFT,
  MAX_UNITS,
  NEVER_TICK,
  OTHER_ORDER,
  RECORD_MASK,
  TICK_MS,
  UNIT_MS,
} from '../../../../src/infrastructure/repositories/memory/slot-layout.ts'
import { FORM } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { type EntryOverrides, entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'
import { anyEntry } from './any-entry.ts'
import { SlotStage } from './slot-stage.ts'

const FOUR_YEARS_MS = NEVER_TICK * TICK_MS
const COLUMN_MS = MAX_UNITS * UNIT_MS
const START_MS = FAKE_START_MS
const NEVER = Number.POSITIVE_INFINITY
/** The bits of `META` that belong to the storage. */
const STORAGE_MASK = 0xf00

/** An entry that was created when the store began. */
function young(overrides: EntryOverrides<unknown> = {}): CacheEntry {
  return entryFixture({ createdAtMs: START_MS, ...overrides })
}

function needsAttention(stage: SlotStage, slot: number): boolean {
  return (stage.pages.meta(slot) & ATTENTION) !== 0
}

describe('SlotRecords', () => {
  it('gives back every field of any entry exactly, while many of them share pages and profiles', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 20 }), (entries) => {
        const stage = new SlotStage(START_MS)
        const slots = entries.map((entry) => stage.addEntry(entry))
        for (const [at, slot] of slots.entries()) {
          expect(stage.records.entryOf(slot, START_MS)).toEqual(entries[at])
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each<[string, EntryOverrides<unknown>]>([
    ['has all its fields at the beginning of the store', {}],
    ['ends a millisecond before the store began', { expiresAtMs: START_MS - 1 }],
    ['ends when the store began', { expiresAtMs: START_MS }],
    ['ends at the last millisecond of a unit', { expiresAtMs: START_MS + 4095 }],
    ['ends at the first millisecond of a unit', { expiresAtMs: START_MS + 4096 }],
    ['ends where the lower bits of its unit begin anew', { expiresAtMs: START_MS + 2 ** 32 }],
    ['ends at the last instant of the column', { expiresAtMs: START_MS + COLUMN_MS - 1 }],
    ['ends where the column can’t say it', { expiresAtMs: START_MS + COLUMN_MS }],
    ['ends at a fraction of a millisecond', { expiresAtMs: START_MS + 10.25 }],
    ['is kept for ever after its end', { expiresAtMs: START_MS + 9, staleUntilMs: NEVER }],
    ['is kept a fraction after its end', { expiresAtMs: START_MS, staleUntilMs: START_MS + 0.1 }],
    ['was created at a fraction', { createdAtMs: START_MS + 0.125 }],
    ['was created before 1970', { createdAtMs: -5 }],
    ['was created in another stretch of 2^32 ms', { createdAtMs: START_MS - 2 ** 32 }],
    ['was read, but never since it was stored', { accessedAtMs: START_MS + 5 }],
    ['was born at place 2^32 - 1', { birth: { generation: 'g', seq: 2 ** 32 - 1 } }],
    ['was born at place 2^32', { birth: { generation: 'g', seq: 2 ** 32 } }],
    ['was born at place 2^53 - 1', { birth: { generation: 'g', seq: Number.MAX_SAFE_INTEGER } }],
    ['holds undefined', { value: undefined }],
  ])('gives back an entry that %s', (_what, overrides) => {
    const stage = new SlotStage(START_MS)
    const entry = young(overrides)
    const slot = stage.addEntry(entry)
    expect(stage.records.entryOf(slot, START_MS)).toEqual(entry)
  })

  it('begins at a whole millisecond where the clock has fractions', () => {
    const stage = new SlotStage(START_MS + 0.75)
    const slot = stage.addEntry(young({ expiresAtMs: START_MS + 100 }))
    expect(stage.records.lifeOf(slot).expiresAtMs).toBe(START_MS + 100)
    expect(stage.records.tickAt(START_MS + 63)).toBe(0)
    expect(stage.records.tickAt(START_MS + 64)).toBe(1)
  })

  it('gives back who takes the slot of another exactly, and leaves the bits of others alone', () => {
    const stage = new SlotStage(START_MS)
    const first = young({ priority: 'critical', isSoftInvalidated: true, expiresAtMs: 1.5 })
    const slot = stage.addEntry(first)
    const others = ~RECORD_MASK & ~STORAGE_MASK
    stage.pages.setMeta(slot, stage.pages.meta(slot) | others)
    stage.pages.setHot(slot, FORM, stage.pages.hotWord(slot, FORM) | OTHER_ORDER)
    stage.records.release(slot)
    stage.storage.free(slot)
    const second = young({ priority: 'low', expiresAtMs: START_MS + 100 })
    stage.write(slot, second)
    expect(stage.records.entryOf(slot, START_MS)).toEqual(second)
    expect(stage.pages.meta(slot) & others).toBe(others)
    expect(stage.pages.hotWord(slot, FORM) & OTHER_ORDER).toBe(OTHER_ORDER)
    expect(needsAttention(stage, slot)).toBe(false)
  })

  it('holds on to nothing outside the columns once it is released or cleared', () => {
    const stage = new SlotStage(START_MS)
    const slot = stage.add()
    stage.records.release(slot)
    expect(() => stage.records.lifeOf(slot)).toThrow(/profile/)
    const other = stage.add({ createdAtMs: 0.5 })
    stage.records.clear()
    expect(() => stage.records.lifeOf(other)).toThrow(/profile/)
  })

  it('answers key, priority, size and what marks are compared with', () => {
    const stage = new SlotStage(START_MS)
    const entry = young({
      key: 'user:1',
      priority: 'high',
      sizeBytes: 1234,
      tags: parseCacheTags(['a'], 'tags'),
      dependsOn: parseDependencyNames(['x'], 'dependsOn'),
      birth: { generation: 'g', seq: 7 },
    })
    const slot = stage.addEntry(entry)
    expect(stage.records.keyOf(slot)).toBe('user:1')
    expect(stage.records.priorityOf(slot)).toBe('high')
    expect(stage.records.sizeOf(slot)).toBe(1234)
    const { key, tags, dependsOn, birth } = entry
    expect(stage.records.markedOf(slot)).toEqual({ key, tags, dependsOn, birth })
  })
})

/** What a read looks at first: true only if the slot's end needs no closer look. */
function isSurelyFresh(stage: SlotStage, slot: number, nowMs: number): boolean {
  const meta = stage.pages.meta(slot)
  const unit = stage.records.unitAt(nowMs)
  return (((meta & HINT_MASK) - (unit << HINT_SHIFT)) | 0) > 0 && (meta & ATTENTION) === 0
}

describe('SlotRecords on ends of lives', () => {
  it.each([
    { endsAtMs: 0, end: 0, death: 0 },
    { endsAtMs: 1, end: 0, death: 1 },
    { endsAtMs: 63, end: 0, death: 1 },
    { endsAtMs: 64, end: 1, death: 1 },
    { endsAtMs: 65, end: 1, death: 2 },
    { endsAtMs: NEVER, end: NEVER_TICK, death: NEVER_TICK },
    { endsAtMs: FOUR_YEARS_MS - 1, end: NEVER_TICK - 1, death: NEVER_TICK },
    { endsAtMs: FOUR_YEARS_MS, end: NEVER_TICK, death: NEVER_TICK },
    { endsAtMs: -1000, end: 0, death: 0 },
  ])(
    'ends in tick $end and is surely dead at tick $death with an end after $endsAtMs ms',
    ({ endsAtMs, end, death }) => {
      const stage = new SlotStage(START_MS)
      const slot = stage.addEntry(young({ expiresAtMs: START_MS + endsAtMs }))
      expect(stage.records.endTick(slot)).toBe(end)
      expect(stage.records.deathTick(slot)).toBe(death)
    },
  )

  it('dies when it is of no use for stale answers any more', () => {
    const stage = new SlotStage(START_MS)
    const expiresAtMs = START_MS + 64
    const slot = stage.addEntry(young({ expiresAtMs, staleUntilMs: expiresAtMs + 64 }))
    expect(stage.records.endTick(slot)).toBe(1)
    expect(stage.records.deathTick(slot)).toBe(2)
  })

  it('is never called surely fresh while it is kept stale, however long that is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 36 }),
        fc.integer({ min: 0, max: 2 ** 36 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.boolean(),
        (endsAfterMs, staleMs, share, isMoved) => {
          const stage = new SlotStage(START_MS)
          const expiresAtMs = START_MS + endsAfterMs
          const life = { expiresAtMs, staleUntilMs: expiresAtMs + staleMs }
          const slot = stage.addEntry(young(isMoved ? { expiresAtMs: START_MS + 5 } : life))
          if (isMoved) stage.records.moveLife(slot, life)
          const nowMs = expiresAtMs + Math.floor(staleMs * share)
          expect(isSurelyFresh(stage, slot, nowMs)).toBe(false)
          expect(stage.records.lifeOf(slot)).toMatchObject(life)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('is surely fresh up to four seconds before an end that is less than 24 days ahead', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 35 }),
        fc.integer({ min: 4097, max: 2 ** 31 - 4096 }),
        (bornAfterMs, lifeMs) => {
          const stage = new SlotStage(START_MS)
          const createdAtMs = START_MS + bornAfterMs
          const slot = stage.add({ createdAtMs, expiresAtMs: createdAtMs + lifeMs })
          expect(isSurelyFresh(stage, slot, createdAtMs)).toBe(true)
          expect(isSurelyFresh(stage, slot, createdAtMs + lifeMs - 4096)).toBe(true)
          expect(isSurelyFresh(stage, slot, createdAtMs + lifeMs)).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('looks at what never ends again from time to time, and then says so further on', () => {
    const stage = new SlotStage(START_MS)
    const slot = stage.addEntry(young())
    const aheadMs = FAR_UNITS * UNIT_MS
    expect(isSurelyFresh(stage, slot, START_MS)).toBe(true)
    expect(isSurelyFresh(stage, slot, START_MS + aheadMs - 1)).toBe(true)
    expect(isSurelyFresh(stage, slot, START_MS + aheadMs)).toBe(false)
    stage.records.renewHint(slot, START_MS + aheadMs)
    expect(isSurelyFresh(stage, slot, START_MS + 2 * aheadMs - 1)).toBe(true)
    expect(stage.records.lifeOf(slot).expiresAtMs).toBe(NEVER)
  })

  it('moves no end that the column says by looking at it again', () => {
    const stage = new SlotStage(START_MS)
    const expiresAtMs = START_MS + 2 ** 33
    const slot = stage.addEntry(young({ expiresAtMs }))
    stage.records.renewHint(slot, START_MS + 2 ** 31)
    expect(stage.records.lifeOf(slot).expiresAtMs).toBe(expiresAtMs)
  })

  it.each<[string, EntryOverrides<unknown>, boolean]>([
    ['has an end in the column', { expiresAtMs: START_MS + 5000 }, false],
    ['never ends', {}, false],
    ['slides', { slidingTtlMs: parseDuration(5, 'slidingTtl') }, true],
    ['was softened', { isSoftInvalidated: true }, true],
    ['ends at a fraction', { expiresAtMs: START_MS + 5000.5 }, true],
    ['ended before the store began', { expiresAtMs: START_MS - 1 }, true],
  ])('of an entry that %s, a read needs to look at more than its unit: %#', (_, each, isOdd) => {
    const stage = new SlotStage(START_MS)
    expect(needsAttention(stage, stage.addEntry(young(each)))).toBe(isOdd)
  })

  it('moves a life to any other and back, exactly', () => {
    const lives = [
      { expiresAtMs: START_MS + 10, staleUntilMs: START_MS + 10 },
      { expiresAtMs: START_MS + 700, staleUntilMs: START_MS + 900 },
      { expiresAtMs: NEVER, staleUntilMs: NEVER },
      { expiresAtMs: START_MS + 0.5, staleUntilMs: START_MS + 3 },
      { expiresAtMs: START_MS - 5, staleUntilMs: START_MS + 3 },
      { expiresAtMs: START_MS + COLUMN_MS, staleUntilMs: NEVER },
    ]
    for (const before of lives) {
      for (const after of lives) {
        const stage = new SlotStage(START_MS)
        const entry = young({ ...before, priority: 'high' })
        const slot = stage.addEntry(entry)
        stage.records.moveLife(slot, after)
        expect(stage.records.entryOf(slot, START_MS)).toEqual({ ...entry, ...after })
        stage.records.moveLife(slot, before)
        expect(stage.records.entryOf(slot, START_MS)).toEqual(entry)
      }
    }
  })

  it('moves the life of one slot, not of those with the same profile', () => {
    const stage = new SlotStage(START_MS)
    const life = { expiresAtMs: START_MS + 10, staleUntilMs: START_MS + 20 }
    const [one, other] = [stage.addEntry(young(life)), stage.addEntry(young(life))]
    stage.records.moveLife(one, { expiresAtMs: START_MS + 30, staleUntilMs: START_MS + 35 })
    expect(stage.records.lifeOf(other)).toEqual(life)
    expect(stage.records.lifeOf(one)).toEqual({
      expiresAtMs: START_MS + 30,
      staleUntilMs: START_MS + 35,
    })
  })

  it('says of a sliding life what slidLife() needs', () => {
    const stage = new SlotStage(START_MS)
    const entry = young({
      ttl: { kind: 'span', ms: parseDuration(100, 'ttl') },
      slidingTtlMs: parseDuration(10, 'slidingTtl'),
      expiresAtMs: START_MS + 10,
      staleUntilMs: START_MS + 15,
    })
    const slot = stage.addEntry(entry)
    for (const nowMs of [START_MS + 9, START_MS + 95]) {
      expect(slidLife(stage.records.slidingLifeOf(slot), nowMs)).toEqual(slidLife(entry, nowMs))
    }
  })

  it('softens a slot, which stays itself otherwise', () => {
    const stage = new SlotStage(START_MS)
    const entry = young({ expiresAtMs: START_MS + 10, staleUntilMs: START_MS + 20 })
    const slot = stage.addEntry(entry)
    expect(stage.records.isSoft(slot)).toBe(false)
    stage.records.soften(slot)
    expect(stage.records.isSoft(slot)).toBe(true)
    expect(needsAttention(stage, slot)).toBe(true)
    expect(stage.records.entryOf(slot, START_MS)).toEqual({ ...entry, isSoftInvalidated: true })
  })
})

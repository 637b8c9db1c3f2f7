import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_ACCESS_COUNT,
  UNIT_MS,
} from '../../../../src/infrastructure/repositories/memory/slot-layout.ts'
import { ACCESS } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { accessAt } from '../../../../src/infrastructure/repositories/memory/slot-records.ts'
import { type EntryOverrides, entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS as START_MS } from '../../../../src/testing/fake-clock.ts'
import { SlotStage } from './slot-stage.ts'

/** An entry that was created when the store began. */
const young = (overrides: EntryOverrides<unknown> = {}) =>
  entryFixture({ createdAtMs: START_MS, ...overrides })

/** Reads a slot as a store does. */
function read(stage: SlotStage, slot: number, nowMs: number): void {
  const unit = stage.records.unitAt(nowMs)
  stage.pages.setHot(slot, ACCESS, accessAt(stage.pages.hotWord(slot, ACCESS), unit, 1))
}

describe('SlotRecords on reads', () => {
  it('counts reads one by one up to 4095, and stays there', () => {
    const stage = new SlotStage(START_MS)
    const slot = stage.addEntry(young())
    for (let times = 1; times <= MAX_ACCESS_COUNT; times += 1) {
      read(stage, slot, START_MS)
      if (times % 1000 < 2) {
        expect(stage.records.entryOf(slot, START_MS).accessCount).toBe(times)
      }
    }
    expect(stage.records.entryOf(slot, START_MS).accessCount).toBe(4095)
    read(stage, slot, START_MS)
    expect(stage.records.entryOf(slot, START_MS).accessCount).toBe(4095)
  })

  it.each([
    [1, 1],
    [4094, 4094],
    [4095, 4095],
    [4096, 4095],
    [1_000_000, 4095],
  ])('says of an entry that came with %i reads that it had %i', (accessCount, counted) => {
    const stage = new SlotStage(START_MS)
    const slot = stage.addEntry(young({ accessCount }))
    expect(stage.records.entryOf(slot, START_MS).accessCount).toBe(counted)
  })

  it('knows the last read to about four seconds, also those before the store began', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000, max: 2 ** 31 }),
        fc.integer({ min: 0, max: 2 ** 31 }),
        (readAfterMs, laterMs) => {
          const stage = new SlotStage(START_MS)
          const createdAtMs = START_MS - 2_000_000
          const accessedAtMs = START_MS + readAfterMs
          const nowMs = accessedAtMs + laterMs
          const slot = stage.add({ createdAtMs, accessedAtMs, accessCount: 1 })
          const found = stage.records.entryOf(slot, nowMs)
          // Of what was before the store began the unit is as far from 0 as that after it.
          const allowedMs = readAfterMs < 0 ? 2 * UNIT_MS : UNIT_MS
          expect(Math.abs(found.accessedAtMs - accessedAtMs)).toBeLessThan(allowedMs)
          expect(found.accessedAtMs).toBeLessThanOrEqual(nowMs)
          expect(stage.records.idleMs(slot, nowMs)).toBe(nowMs - found.accessedAtMs)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('says of an entry that was never read that it was idle since its creation', () => {
    const stage = new SlotStage(START_MS)
    const slot = stage.addEntry(young({ createdAtMs: START_MS + 100 }))
    expect(stage.records.idleMs(slot, START_MS + 5100)).toBe(5000)
    expect(stage.records.idleMs(slot, START_MS)).toBe(0)
    expect(stage.records.entryOf(slot, START_MS + 5100).accessedAtMs).toBe(START_MS + 100)
  })

  it('notes the first four seconds of a store as well', () => {
    const stage = new SlotStage(START_MS)
    const slot = stage.addEntry(young({ createdAtMs: START_MS - 100_000 }))
    read(stage, slot, START_MS)
    expect(stage.records.idleMs(slot, START_MS + 4000)).toBeLessThan(4097)
  })

  it('never says that an entry was read before it was created', () => {
    const stage = new SlotStage(START_MS)
    const createdAtMs = START_MS + 4000
    const slot = stage.addEntry(young({ createdAtMs }))
    read(stage, slot, createdAtMs)
    expect(stage.records.entryOf(slot, START_MS + 8191).accessedAtMs).toBeGreaterThanOrEqual(
      createdAtMs,
    )
  })
})

import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import { keyHash } from '../../../../src/infrastructure/repositories/memory/key-hash.ts'
import { ReferenceStorage } from '../../../../src/infrastructure/repositories/memory/reference-storage.ts'
import { SlotPages } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { SlotRecords } from '../../../../src/infrastructure/repositories/memory/slot-records.ts'
import { type EntryOverrides, entryFixture } from '../../../../src/testing/entry-fixture.ts'

const SEED = 77

/** The slots of a namespace named `fixtures`, without anything that finds them or makes them leave. */
export class SlotStage {
  readonly pages: SlotPages = new SlotPages()
  readonly storage: ReferenceStorage = new ReferenceStorage(this.pages)
  readonly records: SlotRecords

  /** @param startMs when the store began */
  constructor(startMs = 0) {
    this.records = new SlotRecords(this.pages, this.storage, 'fixtures', startMs)
  }

  /** Puts an entry into a slot of its own. */
  add(overrides: EntryOverrides<unknown> = {}): number {
    return this.addEntry(entryFixture(overrides))
  }

  addEntry(entry: CacheEntry): number {
    const slot = this.pages.take()
    this.write(slot, entry)
    return slot
  }

  /** Writes an entry into a slot that holds nothing. */
  write(slot: number, entry: CacheEntry): void {
    const charge = this.storage.prepare(entry.key, entry.value, entry.sizeBytes)
    this.records.write(slot, entry, charge)
    this.storage.write(slot, entry.key, keyHash(entry.key, SEED))
  }

  remove(slot: number): void {
    this.records.release(slot)
    this.storage.free(slot)
    this.pages.give(slot)
  }
}

import { BufferStorage } from '../../../../../src/infrastructure/repositories/memory/buffer/buffer-storage.ts'
import { keyHash } from '../../../../../src/infrastructure/repositories/memory/key-hash.ts'
import {
  META,
  NO_SLOT,
  SlotPages,
} from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'

const SEED = 77
/** What of `META` isn't the storage's. */
export const OTHERS_META: number = ~(15 << 8)

/** A storage with its columns, and a plain map in the place of the key table. */
export class BufferStage {
  readonly pages: SlotPages = new SlotPages()
  readonly storage: BufferStorage = new BufferStorage(this.pages, SEED)
  readonly slots: Map<string, number> = new Map()
  readonly slotOf = (key: string, hash: number): number => {
    if (hash !== keyHash(key, SEED)) throw new Error(`looked for ${key} under another hash`)
    return this.slots.get(key) ?? NO_SLOT
  }

  /** Sum of the charges of what is stored. */
  get charges(): number {
    return [...this.slots.values()].reduce((sum, slot) => sum + this.pages.charge(slot), 0)
  }

  set(key: string, value: unknown): number {
    const charge = this.storage.prepare(key, value, 1)
    const known = this.slots.get(key)
    if (known !== undefined) this.storage.free(known)
    const slot = known ?? this.pages.take()
    this.pages.setHot(slot, META, slot | OTHERS_META)
    this.storage.write(slot, key, keyHash(key, SEED))
    this.pages.setCharge(slot, charge)
    this.slots.set(key, slot)
    return slot
  }

  delete(key: string): void {
    const slot = this.slots.get(key)
    if (slot === undefined) return
    this.storage.free(slot)
    this.slots.delete(key)
    this.pages.give(slot)
  }

  get(key: string): unknown {
    const slot = this.slots.get(key)
    return slot === undefined ? undefined : this.storage.valueOf(slot)
  }

  hash(key: string): number {
    return keyHash(key, SEED)
  }
}

import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { CRITICAL_RANK, chargeOf, type MemorySlot } from './memory-slot.ts'

/** Why an entry isn't let in: it alone is over the limit in bytes. */
export const TOO_LARGE = 'larger than the limit'
/** Why an entry isn't let in: what would have to leave for it may not. */
export const FULL_OF_CRITICAL = 'full of critical entries'

/** Limits, and what counts against them: of one namespace, or of all of them together. */
export class MemoryLimits {
  /** `undefined`: no limit. */
  maxEntries: number | undefined
  maxBytes: number | undefined
  entries = 0
  bytes = 0
  #criticalEntries = 0
  #criticalBytes = 0

  constructor(maxEntries: number | undefined, maxBytes: number | undefined) {
    this.maxEntries = maxEntries
    this.maxBytes = maxBytes
  }

  get isExceeded(): boolean {
    return exceeds(this.entries, this.maxEntries) || exceeds(this.bytes, this.maxBytes)
  }

  add(slot: MemorySlot): void {
    this.#count(slot, 1)
  }

  remove(slot: MemorySlot): void {
    this.#count(slot, -1)
  }

  /** Counts a whole namespace out. */
  removeAll(other: MemoryLimits): void {
    this.entries -= other.entries
    this.bytes -= other.bytes
    this.#criticalEntries -= other.#criticalEntries
    this.#criticalBytes -= other.#criticalBytes
  }

  /** True if the entry fits in, in the place of `old`, without anybody leaving. */
  hasRoomFor(entry: CacheEntry, old: MemorySlot | undefined): boolean {
    return (
      !exceeds(this.entries + (old === undefined ? 1 : 0), this.maxEntries) &&
      !exceeds(this.bytes + chargeOf(entry) - (old?.chargedBytes ?? 0), this.maxBytes)
    )
  }

  /** Why the entry can't come in even if all that may leave leaves; `undefined` if it can. */
  refusalOf(entry: CacheEntry, old: MemorySlot | undefined): string | undefined {
    const charge = chargeOf(entry)
    if (exceeds(charge, this.maxBytes)) return TOO_LARGE
    const isOldCritical = old?.rank === CRITICAL_RANK
    const entries = this.#criticalEntries + 1 - (isOldCritical ? 1 : 0)
    const bytes = this.#criticalBytes + charge - (isOldCritical ? old.chargedBytes : 0)
    const isFull = exceeds(entries, this.maxEntries) || exceeds(bytes, this.maxBytes)
    return isFull ? FULL_OF_CRITICAL : undefined
  }

  #count(slot: MemorySlot, by: 1 | -1): void {
    this.entries += by
    this.bytes += by * slot.chargedBytes
    if (slot.rank !== CRITICAL_RANK) return
    this.#criticalEntries += by
    this.#criticalBytes += by * slot.chargedBytes
  }
}

function exceeds(amount: number, limit: number | undefined): boolean {
  return limit !== undefined && amount > limit
}

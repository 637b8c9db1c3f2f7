import { CRITICAL_RANK } from './slot-layout.ts'

/** Why an entry isn't let in: it alone is over the limit in bytes. */
export const TOO_LARGE = 'larger than the limit'
/** Why an entry isn't let in: what would have to leave for it may not. */
export const FULL_OF_CRITICAL = 'full of critical entries'

/** Most that one entry may count: what a column of 32 bits holds. */
export const MAX_CHARGE_BYTES = 0xffff_ffff

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

  add(charge: number, rank: number): void {
    this.entries += 1
    this.bytes += charge
    if (rank !== CRITICAL_RANK) return
    this.#criticalEntries += 1
    this.#criticalBytes += charge
  }

  remove(charge: number, rank: number): void {
    this.entries -= 1
    this.bytes -= charge
    if (rank !== CRITICAL_RANK) return
    this.#criticalEntries -= 1
    this.#criticalBytes -= charge
  }

  /** Counts a whole namespace out. */
  removeAll(other: MemoryLimits): void {
    this.entries -= other.entries
    this.bytes -= other.bytes
    this.#criticalEntries -= other.#criticalEntries
    this.#criticalBytes -= other.#criticalBytes
  }

  /** True if an entry fits in, in the place of one that counts `oldCharge` (0: of none), without anybody leaving. */
  hasRoomFor(charge: number, oldCharge: number): boolean {
    return !this.lacksEntries(oldCharge) && !exceeds(this.bytes + charge - oldCharge, this.maxBytes)
  }

  /** True if it is the number of entries that leaves no room. */
  lacksEntries(oldCharge: number): boolean {
    return exceeds(this.entries + (oldCharge === 0 ? 1 : 0), this.maxEntries)
  }

  /**
   * Why an entry can't come in even if all that may leave leaves; `undefined` if it can.
   *
   * @param oldCriticalCharge what the entry in whose place it would come counts, if that is critical; else 0
   */
  refusalOf(charge: number, oldCriticalCharge: number): string | undefined {
    if (charge > MAX_CHARGE_BYTES || exceeds(charge, this.maxBytes)) return TOO_LARGE
    const entries = this.#criticalEntries + (oldCriticalCharge === 0 ? 1 : 0)
    const bytes = this.#criticalBytes + charge - oldCriticalCharge
    const isFull = exceeds(entries, this.maxEntries) || exceeds(bytes, this.maxBytes)
    return isFull ? FULL_OF_CRITICAL : undefined
  }
}

function exceeds(amount: number, limit: number | undefined): boolean {
  return limit !== undefined && amount > limit
}

import { ExpiryWheel } from './expiry-wheel.ts'
import { NEVER_TICK } from './slot-layout.ts'
import type { SlotPages } from './slot-pages.ts'
import type { SlotRecords } from './slot-records.ts'

/**
 * Slots that the wheel takes together. It turns by blocks, not by slots, so that an end of life costs an
 * entry no word: a block stands in the wheel where the first of its slots dies, and is looked through
 * when that time comes.
 */
const BLOCK_BITS = 6
const BLOCK_SLOTS: number = 1 << BLOCK_BITS

/** Sees to it that what dies leaves, read or not. */
export class SlotExpiry {
  readonly #pages: SlotPages
  readonly #records: SlotRecords
  readonly #removeIfDead: (slot: number, nowMs: number) => void
  readonly #wheel = new ExpiryWheel(0)

  constructor(
    pages: SlotPages,
    records: SlotRecords,
    removeIfDead: (slot: number, nowMs: number) => void,
  ) {
    this.#pages = pages
    this.#records = records
    this.#removeIfDead = removeIfDead
  }

  /** Notes when a slot that is new, or whose life has moved, will die: `staleUntilMs` of its life. */
  note(slot: number, endMs: number): void {
    const tick = this.#records.tickAfter(endMs)
    if (tick !== NEVER_TICK) this.#wheel.note(slot >>> BLOCK_BITS, tick)
  }

  /** Removes what has died, for as long as `mayGoOn` says; true if nothing of that is left. */
  removeDue(nowMs: number, mayGoOn: () => boolean): boolean {
    const tick = this.#records.tickAt(nowMs)
    return this.#wheel.advance(tick, (block) => this.#lookThrough(block, nowMs), mayGoOn)
  }

  clear(): void {
    this.#wheel.clear()
  }

  /** Answers when the next slot of the block dies, which may have come in while others left. */
  #lookThrough(block: number, nowMs: number): number {
    const firstSlot = block << BLOCK_BITS
    for (let slot = firstSlot; slot < firstSlot + BLOCK_SLOTS; slot += 1) {
      if (this.#pages.isUsed(slot)) this.#removeIfDead(slot, nowMs)
    }
    let earliest = NEVER_TICK
    for (let slot = firstSlot; slot < firstSlot + BLOCK_SLOTS; slot += 1) {
      if (this.#pages.isUsed(slot)) earliest = Math.min(earliest, this.#records.deathTick(slot))
    }
    return earliest
  }
}

import type { Clock } from '../../../core/protocols/clock.ts'
import type { MemorySlot } from './memory-slot.ts'
import type { SlotTable } from './slot-table.ts'

/** Slots between two looks at the clock: about 20 microseconds of work. */
const STEP = 64

/** What a sweep does on its way. */
export interface SweepVisitor {
  /** Does some of what comes before the slots; true if none of it is left. */
  readonly prepare: (count: number) => boolean
  /** Looks at a slot, which may leave; true if that was quick. */
  readonly visit: (slot: MemorySlot) => boolean
}

/** Walks over all slots by number, in slices, however they come and go meanwhile. */
export class SlotSweep {
  readonly #table: SlotTable
  readonly #clock: Clock
  #nextIndex = 0

  constructor(table: SlotTable, clock: Clock) {
    this.#table = table
    this.#clock = clock
  }

  startRound(): void {
    this.#nextIndex = 0
  }

  /** Walks on for about `budgetMs` milliseconds, a few slots at least; true at the end of a round. */
  walk(budgetMs: number, visitor: SweepVisitor): boolean {
    const deadlineMs = this.#clock.monotonicMs() + budgetMs
    do {
      if (visitor.prepare(STEP) && this.#step(visitor)) return true
    } while (this.#clock.monotonicMs() < deadlineMs)
    return false
  }

  /** Ends early after a slot that wasn't quick: one that a regular expression looks at may take milliseconds. */
  #step(visitor: SweepVisitor): boolean {
    const endIndex = this.#nextIndex + STEP
    let isQuick = true
    while (isQuick && this.#nextIndex < endIndex) {
      if (this.#nextIndex >= this.#table.length) {
        this.#nextIndex = 0
        return true
      }
      const slot = this.#table.at(this.#nextIndex)
      this.#nextIndex += 1
      if (slot !== undefined) isQuick = visitor.visit(slot)
    }
    return false
  }
}

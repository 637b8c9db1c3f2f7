import type { SlotPages } from './slot-pages.ts'

/** Slots between two looks at the clock: about 20 microseconds of work. */
const STEP = 64

/** Walks over all slots by number, in slices, however they come and go meanwhile. */
export class SlotSweep {
  readonly #pages: Pick<SlotPages, 'length' | 'isUsed'>
  #nextSlot = 0

  constructor(pages: Pick<SlotPages, 'length' | 'isUsed'>) {
    this.#pages = pages
  }

  startRound(): void {
    this.#nextSlot = 0
  }

  /**
   * Walks on for as long as `mayGoOn` says, a few slots at least; true at the end of a round.
   *
   * @param visit looks at a slot, which may leave; true if that was quick
   */
  walk(visit: (slot: number) => boolean, mayGoOn: () => boolean): boolean {
    do {
      if (this.#step(visit)) return true
    } while (mayGoOn())
    return false
  }

  /** Ends early after a slot that wasn't quick: one that a regular expression looks at may take milliseconds. */
  #step(visit: (slot: number) => boolean): boolean {
    const endSlot = this.#nextSlot + STEP
    let isQuick = true
    while (isQuick && this.#nextSlot < endSlot) {
      if (this.#nextSlot >= this.#pages.length) {
        this.#nextSlot = 0
        return true
      }
      const slot = this.#nextSlot
      this.#nextSlot += 1
      if (this.#pages.isUsed(slot)) isQuick = visit(slot)
    }
    return false
  }
}

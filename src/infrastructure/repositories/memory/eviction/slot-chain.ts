// hot path: benchmarks/memory-hit.bench.ts
import { NO_SLOT, type SlotPages } from '../slot-pages.ts'

/** A doubly linked list of slots, through `NEXT` and `PREVIOUS` of their pages; a slot is in at most one. */
export class SlotChain {
  first: number = NO_SLOT
  last: number = NO_SLOT
  length = 0
  /** Sum of the charges of its slots, in bytes. */
  charge = 0
  readonly #pages: SlotPages

  constructor(pages: SlotPages) {
    this.#pages = pages
  }

  addFirst(slot: number): void {
    this.#linkFirst(slot)
    this.length += 1
    this.charge += this.#pages.charge(slot)
  }

  addLast(slot: number): void {
    const { last } = this
    if (last === NO_SLOT) {
      this.addFirst(slot)
      return
    }
    this.#pages.setPrevious(slot, last)
    this.#pages.setNext(slot, NO_SLOT)
    this.#pages.setNext(last, slot)
    this.last = slot
    this.length += 1
    this.charge += this.#pages.charge(slot)
  }

  /** Lets go of a slot that is in it, with the same charge as it came or was recharged. */
  remove(slot: number): void {
    this.#unlink(slot)
    this.length -= 1
    this.charge -= this.#pages.charge(slot)
  }

  /** hot path: makes a slot that is in it the first. */
  moveFirst(slot: number): void {
    if (this.first === slot) return
    this.#unlink(slot)
    this.#linkFirst(slot)
  }

  /** Counts the changed charge of a slot that is in it. */
  recharge(slot: number, chargeBefore: number): void {
    this.charge += this.#pages.charge(slot) - chargeBefore
  }

  /** The last slot other than `except`; `NO_SLOT` if there is none. */
  lastBut(except: number): number {
    const { last } = this
    return last !== NO_SLOT && last === except ? this.#pages.previous(last) : last
  }

  /** Forgets all its slots without visiting them. */
  clear(): void {
    this.first = NO_SLOT
    this.last = NO_SLOT
    this.length = 0
    this.charge = 0
  }

  #linkFirst(slot: number): void {
    const { first } = this
    this.#pages.setPrevious(slot, NO_SLOT)
    this.#pages.setNext(slot, first)
    if (first === NO_SLOT) this.last = slot
    else this.#pages.setPrevious(first, slot)
    this.first = slot
  }

  #unlink(slot: number): void {
    const previous = this.#pages.previous(slot)
    const next = this.#pages.next(slot)
    if (previous === NO_SLOT) this.first = next
    else this.#pages.setNext(previous, next)
    if (next === NO_SLOT) this.last = previous
    else this.#pages.setPrevious(next, previous)
  }
}

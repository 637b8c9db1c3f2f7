/**
 * Soonest end of life first: a binary heap over the slots' deadlines. At a tie the lower priority leaves
 * first, then who is there longest; beyond ties, priorities change nothing, since an entry that is about
 * to end is worth little whatever its priority. What never ends has the highest deadline and leaves last.
 *
 * The deadline and the rank are those of when the slot was added or replaced last: the store says
 * `replace` after it moved a life. Until then a slot stays where it is, so a heap never breaks under a
 * number that changed behind its back.
 *
 * The heap needs no lists, so `NEXT` is a slot's place in it, `PREVIOUS` its deadline and the queue its
 * rank.
 */
import { NO_SLOT, type SlotPages } from '../slot-pages.ts'
import type { CreateEvictionOrder, EvictionOrder, EvictionSpace } from './eviction-order.ts'
import { SlotColumn } from './slot-column.ts'

/** Not far from where numbers change their sign, so that every test gets there and it is nothing rare. */
const FIRST_ARRIVAL = 0x7fff_ffe0

class TtlOrder implements EvictionOrder {
  readonly followsLives = true
  readonly #space: EvictionSpace
  readonly #pages: SlotPages
  /** The slots by their places; the children of place p are at 2p + 1 and 2p + 2. */
  readonly #heap: SlotColumn = new SlotColumn()
  /** When each slot came. Counted in 32 bits and begun anew after them; differences tell who was first. */
  readonly #arrivals: SlotColumn = new SlotColumn()
  #length = 0
  #arrived = FIRST_ARRIVAL

  constructor(space: EvictionSpace) {
    this.#space = space
    this.#pages = space.pages
  }

  add(slot: number): void {
    this.#read(slot)
    const place = this.#length
    this.#length += 1
    this.#rise(slot, place)
  }

  /** hot path: a use says nothing about the end of life. */
  use(): void {}

  replace(slot: number): void {
    this.#read(slot)
    this.#settle(slot, this.#pages.next(slot))
  }

  remove(slot: number): void {
    const place = this.#pages.next(slot)
    this.#length -= 1
    const last = this.#heap.get(this.#length)
    if (last !== slot) this.#settle(last, place)
  }

  victim(except: number): number {
    const first = this.#at(0)
    if (first === NO_SLOT || first !== except) return first
    return this.#sooner(this.#at(1), this.#at(2))
  }

  admits(): boolean {
    return true
  }

  #read(slot: number): void {
    const pages = this.#pages
    pages.setPrevious(slot, this.#space.endTick(slot))
    pages.setQueue(slot, pages.rank(slot))
    this.#arrived = (this.#arrived + 1) | 0
    this.#arrivals.set(slot, this.#arrived)
  }

  #at(place: number): number {
    return place < this.#length ? this.#heap.get(place) : NO_SLOT
  }

  #put(slot: number, place: number): void {
    this.#heap.set(place, slot)
    this.#pages.setNext(slot, place)
  }

  /** Puts a slot at a free place or up or down from it, wherever it belongs. */
  #settle(slot: number, place: number): void {
    this.#sink(slot, place)
    this.#rise(slot, this.#pages.next(slot))
  }

  #rise(slot: number, from: number): void {
    let place = from
    while (place > 0) {
      const parent = this.#heap.get((place - 1) >>> 1)
      if (!this.#isBefore(slot, parent)) break
      this.#put(parent, place)
      place = (place - 1) >>> 1
    }
    this.#put(slot, place)
  }

  #sink(slot: number, from: number): void {
    let place = from
    for (;;) {
      const child = this.#sooner(this.#at(2 * place + 1), this.#at(2 * place + 2))
      if (child === NO_SLOT || !this.#isBefore(child, slot)) break
      const next = this.#pages.next(child)
      this.#put(child, place)
      place = next
    }
    this.#put(slot, place)
  }

  /** Who of two leaves first; the second may be missing, or both. */
  #sooner(slot: number, other: number): number {
    return other !== NO_SLOT && this.#isBefore(other, slot) ? other : slot
  }

  #isBefore(slot: number, other: number): boolean {
    const pages = this.#pages
    const deadline = pages.previous(slot)
    const otherDeadline = pages.previous(other)
    if (deadline !== otherDeadline) return deadline < otherDeadline
    const rank = pages.queue(slot)
    const otherRank = pages.queue(other)
    if (rank !== otherRank) return rank < otherRank
    return ((this.#arrivals.get(slot) - this.#arrivals.get(other)) | 0) < 0
  }
}

/** Who is closest to the end of its life leaves first. */
export const ttlOrder: CreateEvictionOrder = (space) => new TtlOrder(space)

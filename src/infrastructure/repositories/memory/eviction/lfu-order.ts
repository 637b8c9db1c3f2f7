// hot path: benchmarks/memory-hit.bench.ts
/**
 * Least frequently used, with dynamic aging (LFU-DA; Arlitt et al., "Evaluating Content Management
 * Techniques for Web Proxy Caches", 2000).
 *
 * A slot's level is `floor + uses × weight` as of its last use, where uses counts its adding and its
 * hits, up to 32, and the weight is its priority's. The lowest level leaves first; on one level, who
 * has been there longest. An eviction lifts the floor to the lowest level: so it rises as entries leave,
 * and who isn't used any more stays behind on its level, and yesterday's heroes leave too. A new value
 * begins with one use.
 *
 * All levels lie within `floor` and `floor + 32 × the highest weight`, so a ring of lists holds them, and
 * finding the lowest is a short walk from the floor instead of a heap. The ring doubles when a level
 * comes up that is too high for it, and a list comes into being with the first slot on its level.
 */
import { NO_SLOT } from '../slot-pages.ts'
import type { CreateEvictionOrder, EvictionOrder, EvictionSpace } from './eviction-order.ts'
import { SlotChain } from './slot-chain.ts'
import { SlotColumn } from './slot-column.ts'

/** Uses beyond this count don't lift an entry any higher. */
export const MAX_COUNTED_USES = 32

/** A weight beyond it counts as this much, so that the walk through the ring stays short. */
export const MAX_COUNTED_WEIGHT = 64

/** A slot's word in the column: its uses, and above them its level. */
const USES_BITS = 6
const COUNTED_USES_MASK = (1 << USES_BITS) - 1
/** Levels are counted in 26 bits and begin anew after them; what counts is their distance from the floor. */
const LEVEL_MASK = (1 << (32 - USES_BITS)) - 1

/** Not far from where levels begin anew, so that every test gets there and it is nothing rare. */
const FIRST_FLOOR = LEVEL_MASK - 999

const FIRST_RING_LISTS = 16

class LfuOrder implements EvictionOrder {
  readonly followsEveryUse = true
  readonly #space: EvictionSpace
  readonly #words: SlotColumn = new SlotColumn()
  /** The lists of the levels, by the lower bits of a level. */
  #ring: (SlotChain | undefined)[] = emptyRing(FIRST_RING_LISTS)
  /** No slot is on a level below it. */
  #floor = FIRST_FLOOR

  constructor(space: EvictionSpace) {
    this.#space = space
  }

  add(slot: number): void {
    this.#place(slot, 1)
  }

  /** hot path */
  use(slot: number): void {
    const word = this.#words.get(slot)
    this.#listOf(word >>> USES_BITS).remove(slot)
    this.#place(slot, Math.min((word & COUNTED_USES_MASK) + 1, MAX_COUNTED_USES))
  }

  replace(slot: number, _hash: number, chargeBefore: number): void {
    const list = this.#listOf(this.#levelOf(slot))
    list.recharge(slot, chargeBefore)
    list.remove(slot)
    this.#place(slot, 1)
  }

  remove(slot: number, isEviction: boolean): void {
    if (isEviction) this.#raiseFloor()
    this.#listOf(this.#levelOf(slot)).remove(slot)
  }

  victim(except: number): number {
    const { length } = this.#ring
    for (let distance = 0; distance < length; distance += 1) {
      const slot = this.#ring[(this.#floor + distance) & (length - 1)]?.lastBut(except) ?? NO_SLOT
      if (slot !== NO_SLOT) return slot
    }
    return NO_SLOT
  }

  admits(): boolean {
    return true
  }

  #levelOf(slot: number): number {
    return this.#words.get(slot) >>> USES_BITS
  }

  /** Puts a slot that is in no list first on the level of so many uses. */
  #place(slot: number, uses: number): void {
    const { pages, weights } = this.#space
    const weight = Math.min(weights[pages.rank(slot)] ?? 1, MAX_COUNTED_WEIGHT)
    const distance = Math.round(uses * weight)
    while (distance >= this.#ring.length) this.#growRing()
    const level = (this.#floor + distance) & LEVEL_MASK
    this.#words.set(slot, (level << USES_BITS) | uses)
    this.#listOf(level).addFirst(slot)
  }

  #listOf(level: number): SlotChain {
    const at = level & (this.#ring.length - 1)
    let list = this.#ring[at]
    if (list === undefined) {
      list = new SlotChain(this.#space.pages)
      this.#ring[at] = list
    }
    return list
  }

  /** Up to the lowest level with a slot on it; there is one when this is called. */
  #raiseFloor(): void {
    const last = this.#ring.length - 1
    while ((this.#ring[this.#floor & last]?.length ?? 0) === 0) {
      this.#floor = (this.#floor + 1) & LEVEL_MASK
    }
  }

  #growRing(): void {
    const before = this.#ring
    this.#ring = emptyRing(before.length * 2)
    for (let distance = 0; distance < before.length; distance += 1) {
      const level = this.#floor + distance
      this.#ring[level & (this.#ring.length - 1)] = before[level & (before.length - 1)]
    }
  }
}

/** As many lists, a power of two. */
function emptyRing(lists: number): (SlotChain | undefined)[] {
  return new Array(lists).fill(undefined)
}

/** The least often used entry leaves first, and uses count less the longer they are ago. */
export const lfuOrder: CreateEvictionOrder = (space) => new LfuOrder(space)

// hot path: benchmarks/memory-hit.bench.ts

import type { EvictionSpace } from '../eviction/eviction-order.ts'
import { CHARGE, META, NO_SLOT, SlotPages, USES_MASK, USES_ONE } from '../slot-pages.ts'
import type { Frequencies } from './frequency-sketch.ts'
import { MiniTable } from './mini-table.ts'
import type { WTinyLfuArm } from './w-tiny-lfu-arm.ts'
import { type CountsUses, countsNone, WTinyLfuQueues } from './w-tiny-lfu-queues.ts'

/** Slots of a mini cache, at most: as many as `MiniTable` finds places for. */
const MAX_MINI_SLOTS = 4096

const FIRST_SLOTS = 64
const EQUAL_WEIGHTS: EvictionSpace['weights'] = [1, 1, 1]

/**
 * A W-TinyLFU cache without keys and values: it tells how many hits an arm would have had, if a sample of
 * the keys had only that part of the capacity.
 */
export class MiniCache {
  readonly #pages: SlotPages = new SlotPages()
  readonly #queues: WTinyLfuQueues
  #hashes: Int32Array = new Int32Array(FIRST_SLOTS)
  readonly #table: MiniTable = new MiniTable(this.#hashes)
  #capacity: number
  /** The slot that was dropped last: mostly the next key comes in at once. */
  #spare: number = NO_SLOT

  readonly #sketch: Frequencies
  readonly #counts: CountsUses

  /**
   * @param capacity in bytes or entries, as the charges of the requests
   * @param counts for which keys it counts its requests in the sketch, as `WTinyLfuOrder` does; others do for the rest
   */
  constructor(
    arm: WTinyLfuArm,
    sketch: Frequencies,
    capacity: number,
    counts: CountsUses = countsNone,
  ) {
    this.#capacity = capacity
    this.#sketch = sketch
    this.#counts = counts
    const space: EvictionSpace = {
      pages: this.#pages,
      endTick: () => 0,
      hashOf: (slot) => this.#hashes[slot] ?? 0,
      // Entries without a size count one byte each.
      isByBytes: true,
      capacity: () => this.#capacity,
      weights: EQUAL_WEIGHTS,
    }
    this.#queues = new WTinyLfuQueues(space, sketch, arm, counts)
  }

  get entries(): number {
    return this.#queues.length
  }

  /** True if it holds as many keys as it ever can, however small they are. */
  get isFull(): boolean {
    return this.#queues.length >= MAX_MINI_SLOTS
  }

  get bytes(): number {
    return this.#pages.bytes + this.#hashes.byteLength + this.#table.bytes
  }

  /** hot path: true if the key is here; else it comes in and pushes others out, unless it has no room. */
  request(hash: number, charge: number): boolean {
    const slot = this.#table.find(hash)
    if (slot === NO_SLOT) {
      if (charge <= this.#capacity) this.#insert(hash, charge)
      return false
    }
    const meta = this.#pages.hotWord(slot, META)
    if ((meta & USES_MASK) !== USES_MASK) this.#pages.setHot(slot, META, meta + USES_ONE)
    return true
  }

  /** The key was deleted or has expired. */
  forget(hash: number): void {
    const slot = this.#table.find(hash)
    if (slot !== NO_SLOT) this.#drop(slot)
  }

  /** Goes on by another arm. */
  follow(arm: WTinyLfuArm): void {
    this.#queues.follow(arm)
  }

  /** Goes on with another capacity; whoever has no room any more leaves. */
  resize(capacity: number): void {
    this.#capacity = capacity
    this.#evictUntil(capacity, MAX_MINI_SLOTS)
  }

  /** Lets go of the keys that the sample has no more. */
  keepOnly(isSampled: (hash: number) => boolean): void {
    for (let slot = 0; slot < this.#hashes.length; slot += 1) {
      if (this.#pages.isUsed(slot) && !isSampled(this.#hashes[slot] ?? 0)) this.#drop(slot)
    }
  }

  #insert(hash: number, charge: number): void {
    if (this.#counts(hash)) this.#sketch.add(hash)
    this.#queues.expect(charge)
    this.#evictUntil(this.#capacity - charge, MAX_MINI_SLOTS - 1)
    const slot = this.#takeSlot()
    this.#hashes[slot] = hash
    this.#pages.setHot(slot, META, 0)
    this.#pages.setCold(slot, CHARGE, charge)
    this.#table.add(slot)
    this.#queues.add(slot)
  }

  #evictUntil(size: number, entries: number): void {
    while (this.#queues.size > size || this.#queues.length > entries) {
      this.#drop(this.#queues.victim(NO_SLOT))
    }
  }

  #drop(slot: number): void {
    this.#table.remove(slot)
    this.#queues.remove(slot)
    if (this.#spare === NO_SLOT) {
      this.#spare = slot
      this.#pages.setCold(slot, CHARGE, 0)
    } else this.#pages.give(slot)
  }

  #takeSlot(): number {
    const spare = this.#spare
    this.#spare = NO_SLOT
    const slot = spare === NO_SLOT ? this.#pages.take() : spare
    if (slot >= this.#hashes.length) this.#grow()
    return slot
  }

  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2)
    hashes.set(this.#hashes)
    this.#hashes = hashes
    this.#table.grow(hashes)
  }
}

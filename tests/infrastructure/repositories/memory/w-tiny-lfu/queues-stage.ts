import type { EvictionSpace } from '../../../../../src/infrastructure/repositories/memory/eviction/eviction-order.ts'
import {
  CHARGE,
  NO_SLOT,
  SlotPages,
} from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import type { WTinyLfuArm } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-arm.ts'
import {
  countsNone,
  WTinyLfuQueues,
} from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-queues.ts'

/** Queues whose slots say by their hashes how frequent they are. */
export class QueuesStage {
  readonly pages: SlotPages = new SlotPages()
  readonly queues: WTinyLfuQueues
  capacity: number
  readonly #frequencies: number[] = []

  constructor(arm: WTinyLfuArm, capacity: number, isByBytes = false) {
    this.capacity = capacity
    const space: EvictionSpace = {
      pages: this.pages,
      hashOf: (slot) => slot,
      isByBytes,
      capacity: () => this.capacity,
      weights: [1, 1, 1],
      endTick: () => 0,
    }
    const frequencies = {
      add: () => {},
      fit: () => {},
      frequency: (slot: number) => this.#frequencies[slot] ?? 0,
    }
    this.queues = new WTinyLfuQueues(space, frequencies, arm, countsNone)
  }

  add(frequency = 1, charge = 1): number {
    const slot = this.pages.take()
    this.pages.setCold(slot, CHARGE, charge)
    this.#frequencies[slot] = frequency
    this.queues.add(slot)
    return slot
  }

  addMany(count: number, frequency = 1): number[] {
    return Array.from({ length: count }, () => this.add(frequency))
  }

  evictTo(size: number): void {
    while (this.queues.size > size) this.evict()
  }

  evict(): number {
    const slot = this.queues.victim(NO_SLOT)
    this.queues.remove(slot)
    this.pages.give(slot)
    return slot
  }
}

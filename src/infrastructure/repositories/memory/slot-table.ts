import type { MemorySlot } from './memory-slot.ts'

/**
 * The slots by number. A slot keeps its number for as long as it is stored, so whoever walks by number
 * meets each slot that stays exactly once, whatever comes and goes meanwhile, and finds its place again
 * in one step. Numbers of slots that left are given out again; the table shrinks at its end only.
 */
export class SlotTable {
  #slots: (MemorySlot | undefined)[] = []
  /** Numbers that are free, and some beyond the end, left over from before the table shrank. */
  #free: number[] = []

  /** One more than the highest number in use. */
  get length(): number {
    return this.#slots.length
  }

  at(index: number): MemorySlot | undefined {
    return this.#slots[index]
  }

  add(slot: MemorySlot): void {
    let index = this.#free.pop()
    while (index !== undefined && index >= this.#slots.length) index = this.#free.pop()
    slot.index = index ?? this.#slots.length
    this.#slots[slot.index] = slot
  }

  /** Puts a slot in the place of another one. */
  replace(old: MemorySlot, slot: MemorySlot): void {
    slot.index = old.index
    this.#slots[slot.index] = slot
    old.index = -1
  }

  remove(slot: MemorySlot): void {
    this.#slots[slot.index] = undefined
    this.#free.push(slot.index)
    slot.index = -1
    while (this.#slots.length > 0 && this.#slots[this.#slots.length - 1] === undefined) {
      this.#slots.pop()
    }
    if (this.#slots.length === 0) this.#free = []
  }

  clear(): void {
    this.#slots = []
    this.#free = []
  }
}

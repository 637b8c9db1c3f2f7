import type { MemorySlot } from './memory-slot.ts'

/** A doubly linked list through the slots themselves; a slot is in at most one list. */
export class SlotList {
  first: MemorySlot | undefined = undefined
  last: MemorySlot | undefined = undefined

  addFirst(slot: MemorySlot): void {
    slot.previous = undefined
    slot.next = this.first
    if (this.first === undefined) this.last = slot
    else this.first.previous = slot
    this.first = slot
  }

  remove(slot: MemorySlot): void {
    const { previous, next } = slot
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    slot.previous = undefined
    slot.next = undefined
  }

  moveFirst(slot: MemorySlot): void {
    const { first } = this
    if (first === slot || first === undefined) return
    const { previous, next } = slot
    if (previous !== undefined) previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    slot.previous = undefined
    slot.next = first
    first.previous = slot
    this.first = slot
  }

  /** The last slot other than `except`. */
  lastBut(except: MemorySlot | undefined): MemorySlot | undefined {
    return this.last !== undefined && this.last === except ? this.last.previous : this.last
  }
}

import type { EvictionPolicy } from '../../../core/value-objects/eviction-policy.ts'
import type { MemorySlot } from './memory-slot.ts'

/**
 * The order in which the entries of one namespace leave for space.
 *
 * Entries of the rank `critical` stand apart: they are victims only when nothing else is left.
 */
export interface EvictionOrder {
  /** Takes in a slot that isn't in it. */
  add(slot: MemorySlot): void
  /** hot path: notes a use of a slot that is in it; `accessCount` has the use counted already. */
  use(slot: MemorySlot): void
  /** Lets go of a slot that is in it; `isEviction` says that it was the victim. */
  remove(slot: MemorySlot, isEviction: boolean): void
  /** Who would leave next, `except` aside; `undefined` if nobody is left. Changes nothing. */
  victim(except: MemorySlot | undefined): MemorySlot | undefined
}

/** An eviction policy: adding one is adding a file with one of these, and its row in `eviction-policies.ts`. */
export interface MemoryEviction {
  readonly policy: EvictionPolicy
  createOrder(): EvictionOrder
  /** How much a slot deserves to leave, against victims of other namespaces: the higher one leaves. */
  urgency(slot: MemorySlot, nowMs: number): number
}

import type { SlotPages } from '../slot-pages.ts'

/** What an order knows of the namespace that it works for. */
export interface EvictionSpace {
  readonly pages: SlotPages
  /** The hash of a slot's key, 32 bits, signed. In some storages it is computed anew each time. */
  hashOf(slot: number): number
  /** When a slot stops being fresh: a whole number that grows with the time. */
  endTick(slot: number): number
  /** True if room is counted in bytes (`pages.charge`), false if each entry counts as one. */
  readonly isByBytes: boolean
  /**
   * Most that the slots of this order may count together, in bytes or entries. It moves: by an operator's
   * hand, or because namespaces share a budget; then it is what the order may hold at present.
   */
  capacity(): number
  /** What the priorities `low`, `medium` and `high` weigh, by rank; each at least 1. */
  readonly weights: readonly [low: number, medium: number, high: number]
}

/**
 * The order in which the entries of one namespace leave for space: an eviction policy at work.
 *
 * Of a slot, an order may change `NEXT`, `PREVIOUS`, the queue and the uses; between `add` and `remove`
 * these are its own, but for the uses, which the store raises on each hit. Critical entries are never in
 * an order. No method allocates per call.
 */
export interface EvictionOrder {
  /** True if it must be told of every use, else only of those of slots that it samples. */
  readonly followsEveryUse?: boolean
  /** Counts how often it began to sample keys that it didn't before. Absent, as `samples`, if it never does. */
  readonly samplings?: number
  /** True if it goes by the end of lives: `replace` tells it of each that moves, too. */
  readonly followsLives?: boolean
  /** Takes in a slot that isn't in it; its charge, rank and hash are set, its uses are 0. */
  add(slot: number, hash: number): void
  /** True if it wants to be told of the uses of slots with this hash. */
  samples?(hash: number): boolean
  /**
   * Notes a use of a slot that is in it, if it follows these. Where it samples, it is told of those that
   * raise the uses, and of every eighth of the others.
   *
   * @param usesBefore its uses before this hit, 0 to 3; the store has raised them, to at most 3
   */
  use(slot: number, hash: number, usesBefore: number): void
  /** A slot that is in it holds a new value of its key now; charge and rank may have changed. */
  replace(slot: number, hash: number, chargeBefore: number): void
  /** Lets go of a slot that is in it; `isEviction` says that it was the victim. Its charge is still set. */
  remove(slot: number, isEviction: boolean): void
  /**
   * Who should leave next, `except` aside; `NO_SLOT` if nobody is left. May move a hand; asked again with
   * nothing in between, it answers the same slot.
   */
  victim(except: number): number
  /**
   * False if an entry with this hash and charge should rather not come in than push others out. Asked
   * only when others would have to leave for it. Counts as a request for the key.
   */
  admits(hash: number, charge: number): boolean
}

/** An eviction policy: adding one is adding a file with one of these, and its row in `eviction-policies.ts`. */
export type CreateEvictionOrder = (space: EvictionSpace) => EvictionOrder

/** The slot that has this key, whose hash is given; `NO_SLOT` if none has. */
export type FindSlot = (key: string, hash: number) => number

/**
 * Where the keys and values of a namespace's slots lie. Of a slot's columns it owns `PLACE`, and in `META`
 * the bits 8 to 11.
 */
export interface SlotStorage {
  /** True if keys are held as the strings that came in. */
  readonly keepsKeys: boolean
  /** hot path: true if the slot holds this key. */
  hasKey(slot: number, key: string): boolean
  keyOf(slot: number): string
  /** The hash of the slot's key, as `keyHash` computes it. */
  hashOf(slot: number): number
  /** hot path: the value; a copy of its own where values are kept as bytes. */
  valueOf(slot: number): unknown
  /** What the value takes, in bytes: as measured where it is kept as bytes, else as the entry said. */
  valueBytes(slot: number): number
  /**
   * Gets a value ready for `write`, which must follow before anything else is prepared.
   *
   * @param sizeBytes the size that the entry says; a storage that measures doesn't look at it
   * @returns what the entry will count against limits in bytes: key, value, and everything beside them
   * @throws whatever a value throws that can't be turned into bytes
   */
  prepare(key: string, value: unknown, sizeBytes: number): number
  /** Puts what was prepared into a slot that holds nothing. */
  write(slot: number, key: string, hash: number): void
  /** Forgets what the slot holds. Its charge is still set. */
  free(slot: number): void
  clear(): void
  /** Tidies up for as long as `mayGoOn` says; true if nothing is left to do. */
  maintain(mayGoOn: () => boolean, slotOf: FindSlot): boolean
  /** Bytes held outside the heap, used or not. */
  readonly heldBytes: number
}

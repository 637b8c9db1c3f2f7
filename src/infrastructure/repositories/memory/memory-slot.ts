import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { priorityRank } from '../../../core/value-objects/cache-priority.ts'

/** The record without its guards. */
type Changeable<T> = { -readonly [K in keyof T]: T[K] }

/** The rank of `critical`, by `priorityRank`. */
export const CRITICAL_RANK = 3

/**
 * What the priorities low, medium and high count in a choice between them: a medium entry may be idle
 * twice as long as a low one before it leaves, a high one four times. `critical` is never in that choice.
 */
export const PRIORITY_WEIGHTS = [1, 2, 4, 4] as const

/** `checkedVersion` of an entry that was never compared with the marks. */
export const NEVER_CHECKED = -1

/**
 * What an entry costs besides its value and the characters of its key: slot, numbers, place in the key
 * table, headers of the strings.
 *
 * Measured on Node 20.20 with a million entries of 16-byte keys and shared values.
 */
export const SLOT_OVERHEAD_BYTES = 400

/**
 * An entry in memory: the record itself, so that the rule of validity and listeners read it as it is,
 * and the store's bookkeeping beside it. One object, since a hit follows one reference fewer.
 */
export interface MemorySlot extends Changeable<CacheEntry> {
  /** `expiresAtMs`, or minus infinity once a soft invalidation came: fresh or not is one comparison. */
  freshUntilMs: number
  /** The count of marks at which it was last found valid. */
  checkedVersion: number
  readonly rank: 0 | 1 | 2 | 3
  /** What it counts against limits in bytes. */
  readonly chargedBytes: number
  /** Its place in the table of slots, for as long as it is stored. */
  index: number
  /** The eviction policy's own number. */
  order: number
  /** Its neighbours in the eviction policy's list. */
  previous: MemorySlot | undefined
  next: MemorySlot | undefined
}

/** What an entry counts against limits in bytes: its value, its key at a byte a character, and the slot. */
export function chargeOf(entry: CacheEntry): number {
  return entry.sizeBytes + entry.key.length + SLOT_OVERHEAD_BYTES
}

/** The slot of a new entry, in no table and no list yet. */
export function memorySlot(entry: CacheEntry): MemorySlot {
  return {
    key: entry.key,
    value: entry.value,
    namespace: entry.namespace,
    ttl: entry.ttl,
    priority: entry.priority,
    createdAtMs: entry.createdAtMs,
    accessedAtMs: entry.accessedAtMs,
    accessCount: entry.accessCount,
    sizeBytes: entry.sizeBytes,
    tags: entry.tags,
    dependsOn: entry.dependsOn,
    birth: entry.birth,
    expiresAtMs: entry.expiresAtMs,
    staleUntilMs: entry.staleUntilMs,
    slidingTtlMs: entry.slidingTtlMs,
    isSoftInvalidated: entry.isSoftInvalidated,
    freshUntilMs: entry.isSoftInvalidated ? Number.NEGATIVE_INFINITY : entry.expiresAtMs,
    checkedVersion: NEVER_CHECKED,
    rank: priorityRank(entry.priority),
    chargedBytes: chargeOf(entry),
    index: -1,
    order: 0,
    previous: undefined,
    next: undefined,
  }
}

/** A copy of the record as it stands now, which later reads don't change. */
export function entryOf(slot: MemorySlot): CacheEntry {
  return {
    key: slot.key,
    value: slot.value,
    namespace: slot.namespace,
    ttl: slot.ttl,
    priority: slot.priority,
    createdAtMs: slot.createdAtMs,
    accessedAtMs: slot.accessedAtMs,
    accessCount: slot.accessCount,
    sizeBytes: slot.sizeBytes,
    tags: slot.tags,
    dependsOn: slot.dependsOn,
    birth: slot.birth,
    expiresAtMs: slot.expiresAtMs,
    staleUntilMs: slot.staleUntilMs,
    slidingTtlMs: slot.slidingTtlMs,
    isSoftInvalidated: slot.isSoftInvalidated,
  }
}

/** Moves the end of the slot's life; `undefined` changes nothing. */
export function moveLife(
  slot: MemorySlot,
  life: { readonly expiresAtMs: number; readonly staleUntilMs: number } | undefined,
): void {
  if (life === undefined) return
  slot.expiresAtMs = life.expiresAtMs
  slot.staleUntilMs = life.staleUntilMs
  if (!slot.isSoftInvalidated) slot.freshUntilMs = life.expiresAtMs
}

/** From here on the slot is stale, whatever its time. */
export function softInvalidate(slot: MemorySlot): void {
  slot.isSoftInvalidated = true
  slot.freshUntilMs = Number.NEGATIVE_INFINITY
}

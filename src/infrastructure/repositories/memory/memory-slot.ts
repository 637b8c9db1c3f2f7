import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { priorityRank } from '../../../core/value-objects/cache-priority.ts'

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

/** The unit of `freshTick`, in milliseconds: 32 bits of them last four years. */
const TICK_MS = 64
const MAX_TICK = 0x7fff_ffff
/** `freshTick` of a slot that must be looked at closely at each read. */
const NEVER_SURELY_FRESH = -0x8000_0000
/** `accessedTick` of a slot that wasn't read since it was stored. */
const NEVER_READ = -0x8000_0000
/** Where `accessCount` stops: past it the number would leave the 32 bits. */
const MAX_ACCESS_COUNT = 0x7fff_ffff

/**
 * An entry in memory: the fields of the record, and the store's bookkeeping.
 *
 * What a hit touches comes first, in two cache lines, and is a reference or an integer of 32 bits: V8
 * keeps any other number in a box of its own, one more line to fetch for each. That is why two instants
 * have a form of their own here; `expiresAtMs` is only read where these don't decide.
 */
export interface MemorySlot extends Omit<Changeable<CacheEntry>, 'accessedAtMs'> {
  /** Its neighbours in the eviction policy's list. */
  previous: MemorySlot | undefined
  next: MemorySlot | undefined
  /** The eviction policy's own number. */
  order: number
  readonly rank: 0 | 1 | 2 | 3
  /** The count of marks at which it was last found valid. */
  checkedVersion: number
  /** It is surely fresh before this many ticks from the store's beginning. */
  freshTick: number
  /** The lower 32 bits of the milliseconds since the epoch at which it was read last, or `NEVER_READ`. */
  accessedTick: number
  /** Its place in the table of slots, for as long as it is stored. */
  index: number
  /** What it counts against limits in bytes. */
  readonly chargedBytes: number
  /** `accessedAtMs` of the record as it was stored. */
  readonly storedAccessedAtMs: number
}

/** A record whose fields may be written. */
type Changeable<T> = { -readonly [K in keyof T]: T[K] }

/** What an entry counts against limits in bytes: its value, its key at a byte a character, and the slot. */
export function chargeOf(entry: CacheEntry): number {
  return entry.sizeBytes + entry.key.length + SLOT_OVERHEAD_BYTES
}

/**
 * The slot of a new entry, in no table and no list yet.
 *
 * @param baseMs when the store began, in milliseconds since the Unix epoch
 */
export function memorySlot(entry: CacheEntry, baseMs: number): MemorySlot {
  return {
    value: entry.value,
    previous: undefined,
    next: undefined,
    order: 0,
    rank: priorityRank(entry.priority),
    checkedVersion: NEVER_CHECKED,
    freshTick: freshTickOf(entry, baseMs),
    accessCount: entry.accessCount,
    accessedTick: NEVER_READ,
    index: -1,
    chargedBytes: chargeOf(entry),
    storedAccessedAtMs: entry.accessedAtMs,
    key: entry.key,
    namespace: entry.namespace,
    ttl: entry.ttl,
    priority: entry.priority,
    createdAtMs: entry.createdAtMs,
    sizeBytes: entry.sizeBytes,
    tags: entry.tags,
    dependsOn: entry.dependsOn,
    birth: entry.birth,
    expiresAtMs: entry.expiresAtMs,
    staleUntilMs: entry.staleUntilMs,
    slidingTtlMs: entry.slidingTtlMs,
    isSoftInvalidated: entry.isSoftInvalidated,
  }
}

/** The entry as it stands at `nowMs`, which later reads don't change. */
export function entryOf(slot: MemorySlot, nowMs: number): CacheEntry {
  return {
    key: slot.key,
    value: slot.value,
    namespace: slot.namespace,
    ttl: slot.ttl,
    priority: slot.priority,
    createdAtMs: slot.createdAtMs,
    accessedAtMs: accessedAtMs(slot, nowMs),
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

/** When the slot was read last, in milliseconds since the Unix epoch; right for reads within 24 days of `nowMs`. */
export function accessedAtMs(slot: MemorySlot, nowMs: number): number {
  if (slot.accessedTick === NEVER_READ) return slot.storedAccessedAtMs
  return nowMs - (((nowMs | 0) - slot.accessedTick) | 0)
}

/**
 * hot path: true if the slot is fresh for certain. False may mean anything: its end is near, or it slides,
 * a soft mark reached it, or the store is older than four years.
 */
export function isSurelyFresh(slot: MemorySlot, elapsedMs: number): boolean {
  return elapsedMs < slot.freshTick * TICK_MS
}

/** hot path: counts a use. */
export function countUse(slot: MemorySlot, nowMs: number): void {
  if (slot.accessCount < MAX_ACCESS_COUNT) slot.accessCount += 1
  slot.accessedTick = nowMs | 0
}

/** Moves the end of the slot's life; `undefined` changes nothing. */
export function moveLife(
  slot: MemorySlot,
  life: { readonly expiresAtMs: number; readonly staleUntilMs: number } | undefined,
  baseMs: number,
): void {
  if (life === undefined) return
  slot.expiresAtMs = life.expiresAtMs
  slot.staleUntilMs = life.staleUntilMs
  slot.freshTick = freshTickOf(slot, baseMs)
}

/** From here on the slot is stale, whatever its time. */
export function softInvalidate(slot: MemorySlot): void {
  slot.isSoftInvalidated = true
  slot.freshTick = NEVER_SURELY_FRESH
}

function freshTickOf(
  entry: Pick<CacheEntry, 'expiresAtMs' | 'slidingTtlMs' | 'isSoftInvalidated'>,
  baseMs: number,
): number {
  const lifeMs = entry.expiresAtMs - baseMs
  const needsLook = entry.isSoftInvalidated || entry.slidingTtlMs !== undefined || lifeMs < 0
  return needsLook ? NEVER_SURELY_FRESH : Math.min(lifeMs / TICK_MS, MAX_TICK) | 0
}

// hot path: benchmarks/memory-hit.bench.ts
/**
 * The entries of one namespace in this process.
 *
 * A map leads from the key to the slot. Slots stand in a table by number, for listings and sweeps, and in
 * the lists of the eviction policy. There is no timer per entry: what is dead or invalid leaves when
 * somebody meets it, be it a read, a listing or the sweep.
 *
 * `onRemoved` may come back into the store, since users listen to events: it is called only while
 * everything here is consistent, and nothing found before such a call is trusted after it.
 */
import { type CacheEntry, slidLife } from '../../../core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../../core/entities/cache-namespace.ts'
import type {
  EntryPage,
  MemoryStore,
  MemoryStorePorts,
  RemovalCause,
  StoreUsage,
  Validity,
} from '../../../core/protocols/cache-repository.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import { listSlots } from './list-slots.ts'
import type { MemoryBudget } from './memory-budget.ts'
import {
  entryOf,
  isSurelyFresh,
  type MemorySlot,
  memorySlot,
  moveLife,
  softInvalidate,
} from './memory-slot.ts'
import { MemorySpace } from './memory-space.ts'
import { SlotSweep } from './slot-sweep.ts'
import { SlotTable } from './slot-table.ts'

const EXPIRED: RemovalCause = Object.freeze({ kind: 'expired' })
const REPLACED: RemovalCause = Object.freeze({ kind: 'replaced' })
const DELETED: RemovalCause = Object.freeze({ kind: 'deleted' })

/** Most entries that leave within one `configure`, some ten milliseconds; the sweep sees to the rest. */
const MAX_EVICTED_AT_ONCE = 10_000

/** What a store shares with the others of its repository. */
export interface MemoryStoreSurroundings {
  readonly clock: Clock
  readonly budget: MemoryBudget
}

export class MemoryEntryStore implements MemoryStore {
  readonly isSynchronous = true
  readonly #validity: MemoryStorePorts['validity']
  readonly #onRemoved: MemoryStorePorts['onRemoved']
  readonly #clock: Clock
  readonly #baseMs: number
  readonly #space: MemorySpace
  readonly #table = new SlotTable()
  readonly #sweep: SlotSweep
  #slots = new Map<CacheKey, MemorySlot>()

  constructor(
    namespace: CacheNamespace,
    ports: MemoryStorePorts,
    surroundings: MemoryStoreSurroundings,
  ) {
    this.#validity = ports.validity
    this.#onRemoved = ports.onRemoved
    this.#clock = surroundings.clock
    this.#baseMs = surroundings.clock.nowMs()
    // Who was dead or invalid already didn't leave for want of space.
    this.#space = new MemorySpace(namespace, surroundings.budget, (slot, cause) =>
      this.#forget(slot, this.#faultOf(slot, this.#clock.nowMs()) ?? cause),
    )
    this.#sweep = new SlotSweep(this.#table, surroundings.clock)
  }

  read(key: CacheKey): unknown {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const nowMs = this.#clock.nowMs()
    const isSettled =
      slot.checkedVersion === this.#validity.version && isSurelyFresh(slot, nowMs - this.#baseMs)
    if (!isSettled && !this.#isFresh(slot, nowMs)) return undefined
    this.#space.use(slot, nowMs)
    return slot.value
  }

  get(key: CacheKey): CacheEntry | undefined {
    const slot = this.#find(key)
    return slot === undefined ? undefined : entryOf(slot, this.#clock.nowMs())
  }

  set(entry: CacheEntry): boolean {
    const findOld = (): MemorySlot | undefined => this.#slots.get(entry.key)
    const refusal = this.#space.makeRoomFor(entry, findOld)
    const old = findOld()
    if (refusal !== undefined) {
      if (old !== undefined) this.#remove(old, REPLACED)
      this.#onRemoved(entry, { kind: 'refused', rule: refusal })
      return false
    }
    const slot = memorySlot(entry, this.#baseMs)
    if (old === undefined) {
      this.#table.add(slot)
    } else {
      this.#table.replace(old, slot)
      this.#space.remove(old)
    }
    this.#slots.set(slot.key, slot)
    this.#space.add(slot)
    if (old !== undefined) this.#report(old, REPLACED)
    return true
  }

  delete(key: CacheKey, cause?: RemovalCause): boolean {
    const slot = cause === undefined ? this.#find(key) : this.#slots.get(key)
    if (slot === undefined) return false
    this.#remove(slot, cause ?? DELETED)
    return true
  }

  clear(): void {
    this.#slots = new Map()
    this.#table.clear()
    this.#space.clear()
  }

  list(limit: number, cursor: string | undefined): EntryPage {
    const nowMs = this.#clock.nowMs()
    const found = (slot: MemorySlot): CacheEntry | undefined =>
      this.#isAlive(slot, nowMs) ? entryOf(slot, nowMs) : undefined
    return listSlots(this.#table, found, { limit, cursor })
  }

  usage(): StoreUsage {
    return { entries: this.#space.entries, bytes: this.#space.bytes }
  }

  touch(
    key: CacheKey,
    life: { readonly expiresAtMs: number; readonly staleUntilMs: number } | undefined,
  ): void {
    const slot = this.#find(key)
    if (slot === undefined) return
    moveLife(slot, life, this.#baseMs)
    this.#space.use(slot, this.#clock.nowMs())
  }

  sweep(budgetMs: number): boolean {
    const nowMs = this.#clock.nowMs()
    const { version } = this.#validity
    return this.#sweep.walk(budgetMs, {
      prepare: (count) => this.#space.evictExcess(count),
      visit: (slot) => {
        const isQuick = slot.checkedVersion === version
        this.#isAlive(slot, nowMs)
        return isQuick
      },
    })
  }

  startRound(): void {
    this.#sweep.startRound()
  }

  configure(namespace: CacheNamespace): void {
    this.#space.configure(namespace)
    this.#space.evictExcess(MAX_EVICTED_AT_ONCE)
  }

  /** The slot of a key if it is alive; else it leaves. */
  #find(key: CacheKey): MemorySlot | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined || !this.#isAlive(slot, this.#clock.nowMs())) return undefined
    return slot
  }

  /** The long way of a read: compares with the marks, looks at the exact end, and lets the slot slide. */
  #isFresh(slot: MemorySlot, nowMs: number): boolean {
    if (!this.#isAlive(slot, nowMs)) return false
    if (slot.isSoftInvalidated || nowMs >= slot.expiresAtMs) return false
    if (slot.slidingTtlMs !== undefined) {
      moveLife(slot, slidLife(entryOf(slot, nowMs), nowMs), this.#baseMs)
    }
    return true
  }

  /** False if the slot was dead or invalid, and so has left. */
  #isAlive(slot: MemorySlot, nowMs: number): boolean {
    const fault = this.#faultOf(slot, nowMs)
    if (fault !== undefined) this.#remove(slot, fault)
    return fault === undefined
  }

  /** Why the slot has no place here any more; `undefined` if it may stay. */
  #faultOf(slot: MemorySlot, nowMs: number): RemovalCause | undefined {
    const { version } = this.#validity
    if (slot.checkedVersion !== version) {
      const validity = this.#validity.check(slot)
      // A soft mark keeps the value for stale answers; without a time for these it is as good as gone.
      const isKept = validity.kind === 'soft' && slot.expiresAtMs < slot.staleUntilMs
      if (isKept) softInvalidate(slot)
      else if (validity.kind !== 'valid') return causeOf(validity)
      slot.checkedVersion = version
    }
    return nowMs < slot.staleUntilMs ? undefined : EXPIRED
  }

  #remove(slot: MemorySlot, cause: RemovalCause): void {
    this.#space.remove(slot)
    this.#forget(slot, cause)
  }

  /** Removes a slot that takes up no space any more. */
  #forget(slot: MemorySlot, cause: RemovalCause): void {
    this.#slots.delete(slot.key)
    this.#table.remove(slot)
    this.#report(slot, cause)
  }

  #report(slot: MemorySlot, cause: RemovalCause): void {
    this.#onRemoved(entryOf(slot, this.#clock.nowMs()), cause)
  }
}

/** An entry of another generation was hit by no mark: it only can't be trusted any more. */
function causeOf(validity: Exclude<Validity, { kind: 'valid' }>): RemovalCause {
  if (validity.mark === undefined) return DELETED
  return { kind: 'invalidated', mark: validity.mark, position: validity.position }
}

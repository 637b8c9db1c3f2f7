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
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
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
import { evictionPolicies } from './eviction-policies.ts'
import type { BudgetMember, MemoryBudget } from './memory-budget.ts'
import type { EvictionOrder } from './memory-eviction.ts'
import { FULL_OF_CRITICAL, MemoryLimits } from './memory-limits.ts'
import { CRITICAL_RANK, entryOf, type MemorySlot, memorySlot } from './memory-slot.ts'
import { SlotTable } from './slot-table.ts'

const EXPIRED: RemovalCause = Object.freeze({ kind: 'expired' })
const REPLACED: RemovalCause = Object.freeze({ kind: 'replaced' })
const DELETED: RemovalCause = Object.freeze({ kind: 'deleted' })

/** Slots between two looks at the clock in a sweep: about 20 microseconds of work. */
const SWEEP_STEP = 64
/** Most entries that leave within one `configure`; the sweep sees to the rest. */
const MAX_EVICTED_AT_ONCE = 10_000
/** Most slots that one page of a listing looks at, so that a gap of dead ones doesn't hold the event loop. */
const MAX_LISTED_SLOTS = 10_000

/** What a store shares with the others of its repository. */
export interface MemoryStoreSurroundings {
  readonly clock: Clock
  readonly budget: MemoryBudget
}

export class MemoryEntryStore implements MemoryStore, BudgetMember {
  readonly isSynchronous = true
  readonly #validity: MemoryStorePorts['validity']
  readonly #onRemoved: MemoryStorePorts['onRemoved']
  readonly #clock: Clock
  readonly #budget: MemoryBudget
  readonly #limits: MemoryLimits
  readonly #table = new SlotTable()
  #slots = new Map<CacheKey, MemorySlot>()
  #policy: CacheNamespace['evictionPolicy']
  #order: EvictionOrder
  #evicted: RemovalCause
  #sweptUpTo = 0

  constructor(
    namespace: CacheNamespace,
    ports: MemoryStorePorts,
    surroundings: MemoryStoreSurroundings,
  ) {
    this.#validity = ports.validity
    this.#onRemoved = ports.onRemoved
    this.#clock = surroundings.clock
    this.#budget = surroundings.budget
    this.#limits = new MemoryLimits(namespace.maxEntries, namespace.maxBytes)
    this.#policy = namespace.evictionPolicy
    this.#order = evictionPolicies[namespace.evictionPolicy].createOrder()
    this.#evicted = { kind: 'evicted', rule: namespace.evictionPolicy }
    this.#budget.join(this)
  }

  read(key: CacheKey): unknown {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    if (slot.checkedVersion !== this.#validity.version && !this.#recheck(slot)) return undefined
    const nowMs = this.#clock.nowMs()
    if (nowMs >= slot.freshUntilMs) {
      this.#isAlive(slot, nowMs)
      return undefined
    }
    if (slot.slidingTtlMs !== undefined) setLife(slot, slidLife(slot, nowMs))
    slot.accessCount += 1
    slot.accessedAtMs = nowMs
    this.#order.use(slot)
    return slot.value
  }

  get(key: CacheKey): CacheEntry | undefined {
    const slot = this.#find(key)
    return slot === undefined ? undefined : entryOf(slot)
  }

  set(entry: CacheEntry): boolean {
    const old = this.#slots.get(entry.key)
    const refusal = this.#limits.refusalOf(entry, old) ?? this.#budget.limits.refusalOf(entry, old)
    if (refusal !== undefined || !this.#makeRoomFor(entry)) {
      this.#refuse(entry, refusal ?? FULL_OF_CRITICAL)
      return false
    }
    this.#put(memorySlot(entry))
    return true
  }

  delete(key: CacheKey, cause?: RemovalCause): boolean {
    const slot = cause === undefined ? this.#find(key) : this.#slots.get(key)
    if (slot === undefined) return false
    this.#remove(slot, cause ?? DELETED)
    return true
  }

  clear(): void {
    this.#budget.limits.removeAll(this.#limits)
    this.#limits.removeAll(this.#limits)
    this.#slots = new Map()
    this.#table.clear()
    this.#order = evictionPolicies[this.#policy].createOrder()
  }

  list(limit: number, cursor: string | undefined): EntryPage {
    const nowMs = this.#clock.nowMs()
    const entries: CacheEntry[] = []
    let index = cursor === undefined ? 0 : parseCursor(cursor)
    const endIndex = index + MAX_LISTED_SLOTS
    while (index < this.#table.length && index < endIndex && entries.length < limit) {
      const slot = this.#table.at(index)
      index += 1
      if (slot !== undefined && this.#isAlive(slot, nowMs)) entries.push(entryOf(slot))
    }
    return { entries, cursor: index < this.#table.length ? String(index) : undefined }
  }

  usage(): StoreUsage {
    return { entries: this.#limits.entries, bytes: this.#limits.bytes }
  }

  touch(
    key: CacheKey,
    life: { readonly expiresAtMs: number; readonly staleUntilMs: number } | undefined,
  ): void {
    const slot = this.#find(key)
    if (slot === undefined) return
    if (life !== undefined) setLife(slot, life)
    slot.accessCount += 1
    slot.accessedAtMs = this.#clock.nowMs()
    this.#order.use(slot)
  }

  sweep(budgetMs: number): boolean {
    const deadlineMs = this.#clock.monotonicMs() + budgetMs
    const nowMs = this.#clock.nowMs()
    do {
      if (this.#evictExcess(SWEEP_STEP) && this.#sweepStep(nowMs)) return true
    } while (this.#clock.monotonicMs() < deadlineMs)
    return false
  }

  startRound(): void {
    this.#sweptUpTo = 0
  }

  configure(namespace: CacheNamespace): void {
    this.#limits.maxEntries = namespace.maxEntries
    this.#limits.maxBytes = namespace.maxBytes
    if (namespace.evictionPolicy !== this.#policy) this.#changePolicy(namespace.evictionPolicy)
    this.#evictExcess(MAX_EVICTED_AT_ONCE)
  }

  victim(except: MemorySlot | undefined): MemorySlot | undefined {
    return this.#order.victim(except)
  }

  evict(slot: MemorySlot): void {
    this.#order.remove(slot, true)
    this.#forget(slot, this.#evicted)
  }

  /** The slot of a key if it is alive; else it leaves. */
  #find(key: CacheKey): MemorySlot | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined || !this.#isAlive(slot, this.#clock.nowMs())) return undefined
    return slot
  }

  /** False if the slot was dead or invalid, and so has left. */
  #isAlive(slot: MemorySlot, nowMs: number): boolean {
    if (slot.checkedVersion !== this.#validity.version && !this.#recheck(slot)) return false
    if (nowMs < slot.staleUntilMs) return true
    this.#remove(slot, EXPIRED)
    return false
  }

  /** Compares the slot with the marks; false if it was invalid, and so has left. */
  #recheck(slot: MemorySlot): boolean {
    const { version } = this.#validity
    const validity = this.#validity.check(slot)
    const isKept =
      validity.kind === 'valid' ||
      (validity.kind === 'soft' && slot.expiresAtMs < slot.staleUntilMs)
    if (!isKept) {
      this.#remove(slot, causeOf(validity))
      return false
    }
    if (validity.kind === 'soft') {
      slot.isSoftInvalidated = true
      slot.freshUntilMs = Number.NEGATIVE_INFINITY
    }
    slot.checkedVersion = version
    return true
  }

  /** Makes others leave until the entry fits in; false if those who are left may not leave. */
  #makeRoomFor(entry: CacheEntry): boolean {
    let old = this.#slots.get(entry.key)
    while (!this.#limits.hasRoomFor(entry, old)) {
      const victim = this.#order.victim(old)
      if (victim === undefined || victim.rank === CRITICAL_RANK) return false
      this.evict(victim)
      old = this.#slots.get(entry.key)
    }
    while (!this.#budget.limits.hasRoomFor(entry, old)) {
      if (!this.#budget.evictOne(this, old)) return false
      old = this.#slots.get(entry.key)
    }
    return true
  }

  #refuse(entry: CacheEntry, rule: string): void {
    const old = this.#slots.get(entry.key)
    if (old !== undefined) this.#remove(old, REPLACED)
    this.#onRemoved(entry, { kind: 'refused', rule })
  }

  #put(slot: MemorySlot): void {
    const old = this.#slots.get(slot.key)
    if (old === undefined) {
      this.#table.add(slot)
    } else {
      this.#table.replace(old, slot)
      this.#order.remove(old, false)
      this.#uncount(old)
    }
    this.#slots.set(slot.key, slot)
    this.#limits.add(slot)
    this.#budget.limits.add(slot)
    this.#order.add(slot)
    if (old !== undefined) this.#onRemoved(old, REPLACED)
  }

  #remove(slot: MemorySlot, cause: RemovalCause): void {
    this.#order.remove(slot, false)
    this.#forget(slot, cause)
  }

  /** Removes a slot that the eviction order has let go. */
  #forget(slot: MemorySlot, cause: RemovalCause): void {
    this.#slots.delete(slot.key)
    this.#table.remove(slot)
    this.#uncount(slot)
    this.#onRemoved(slot, cause)
  }

  #uncount(slot: MemorySlot): void {
    this.#limits.remove(slot)
    this.#budget.limits.remove(slot)
  }

  /**
   * Looks at the next few slots; true at the end of a round. Ends early after a slot that had to be
   * compared with the marks, since that may mean a regular expression.
   */
  #sweepStep(nowMs: number): boolean {
    const { version } = this.#validity
    const end = this.#sweptUpTo + SWEEP_STEP
    let isCheap = true
    while (isCheap && this.#sweptUpTo < end) {
      if (this.#sweptUpTo >= this.#table.length) {
        this.#sweptUpTo = 0
        return true
      }
      const slot = this.#table.at(this.#sweptUpTo)
      this.#sweptUpTo += 1
      if (slot === undefined) continue
      isCheap = slot.checkedVersion === version
      this.#isAlive(slot, nowMs)
    }
    return false
  }

  /** Makes at most `count` entries leave that are over the namespace's limits; true if none is left over. */
  #evictExcess(count: number): boolean {
    for (let evicted = 0; this.#limits.isExceeded; evicted += 1) {
      const victim = this.#order.victim(undefined)
      if (victim === undefined) return true
      if (evicted === count) return false
      this.evict(victim)
    }
    return true
  }

  /** Moves all slots over in the order in which they would have left, so that the oldest stay the oldest. */
  #changePolicy(policy: CacheNamespace['evictionPolicy']): void {
    const order = evictionPolicies[policy].createOrder()
    for (let slot = this.#order.victim(undefined); slot !== undefined; ) {
      this.#order.remove(slot, false)
      order.add(slot)
      slot = this.#order.victim(undefined)
    }
    this.#order = order
    this.#policy = policy
    this.#evicted = { kind: 'evicted', rule: policy }
  }
}

function setLife(
  slot: MemorySlot,
  life: { readonly expiresAtMs: number; readonly staleUntilMs: number } | undefined,
): void {
  if (life === undefined) return
  slot.expiresAtMs = life.expiresAtMs
  slot.staleUntilMs = life.staleUntilMs
  if (!slot.isSoftInvalidated) slot.freshUntilMs = life.expiresAtMs
}

/** An entry of another generation was hit by no mark: it only can't be trusted any more. */
function causeOf(validity: Validity): RemovalCause {
  if (validity.kind === 'valid' || validity.mark === undefined) return DELETED
  return { kind: 'invalidated', mark: validity.mark, position: validity.position }
}

function parseCursor(cursor: string): number {
  if (/^\d{1,10}$/.test(cursor)) return Number(cursor)
  throw new CacheError(
    'CACHE_CURSOR_INVALID',
    `Cannot list: expected a cursor of an earlier page, got ${describeValue(cursor)}`,
  )
}

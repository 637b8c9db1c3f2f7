// hot path: benchmarks/memory-hit.bench.ts
/**
 * The entries of one namespace in this process.
 *
 * A table leads from the key's hash to a slot number; everything about the entry but its key and value is
 * an integer in the columns of that slot (`SlotPages`, `SlotRecords`). There is no object and no timer
 * per entry. What is dead leaves when the wheel's turn comes, or when somebody meets it; what is invalid,
 * when somebody meets it, be it a read, a listing or the sweep.
 *
 * `onRemoved` may come back into the store, since users listen to events: it is called only while
 * everything here is consistent, and nothing found before such a call is trusted after it.
 */
import { type CacheEntry, slidLife } from '../../../core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../../core/entities/cache-namespace.ts'
import type {
  EntryPage,
  HitRatioEstimates,
  MemoryStore,
  MemoryStorePorts,
  RemovalCause,
  RemovedEntry,
  StoreUsage,
} from '../../../core/protocols/cache-repository.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import { priorityRank } from '../../../core/value-objects/cache-priority.ts'
import { KeyIndex } from './key-index.ts'
import { listSlots } from './list-slots.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { MemorySpace } from './memory-space.ts'
import { CRITICAL_RANK } from './priority-ranks.ts'
import { SlotExpiry } from './slot-expiry.ts'
import { SlotJudge } from './slot-judge.ts'
import { ATTENTION, HINT_MASK, HINT_SHIFT } from './slot-layout.ts'
import {
  ACCESS,
  NO_SLOT,
  PAGE_BITS,
  PAGE_MASK,
  SlotPages,
  USES_MASK,
  USES_ONE,
  WARM_WORDS,
} from './slot-pages.ts'
import { accessAt, SlotRecords } from './slot-records.ts'
import type { SlotStorage } from './slot-storage.ts'
import { SlotSweep } from './slot-sweep.ts'

const REPLACED: RemovalCause = Object.freeze({ kind: 'replaced' })
const DELETED: RemovalCause = Object.freeze({ kind: 'deleted' })

/** Why an entry isn't let in: its value has no form in bytes. */
const NOT_KEEPABLE = 'its value cannot be kept as bytes'
const UNKEEPABLE = -1

/** Most entries that are moved or leave within one `configure`, some milliseconds; the sweep sees to the rest. */
const SETTLED_AT_ONCE = 5_000
/** Entries that are moved or leave between two looks at the clock. */
const SETTLED_PER_STEP = 64

/** What a store shares with the others of its repository. */
export interface MemoryStoreSurroundings {
  readonly clock: Clock
  readonly budget: MemoryBudget
  /** Keys are hashed with it, so that nobody outside can choose keys that collide. */
  readonly hashSeed: number
  readonly createStorage: (pages: SlotPages) => SlotStorage
}

export class MemoryEntryStore implements MemoryStore {
  readonly isSynchronous = true
  readonly #validity: MemoryStorePorts['validity']
  readonly #onRemoved: MemoryStorePorts['onRemoved']
  readonly #clock: Clock
  readonly #pages = new SlotPages()
  readonly #metas = this.#pages.metas
  readonly #warm = this.#pages.warm
  readonly #storage: SlotStorage
  readonly #records: SlotRecords
  readonly #index: KeyIndex
  readonly #space: MemorySpace
  readonly #expiry: SlotExpiry
  readonly #judge: SlotJudge
  readonly #sweep: SlotSweep
  /** The count of marks at which every slot was found valid, or was younger; then no slot needs a look of its own. */
  #allCheckedAt: number
  /** The count of marks when the round of the sweep began. */
  #roundVersion = -1
  /** Uses beyond what is counted that the order isn't told of before the next that it is. */
  #untilTold = 0
  /** Counts what was prepared, so that a set within a set is noticed. */
  #prepared = 0

  constructor(
    namespace: CacheNamespace,
    ports: MemoryStorePorts,
    surroundings: MemoryStoreSurroundings,
  ) {
    const { clock } = surroundings
    this.#validity = ports.validity
    this.#onRemoved = ports.onRemoved
    this.#clock = clock
    this.#storage = surroundings.createStorage(this.#pages)
    this.#records = new SlotRecords(this.#pages, this.#storage, namespace.name, clock.nowMs())
    this.#index = new KeyIndex(this.#storage, surroundings.hashSeed, this.#storage.keepsKeys)
    this.#allCheckedAt = ports.validity.version
    this.#judge = new SlotJudge(this.#pages, this.#records, ports.validity)
    this.#expiry = new SlotExpiry(this.#pages, this.#records, (slot, nowMs) => {
      this.#isAlive(slot, nowMs)
    })
    this.#sweep = new SlotSweep(this.#pages)
    this.#space = new MemorySpace(namespace, {
      budget: surroundings.budget,
      pages: this.#pages,
      index: this.#index,
      hashOf: (slot) => this.#storage.hashOf(slot),
      idleMs: (slot) => this.#records.idleMs(slot, clock.nowMs()),
      endTick: (slot) => this.#records.endTick(slot),
      // Who was dead or invalid already didn't leave for want of space.
      onEvicted: (slot, rule, limit) =>
        this.#forget(
          slot,
          this.#judge.faultOf(slot, clock.nowMs()) ?? { kind: 'evicted', rule, limit },
        ),
    })
  }

  read(key: CacheKey): unknown {
    const slot = this.#index.find(key)
    if (slot === NO_SLOT) return undefined
    const meta = (this.#metas[slot >>> PAGE_BITS] as Int32Array)[slot & PAGE_MASK] ?? 0 // Found slots are in pages.
    const unit = this.#records.unitAt(this.#clock.nowMs())
    const isSettled =
      (((meta & HINT_MASK) - (unit << HINT_SHIFT)) | 0) > 0 &&
      (meta & ATTENTION) === 0 &&
      this.#validity.version === this.#allCheckedAt
    // What isn't settled by comparing three integers is rare.
    if (!isSettled && !this.#isFresh(slot)) return undefined
    const warm = this.#warm[slot >>> PAGE_BITS] as Int32Array // As above.
    const at = (slot & PAGE_MASK) * WARM_WORDS + ACCESS - 1
    warm[at] = accessAt(warm[at] ?? 0, unit)
    if ((meta & USES_MASK) === USES_MASK) {
      this.#untilTold -= 1
      if (this.#untilTold < 0) this.#tellUse(slot)
    } else this.#countUse(slot)
    return this.#storage.valueOf(slot)
  }

  get(key: CacheKey): CacheEntry | undefined {
    const slot = this.#find(key)
    return slot === NO_SLOT ? undefined : this.#records.entryOf(slot, this.#clock.nowMs())
  }

  set(entry: CacheEntry): boolean {
    const { key } = entry
    const hash = this.#index.hashOf(key)
    let charge = this.#prepare(entry)
    if (charge === UNKEEPABLE) return this.#refuse(entry, this.#index.find(key), NOT_KEEPABLE)
    const prepared = this.#prepared
    const refusal = this.#space.makeRoomFor(key, hash, charge)
    const old = this.#index.find(key)
    if (refusal !== undefined) return this.#refuse(entry, old, refusal)
    // A listener of what has just left has set something, too.
    if (this.#prepared !== prepared) charge = this.#prepare(entry)
    if (old === NO_SLOT) this.#add(entry, hash, charge)
    else this.#replace(old, entry, { hash, charge })
    return true
  }

  rejects(value: unknown): unknown {
    try {
      this.#prepared += 1
      this.#storage.prepare('', value, 1)
      return undefined
    } catch (error) {
      return error
    }
  }

  delete(key: CacheKey, cause?: RemovalCause): boolean {
    const slot = cause === undefined ? this.#find(key) : this.#index.find(key)
    if (slot === NO_SLOT) return false
    this.#remove(slot, cause ?? DELETED)
    return true
  }

  clear(): void {
    this.#space.clear()
    this.#index.clear()
    this.#records.clear()
    this.#storage.clear()
    this.#pages.clear()
    this.#expiry.clear()
    this.#sweep.startRound()
    this.#allCheckedAt = this.#validity.version
  }

  list(limit: number, cursor: string | undefined): EntryPage {
    const nowMs = this.#clock.nowMs()
    const found = (slot: number): CacheEntry | undefined =>
      this.#isAlive(slot, nowMs) ? this.#records.entryOf(slot, nowMs) : undefined
    return listSlots(this.#pages, found, { limit, cursor })
  }

  usage(): StoreUsage {
    return { entries: this.#space.entries, bytes: this.#space.bytes }
  }

  estimates(): HitRatioEstimates | undefined {
    return undefined
  }

  touch(
    key: CacheKey,
    life: { readonly expiresAtMs: number; readonly staleUntilMs: number } | undefined,
  ): void {
    const slot = this.#find(key)
    if (slot === NO_SLOT) return
    if (life !== undefined) this.#moveLife(slot, life)
    const nowMs = this.#clock.nowMs()
    const access = this.#pages.hotWord(slot, ACCESS)
    this.#pages.setHot(slot, ACCESS, accessAt(access, this.#records.unitAt(nowMs)))
    this.#countUse(slot)
  }

  expire(budgetMs: number): boolean {
    const mayGoOn = this.#clockwork(budgetMs)
    return (
      this.#settle(mayGoOn) &&
      this.#expiry.removeDue(this.#clock.nowMs(), mayGoOn) &&
      this.#storage.maintain(mayGoOn, (key) => this.#index.find(key))
    )
  }

  sweep(budgetMs: number): boolean {
    const mayGoOn = this.#clockwork(budgetMs)
    if (!this.#settle(mayGoOn)) return false
    const nowMs = this.#clock.nowMs()
    const { version } = this.#validity
    const isDone = this.#sweep.walk((slot) => {
      const isQuick = this.#pages.isChecked(slot, version)
      this.#isAlive(slot, nowMs)
      return isQuick
    }, mayGoOn)
    if (isDone && this.#roundVersion === version) this.#allCheckedAt = version
    if (isDone) this.#roundVersion = version
    return isDone
  }

  startRound(): void {
    this.#sweep.startRound()
    this.#roundVersion = this.#validity.version
  }

  configure(namespace: CacheNamespace): void {
    this.#space.configure(namespace)
    this.#space.settle(SETTLED_AT_ONCE)
  }

  /** Says whether about `budgetMs` milliseconds have passed since. */
  #clockwork(budgetMs: number): () => boolean {
    const deadlineMs = this.#clock.monotonicMs() + budgetMs
    return () => this.#clock.monotonicMs() < deadlineMs
  }

  #settle(mayGoOn: () => boolean): boolean {
    while (!this.#space.settle(SETTLED_PER_STEP)) if (!mayGoOn()) return false
    return true
  }

  /** What the entry will count; `UNKEEPABLE` if its value can't be kept. */
  #prepare(entry: CacheEntry): number {
    this.#prepared += 1
    try {
      return this.#storage.prepare(entry.key, entry.value, entry.sizeBytes)
    } catch {
      return UNKEEPABLE // Who stores it is told that it isn't; `rejects` says why.
    }
  }

  #refuse(entry: CacheEntry, old: number, rule: string): false {
    if (old !== NO_SLOT) this.#remove(old, REPLACED)
    this.#onRemoved(entry, { kind: 'refused', rule })
    return false
  }

  #add(entry: CacheEntry, hash: number, charge: number): void {
    const slot = this.#pages.take()
    this.#records.write(slot, entry, charge)
    this.#storage.write(slot, entry.key, hash)
    this.#index.add(slot, entry.key, hash)
    this.#check(slot, entry)
    this.#space.add(slot, hash)
    this.#expiry.note(slot)
  }

  #replace(
    slot: number,
    entry: CacheEntry,
    { hash, charge }: { readonly hash: number; readonly charge: number },
  ): void {
    const removed = this.#removedOf(slot)
    const rankBefore = this.#pages.rank(slot)
    const chargeBefore = this.#pages.charge(slot)
    const isOrdered = rankBefore !== CRITICAL_RANK && priorityRank(entry.priority) !== CRITICAL_RANK
    if (!isOrdered) this.#space.remove(slot)
    this.#records.release(slot)
    this.#storage.free(slot)
    this.#pages.uncheck(slot)
    this.#check(slot, entry)
    this.#records.write(slot, entry, charge)
    this.#storage.write(slot, entry.key, hash)
    if (isOrdered) this.#space.replace(slot, hash, chargeBefore)
    else this.#space.add(slot, hash)
    this.#expiry.note(slot)
    this.#onRemoved(removed, REPLACED)
  }

  /** Compares a new entry with the marks, so that a read needn't. */
  #check(slot: number, entry: CacheEntry): void {
    const { version } = this.#validity
    if (this.#validity.check(entry).kind === 'valid') this.#pages.setChecked(slot, version)
    else this.#allCheckedAt = -1
  }

  #moveLife(
    slot: number,
    life: { readonly expiresAtMs: number; readonly staleUntilMs: number },
  ): void {
    this.#records.moveLife(slot, life)
    this.#expiry.note(slot)
    this.#space.renew(slot)
  }

  /** The slot of a key if it is alive; else it leaves. */
  #find(key: CacheKey): number {
    const slot = this.#index.find(key)
    return slot !== NO_SLOT && this.#isAlive(slot, this.#clock.nowMs()) ? slot : NO_SLOT
  }

  /** Counts a use for the eviction, as far as these are counted. */
  #countUse(slot: number): void {
    const meta = this.#pages.meta(slot)
    if ((meta & USES_MASK) === USES_MASK) {
      this.#untilTold -= 1
      if (this.#untilTold < 0) this.#tellUse(slot)
      return
    }
    this.#pages.setMeta(slot, meta + USES_ONE)
    this.#space.use(slot, this.#storage.hashOf(slot), meta)
  }

  /** One of many uses beyond what is counted. */
  #tellUse(slot: number): void {
    this.#untilTold = this.#space.usesPerTelling - 1
    this.#space.use(slot, this.#storage.hashOf(slot), this.#pages.meta(slot))
  }

  /** The long way of a read: compares with the marks, looks at the exact end, and lets the slot slide. */
  #isFresh(slot: number): boolean {
    const nowMs = this.#clock.nowMs()
    if (!this.#isAlive(slot, nowMs)) return false
    const records = this.#records
    if (records.isSoft(slot) || nowMs >= records.lifeOf(slot).expiresAtMs) return false
    records.renewHint(slot, nowMs)
    const life = slidLife(records.slidingLifeOf(slot), nowMs)
    if (life !== undefined) this.#moveLife(slot, life)
    return true
  }

  /** False if the slot was dead or invalid, and so has left. */
  #isAlive(slot: number, nowMs: number): boolean {
    const fault = this.#judge.faultOf(slot, nowMs)
    if (fault !== undefined) this.#remove(slot, fault)
    return fault === undefined
  }

  #remove(slot: number, cause: RemovalCause): void {
    this.#space.remove(slot)
    this.#forget(slot, cause)
  }

  /** Removes a slot that takes up no space any more. */
  #forget(slot: number, cause: RemovalCause): void {
    const removed = this.#removedOf(slot)
    this.#index.remove(slot, removed.key)
    this.#records.release(slot)
    this.#storage.free(slot)
    this.#pages.give(slot)
    this.#onRemoved(removed, cause)
  }

  #removedOf(slot: number): RemovedEntry {
    const records = this.#records
    return {
      key: records.keyOf(slot),
      priority: records.priorityOf(slot),
      sizeBytes: records.sizeOf(slot),
      expiresAtMs: records.lifeOf(slot).expiresAtMs,
    }
  }
}

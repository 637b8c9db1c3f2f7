/**
 * The slots of one namespace with everything that belongs to them (columns, record, storage, key, place in
 * the policy's order, end of life), so that a slot comes, changes and leaves in all of them at once.
 *
 * `onRemoved` may come back in here, since users listen to events: it is called only when everything is
 * consistent, and nothing found before such a call is trusted after it.
 */
import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../../core/entities/cache-namespace.ts'
import type {
  MemoryStorePorts,
  RemovalCause,
  RemovedEntry,
} from '../../../core/protocols/cache-repository.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import { priorityRank } from '../../../core/value-objects/cache-priority.ts'
import { SlotWatch } from './eviction/slot-watch.ts'
import { KeyIndex } from './key-index.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { MemorySpace } from './memory-space.ts'
import { SlotExpiry } from './slot-expiry.ts'
import { SlotJudge } from './slot-judge.ts'
import { CRITICAL_RANK } from './slot-layout.ts'
import { NO_SLOT, SlotPages } from './slot-pages.ts'
import { type Life, SlotRecords } from './slot-records.ts'
import type { SlotStorage } from './slot-storage.ts'
import { GhostEstimator } from './w-tiny-lfu/ghost-estimator.ts'

const REPLACED: RemovalCause = Object.freeze({ kind: 'replaced' })

/** Why an entry isn't let in: its value has no form in bytes. */
const NOT_KEEPABLE = 'its value cannot be kept as bytes'
/** Why an entry isn't let in: the system gives no more memory, or there are `MAX_SLOTS` entries. */
const NO_MEMORY = 'no memory is left'

/** What a store shares with the others of its repository. */
export interface MemoryStoreSurroundings {
  readonly clock: Clock
  readonly budget: MemoryBudget
  /** Keys are hashed with it, so that nobody outside can choose keys that collide. */
  readonly hashSeed: number
  readonly createStorage: (pages: SlotPages) => SlotStorage
}

export class MemorySlots {
  readonly pages: SlotPages = new SlotPages()
  readonly storage: SlotStorage
  readonly records: SlotRecords
  readonly index: KeyIndex
  readonly space: MemorySpace
  readonly expiry: SlotExpiry
  readonly judge: SlotJudge
  readonly watch: SlotWatch
  /** What the hit ratio would be with more or less space; `undefined` as long as nothing was held, or the policy is another. */
  ghosts: GhostEstimator | undefined
  readonly #onRemoved: MemoryStorePorts['onRemoved']
  /** The key that a set looks for, and its slot, kept right whatever leaves or comes meanwhile. */
  #soughtKey: string | undefined
  #soughtSlot: number = NO_SLOT
  /** Counts what was prepared, so that a set within a set is noticed. */
  #prepared = 0

  constructor(
    namespace: CacheNamespace,
    ports: MemoryStorePorts,
    surroundings: MemoryStoreSurroundings,
  ) {
    const { clock } = surroundings
    this.#onRemoved = ports.onRemoved
    this.storage = surroundings.createStorage(this.pages)
    this.records = new SlotRecords(this.pages, this.storage, namespace.name, clock.nowMs())
    this.index = new KeyIndex(this.storage, surroundings.hashSeed, this.storage.keepsKeys)
    this.judge = new SlotJudge(this.pages, this.records, ports.validity)
    this.expiry = new SlotExpiry(this.pages, this.records, (slot, nowMs) => {
      this.isAlive(slot, nowMs)
    })
    this.space = new MemorySpace(namespace, {
      budget: surroundings.budget,
      pages: this.pages,
      find: (key) => this.#seek(key),
      hashOf: (slot) => this.storage.hashOf(slot),
      idleMs: (slot) => this.records.idleMs(slot, clock.nowMs()),
      endTick: (slot) => this.records.endTick(slot),
      // Who was dead or invalid already didn't leave for want of space.
      onEvicted: (slot, cause) => {
        this.#forget(slot, this.judge.faultOf(slot, clock.nowMs()) ?? cause)
      },
    })
    this.watch = new SlotWatch(this.pages, (slot) => this.storage.hashOf(slot), this.space)
  }

  /** Why a value can't be kept; `undefined` if it can. */
  rejects(value: unknown): unknown {
    try {
      this.#prepared += 1
      this.storage.prepare('', value, 1)
      return undefined
    } catch (error) {
      return error
    } finally {
      this.#forgetPrepared()
    }
  }

  /** Puts an entry in, in place of one with its key; false if it was refused. */
  put(entry: CacheEntry): boolean {
    const { key } = entry
    let charge = this.#prepare(entry)
    if (charge === undefined) return this.#refuse(entry, NOT_KEEPABLE)
    const prepared = this.#prepared
    this.#soughtKey = key
    this.#soughtSlot = this.index.findRare(key)
    const hash = this.index.soughtHash(key)
    const rank = priorityRank(entry.priority)
    const refusal = this.space.makeRoomFor(key, hash, charge, rank)
    if (refusal !== undefined) return this.#refuse(entry, refusal)
    // A listener of what has just left has set something, too.
    if (this.#prepared !== prepared) charge = this.#prepare(entry) ?? charge
    const old = this.#seek(key)
    const isIn =
      old === NO_SLOT ? this.#add(entry, hash, charge) : this.#replace(old, entry, { hash, charge })
    return isIn || this.#refuse(entry, NO_MEMORY)
  }

  remove(slot: number, cause: RemovalCause): void {
    this.ghosts?.forget(this.storage.hashOf(slot))
    this.space.remove(slot)
    this.#forget(slot, cause)
  }

  /** False if the slot was dead or invalid, and so has left. */
  isAlive(slot: number, nowMs: number): boolean {
    const fault = this.judge.faultOf(slot, nowMs)
    if (fault !== undefined) this.remove(slot, fault)
    return fault === undefined
  }

  moveLife(slot: number, life: Life): void {
    this.records.moveLife(slot, life)
    this.expiry.note(slot, life.staleUntilMs)
    this.space.renew(slot)
  }

  /** Lets the estimates follow the capacity. `reads` is how many there were since the last time. */
  fitGhosts(reads: number): void {
    const { space } = this
    this.ghosts?.count(reads)
    if (space.policy !== 'w-tinylfu') this.#setGhosts(undefined)
    if (space.policy !== 'w-tinylfu' || space.entries === 0) return
    const unit = space.isByBytes ? space.bytes / space.entries : 1
    if (this.ghosts === undefined) this.#setGhosts(new GhostEstimator())
    this.ghosts?.resize(Math.max(1, Math.round(space.capacity() / unit)))
  }

  clear(): void {
    this.#setGhosts(undefined)
    this.#soughtSlot = NO_SLOT
    this.space.clear()
    this.index.clear()
    this.records.clear()
    this.storage.clear()
    this.pages.clear()
    this.expiry.clear()
  }

  #setGhosts(ghosts: GhostEstimator | undefined): void {
    this.ghosts = ghosts
    this.watch.setEstimates(ghosts)
  }

  /** As `index.find`, but the key that is being set was looked for already. */
  #seek(key: string): number {
    return key === this.#soughtKey ? this.#soughtSlot : this.index.find(key)
  }

  /** So that what isn't stored is held by nobody. */
  #forgetPrepared(): void {
    this.storage.prepare('', undefined, 1)
  }

  /** What the entry will count; `undefined` if its value can't be kept. */
  #prepare(entry: CacheEntry): number | undefined {
    this.#prepared += 1
    try {
      return this.storage.prepare(entry.key, entry.value, entry.sizeBytes)
    } catch {
      return undefined // Who stores it is told that it isn't; `rejects` says why.
    }
  }

  #refuse(entry: CacheEntry, rule: string): false {
    const old = this.#seek(entry.key)
    if (old !== NO_SLOT) this.remove(old, REPLACED)
    this.#forgetPrepared()
    this.#onRemoved(entry, { kind: 'refused', rule })
    return false
  }

  #add(entry: CacheEntry, hash: number, charge: number): boolean {
    const slot = this.pages.take()
    if (slot === NO_SLOT) return false
    if (!this.#write(slot, entry.key, hash)) {
      this.pages.give(slot)
      return false
    }
    this.records.write(slot, entry, charge)
    this.judge.noteNew(slot, entry)
    this.index.add(slot, entry.key, hash)
    if (entry.key === this.#soughtKey) this.#soughtSlot = slot
    this.space.add(slot, hash)
    this.watch.note(slot, hash)
    this.expiry.note(slot, entry.staleUntilMs)
    return true
  }

  #replace(
    slot: number,
    entry: CacheEntry,
    { hash, charge }: { readonly hash: number; readonly charge: number },
  ): boolean {
    const { pages, space, records } = this
    const removed = this.#removedOf(slot)
    const chargeBefore = pages.charge(slot)
    // Critical entries are in no order, so who becomes critical, or is it no more, leaves and comes.
    const staysInOrder =
      pages.rank(slot) !== CRITICAL_RANK && priorityRank(entry.priority) !== CRITICAL_RANK
    if (!staysInOrder) space.remove(slot)
    this.storage.free(slot)
    if (!this.#write(slot, entry.key, hash)) {
      if (staysInOrder) space.remove(slot)
      this.#release(slot, entry.key, hash)
      return false
    }
    records.release(slot)
    pages.uncheck(slot)
    records.write(slot, entry, charge)
    this.judge.noteNew(slot, entry)
    if (staysInOrder) space.replace(slot, hash, chargeBefore)
    else space.add(slot, hash)
    this.expiry.note(slot, entry.staleUntilMs)
    this.#onRemoved(removed, REPLACED)
    return true
  }

  /** Writes what was prepared; false if the system has no memory for it, and then the slot holds nothing. */
  #write(slot: number, key: string, hash: number): boolean {
    try {
      this.storage.write(slot, key, hash)
      return true
    } catch {
      return false // Who stores it is told that it isn't.
    }
  }

  /** Removes a slot that takes up no space any more. */
  #forget(slot: number, cause: RemovalCause): void {
    const removed = this.#removedOf(slot)
    const hash = this.storage.hashOf(slot)
    this.storage.free(slot)
    this.#release(slot, removed.key, hash)
    this.#onRemoved(removed, cause)
  }

  #release(slot: number, key: string, hash: number): void {
    this.index.remove(slot, key, hash)
    if (slot === this.#soughtSlot) this.#soughtSlot = NO_SLOT
    this.records.release(slot)
    this.pages.give(slot)
  }

  #removedOf(slot: number): RemovedEntry {
    const { records } = this
    return {
      key: records.keyOf(slot),
      priority: records.priorityOf(slot),
      sizeBytes: records.sizeOf(slot),
      expiresAtMs: records.expiresAtMs(slot),
    }
  }
}

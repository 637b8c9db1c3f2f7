// hot path: benchmarks/memory-hit.bench.ts
/**
 * The entries of one namespace in this process.
 *
 * A table leads from the key's hash to a slot number; everything about the entry but its key and value is
 * an integer in the columns of that slot (`SlotPages`, `SlotRecords`). There is no object and no timer
 * per entry. What is dead leaves when the wheel's turn comes, or when somebody meets it; what is invalid,
 * when somebody meets it, be it a read, a listing or the sweep.
 *
 * Where reads follow each other within a millisecond, most are quick: they compare integers and change
 * nothing of the slot. That is so for a slot which was used three times already and isn't watched, while the
 * clock's reading lasts. The next read of such a slot that isn't quick is counted for all of them.
 */
import { type CacheEntry, slidLife } from '../../../core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../../core/entities/cache-namespace.ts'
import type {
  EntryPage,
  HitRatioEstimates,
  MemoryStore,
  MemoryStorePorts,
  RemovalCause,
  StoreUsage,
} from '../../../core/protocols/cache-repository.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { KeyIndex } from './key-index.ts'
import { listSlots } from './list-slots.ts'
import { MemorySlots, type MemoryStoreSurroundings } from './memory-slots.ts'
import type { MemorySpace } from './memory-space.ts'
import type { SlotJudge } from './slot-judge.ts'
import { ATTENTION, HINT_MASK, HINT_SHIFT, WATCHED } from './slot-layout.ts'
import {
  ACCESS,
  HOT_WORDS,
  META,
  NO_SLOT,
  PAGE_BITS,
  PAGE_MASK,
  type SlotPages,
  USES_MASK,
  USES_ONE,
} from './slot-pages.ts'
import { accessAt, type Life, type SlotRecords } from './slot-records.ts'
import type { SlotStorage } from './slot-storage.ts'
import { SlotSweep } from './slot-sweep.ts'

const DELETED: RemovalCause = Object.freeze({ kind: 'deleted' })

/** Most entries that are moved or leave within one `configure`, some milliseconds; the sweep sees to the rest. */
const SETTLED_AT_ONCE = 5_000
/** Entries that are moved or leave between two looks at the clock. */
const SETTLED_PER_STEP = 64

export class MemoryEntryStore implements MemoryStore {
  readonly isSynchronous = true
  readonly #slots: MemorySlots
  readonly #validity: MemoryStorePorts['validity']
  readonly #clock: Clock
  readonly #sweep: SlotSweep
  // Parts of the slots that a hit needs, held here so that it reaches them in one step.
  readonly #index: KeyIndex
  readonly #pages: SlotPages
  readonly #hot: SlotPages['hot']
  readonly #records: SlotRecords
  readonly #space: MemorySpace
  readonly #storage: SlotStorage
  readonly #judge: SlotJudge
  /** The count of marks when the round of the sweep began. */
  #roundVersion = -1
  /** How many more reads may be quick, of how many, while the clock's reading and the count of marks are these. */
  #quickReads = 0
  #quickReadsGiven = 0
  /** Quick reads that no slot has counted yet. */
  #quickReadsUncounted = 0
  #quickReading: number | undefined = undefined
  #quickVersion = -1
  /** The unit of that reading, where `META` has it. */
  #quickUnit = 0
  /** Reads that the estimates weren't told of. */
  #reads = 0
  /** Uses beyond what is counted that the order isn't told of before the next that it is. */
  #untilTold = 0

  constructor(
    namespace: CacheNamespace,
    ports: MemoryStorePorts,
    surroundings: MemoryStoreSurroundings,
  ) {
    const slots = new MemorySlots(namespace, ports, surroundings)
    this.#slots = slots
    this.#validity = ports.validity
    this.#clock = surroundings.clock
    this.#sweep = new SlotSweep(slots.pages)
    this.#index = slots.index
    this.#pages = slots.pages
    this.#hot = slots.pages.hot
    this.#records = slots.records
    this.#space = slots.space
    this.#storage = slots.storage
    this.#judge = slots.judge
  }

  read(key: CacheKey): unknown {
    const slot = this.#index.find(key)
    if (slot === NO_SLOT) return this.#noteMiss(key)
    const hot = this.#hot[slot >>> PAGE_BITS] as Int32Array // A slot that was found is in a page.
    const meta = hot[(slot & PAGE_MASK) * HOT_WORDS + META] ?? 0
    const isQuick =
      this.#quickReads > 0 &&
      this.#quickVersion === this.#validity.version &&
      this.#quickReading === this.#clock.reading &&
      (((meta & HINT_MASK) - this.#quickUnit) | 0) > 0 &&
      (meta & (USES_MASK | WATCHED | ATTENTION)) === USES_MASK
    if (isQuick) this.#quickReads -= 1
    else if (!this.#readSlowly(slot)) return this.#noteMiss(key)
    return this.#storage.valueOf(slot)
  }

  get(key: CacheKey): CacheEntry | undefined {
    const slot = this.#find(key)
    return slot === NO_SLOT ? undefined : this.#records.entryOf(slot, this.#clock.nowMs())
  }

  set(entry: CacheEntry): boolean {
    return this.#slots.put(entry)
  }

  rejects(value: unknown): unknown {
    return this.#slots.rejects(value)
  }

  delete(key: CacheKey, cause?: RemovalCause): boolean {
    const slot = cause === undefined ? this.#find(key) : this.#index.find(key)
    if (slot === NO_SLOT) return false
    this.#slots.remove(slot, cause ?? DELETED)
    return true
  }

  clear(): void {
    this.#slots.clear()
    this.#sweep.startRound()
    this.#judge.noteEmpty()
  }

  list(limit: number, cursor: string | undefined): EntryPage {
    const nowMs = this.#clock.nowMs()
    const found = (slot: number): CacheEntry | undefined =>
      this.#slots.isAlive(slot, nowMs) ? this.#records.entryOf(slot, nowMs) : undefined
    return listSlots(this.#pages, found, { limit, cursor })
  }

  usage(): StoreUsage {
    return { entries: this.#space.entries, bytes: this.#space.bytes }
  }

  estimates(): HitRatioEstimates | undefined {
    this.#fitGhosts()
    return this.#slots.ghosts?.estimates()
  }

  touch(key: CacheKey, life: Life | undefined): void {
    const slot = this.#find(key)
    if (slot === NO_SLOT) return
    if (life !== undefined) this.#slots.moveLife(slot, life)
    const unit = this.#records.unitAt(this.#clock.nowMs())
    this.#noteAccess(slot, unit, 1)
    this.#countUse(slot)
  }

  expire(budgetMs: number): boolean {
    this.#fitGhosts()
    const mayGoOn = this.#clockwork(budgetMs)
    const isSettled = this.#judge.settledVersion === this.#validity.version
    return (
      this.#settle(mayGoOn) &&
      this.#slots.expiry.removeDue(this.#clock.nowMs(), mayGoOn) &&
      this.#storage.maintain(mayGoOn, (key) => this.#index.find(key)) &&
      this.#slots.watch.refresh(mayGoOn) &&
      (isSettled || this.#lookAtAll(mayGoOn))
    )
  }

  sweep(budgetMs: number): boolean {
    const mayGoOn = this.#clockwork(budgetMs)
    return this.#settle(mayGoOn) && this.#lookAtAll(mayGoOn)
  }

  startRound(): void {
    this.#sweep.startRound()
    this.#roundVersion = this.#validity.version
  }

  configure(namespace: CacheNamespace): void {
    this.#space.configure(namespace)
    this.#untilTold = 0
    this.#space.settle(SETTLED_AT_ONCE)
  }

  /** Goes on with the round; true at its end. */
  #lookAtAll(mayGoOn: () => boolean): boolean {
    const nowMs = this.#clock.nowMs()
    const { version } = this.#validity
    const isDone = this.#sweep.walk((slot) => {
      const isQuick = this.#pages.isChecked(slot, version)
      this.#slots.isAlive(slot, nowMs)
      return isQuick
    }, mayGoOn)
    if (isDone) {
      this.#judge.noteRound(this.#roundVersion)
      this.#roundVersion = version
    }
    return isDone
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

  /** The slot of a key if it is alive; else it leaves. */
  #find(key: CacheKey): number {
    const slot = this.#index.find(key)
    return slot !== NO_SLOT && this.#slots.isAlive(slot, this.#clock.nowMs()) ? slot : NO_SLOT
  }

  #noteMiss(key: CacheKey): undefined {
    this.#reads += 1
    // Whoever called finds out what else a key is.
    if (this.#slots.ghosts === undefined || typeof key !== 'string') return undefined
    this.#slots.ghosts.record(this.#index.hashOf(key), 1)
    return undefined
  }

  /** Counts a read of a slot; false if it may not answer it. */
  #readSlowly(slot: number): boolean {
    const unit = this.#records.unitAt(this.#clock.nowMs())
    const { version } = this.#validity
    const meta = this.#pages.meta(slot)
    const isSettled =
      (((meta & HINT_MASK) - (unit << HINT_SHIFT)) | 0) > 0 &&
      (meta & ATTENTION) === 0 &&
      version === this.#judge.settledVersion
    // What isn't settled by comparing three integers is rare.
    if (!isSettled && !this.#isFresh(slot)) return false
    const hasQuick =
      this.#quickReads > 0 &&
      this.#quickVersion === version &&
      this.#quickReading === this.#clock.reading
    if (!hasQuick) this.#allowQuickReads(unit)
    const isMuchUsed = (meta & (USES_MASK | WATCHED)) === USES_MASK
    this.#noteAccess(slot, unit, isMuchUsed ? 1 + this.#quickReadsUncounted : 1)
    if (isMuchUsed) this.#quickReadsUncounted = 0
    else this.#countUse(slot)
    return true
  }

  #noteAccess(slot: number, unit: number, reads: number): void {
    this.#reads += 1
    this.#pages.setHot(slot, ACCESS, accessAt(this.#pages.hotWord(slot, ACCESS), unit, reads))
  }

  /** Lets as many reads be quick as the clock would answer without looking at the time again. */
  #allowQuickReads(unit: number): void {
    const quickReads = this.#quickReadsGiven - this.#quickReads
    this.#reads += quickReads
    this.#quickReadsUncounted += quickReads
    this.#quickReadsGiven = this.#clock.takeCalls?.() ?? 0
    this.#quickReads = this.#quickReadsGiven
    this.#quickReading = this.#clock.reading
    this.#quickVersion = this.#judge.settledVersion
    this.#quickUnit = unit << HINT_SHIFT
  }

  #fitGhosts(): void {
    this.#slots.fitGhosts(this.#reads)
    this.#reads = 0
  }

  /** Counts a use of the slot that was just found for the eviction, which counts up to three. */
  #countUse(slot: number): void {
    const meta = this.#pages.meta(slot)
    const isRaised = (meta & USES_MASK) !== USES_MASK
    if (isRaised) this.#pages.setMeta(slot, meta + USES_ONE)
    if ((meta & WATCHED) === 0) return
    if (!isRaised && this.#untilTold > 0) this.#untilTold -= 1
    else this.#tellUse(slot, meta, isRaised)
  }

  /** Tells those who sample the key of a use that was counted, or of one of many beyond. */
  #tellUse(slot: number, meta: number, isRaised: boolean): void {
    const hash = this.#index.foundHash(slot)
    const uses = this.#space.usesPerTelling
    if (!isRaised) this.#untilTold = uses - 1
    if (!this.#slots.watch.isSampled(hash)) {
      this.#slots.watch.note(slot, hash)
      return
    }
    this.#space.use(slot, hash, meta)
    this.#slots.ghosts?.record(hash, 1, isRaised ? 1 : uses)
  }

  /** The long way of a read: compares with the marks, looks at the exact end, and lets the slot slide. */
  #isFresh(slot: number): boolean {
    const nowMs = this.#clock.nowMs()
    if (!this.#slots.isAlive(slot, nowMs)) return false
    const records = this.#records
    if (records.isSoft(slot) || nowMs >= records.expiresAtMs(slot)) return false
    records.renewHint(slot, nowMs)
    const life = slidLife(records.slidingLifeOf(slot), nowMs)
    if (life !== undefined) this.#slots.moveLife(slot, life)
    return true
  }
}

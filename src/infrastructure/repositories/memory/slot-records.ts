/**
 * How the record of an entry lies in the columns of its slot, and how it is read back, exactly.
 *
 * A hit compares twenty bits of `META`: the unit of four seconds in which the entry stops being fresh,
 * counted from when the store began, the higher bits left out. It is surely fresh in any unit before
 * that, as long as the two are less than 24 days apart; where it isn't surely fresh, the exact instant
 * decides, which is that unit, its higher bits and the milliseconds within it, in `FORM`.
 *
 * Instants of creation and places in the log are 32 bits each; what lies above these bits, and all that
 * entries have in common, is in the entry's profile. What fits none of this (an end before the store
 * began, or more than two years after it) is kept as it is, in a profile of its own.
 *
 * Of an entry's reads the columns know the number up to 4095, and the last one to about four seconds. Of
 * those within a millisecond the number is by a sample.
 */
import type { CacheEntry, slidLife } from '../../../core/entities/cache-entry.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import { CACHE_PRIORITIES, priorityRank } from '../../../core/value-objects/cache-priority.ts'
import type { SizeBytes } from '../../../core/value-objects/cache-size.ts'
import {
  type EntryProfile,
  EntryProfiles,
  type ExactInstants,
  staleMsOf,
} from './entry-profiles.ts'
import {
  ATTENTION,
  COUNT_BITS,
  FAR_UNITS,
  FORM_MASK,
  HIGHER_SHIFT,
  HINT_BITS,
  HINT_MASK,
  HINT_SHIFT,
  MAX_ACCESS_COUNT,
  MAX_UNITS,
  NEVER,
  NEVER_TICK,
  OTHER_ORDER,
  PROFILE_MASK,
  PROFILE_SHIFT,
  RECORD_MASK,
  REMAINDER_MASK,
  SOFT,
  TICK_MS,
  UNIT_MS,
} from './slot-layout.ts'
import { ACCESS, BIRTH, CREATED, FORM, type SlotPages } from './slot-pages.ts'
import type { SlotStorage } from './slot-storage.ts'

const TWO_32 = 0x1_0000_0000
/** What is kept for longer than this after its end could look fresh again by the lower bits of its unit. */
const MAX_HINTED_STALE_MS: number = 2 ** (HINT_BITS - 1) * UNIT_MS

/** The word of `ACCESS` after so many more reads, the last of them in this unit. */
export function accessAt(access: number, unit: number, reads: number): number {
  return (unit << COUNT_BITS) | Math.min((access & MAX_ACCESS_COUNT) + reads, MAX_ACCESS_COUNT)
}

/** The end of an entry's life. */
export type Life = Pick<CacheEntry, 'expiresAtMs' | 'staleUntilMs'>

export class SlotRecords {
  readonly #pages: SlotPages
  readonly #storage: SlotStorage
  readonly #profiles = new EntryProfiles()
  readonly #namespace: string
  readonly #baseMs: number

  /** @param baseMs when the store began, in milliseconds since the Unix epoch */
  constructor(pages: SlotPages, storage: SlotStorage, namespace: string, baseMs: number) {
    this.#pages = pages
    this.#storage = storage
    this.#namespace = namespace
    this.#baseMs = Math.floor(baseMs)
  }

  /** The tick of an instant; the whole ones that have passed since the store began. */
  tickAt(nowMs: number): number {
    return ((nowMs - this.#baseMs) / TICK_MS) | 0
  }

  /** hot path: the unit of an instant, of which `META` has the lower bits. */
  unitAt(nowMs: number): number {
    return ((nowMs - this.#baseMs) / UNIT_MS) | 0
  }

  /** Writes the columns of a slot that was just taken, each word once. */
  write(slot: number, entry: CacheEntry, charge: number): void {
    const pages = this.#pages
    const { createdAtMs, expiresAtMs } = entry
    const isPlain = this.#isPlain(entry)
    const hasUnit = isPlain && expiresAtMs !== Infinity
    const lifeMs = hasUnit ? expiresAtMs - this.#baseMs : 0
    const unit = hasUnit ? Math.floor(lifeMs / UNIT_MS) : this.unitAt(createdAtMs) + FAR_UNITS
    const meta =
      (pages.meta(slot) & ~RECORD_MASK) | ownMetaOf(entry, isPlain) | (unit << HINT_SHIFT)
    pages.setMeta(slot, meta)
    pages.setHot(slot, ACCESS, this.#accessOf(entry))
    const end = hasUnit ? plainEndOf(lifeMs, unit) : neverOf(expiresAtMs)
    const own =
      end |
      (this.#takeProfile(slot, entry, isPlain) << PROFILE_SHIFT) |
      (entry.isSoftInvalidated ? SOFT : 0)
    pages.setHot(slot, FORM, (pages.hotWord(slot, FORM) & OTHER_ORDER) | own)
    pages.setCharge(slot, charge)
    pages.setCold(slot, CREATED, createdAtMs | 0)
    pages.setCold(slot, BIRTH, entry.birth.seq | 0)
  }

  /** Lets go of what the slot's record holds outside the columns. */
  release(slot: number): void {
    this.#profiles.release(slot, this.#profileId(slot))
  }

  clear(): void {
    this.#profiles.clear()
  }

  /** The entry as it stands at `nowMs`, which later reads don't change. */
  entryOf(slot: number, nowMs: number): CacheEntry {
    const profile = this.#profile(slot)
    const createdAtMs = this.#createdAtMs(slot, profile)
    const { expiresAtMs, staleUntilMs } = this.lifeOf(slot)
    return {
      key: this.keyOf(slot),
      value: this.#storage.valueOf(slot),
      namespace: this.#namespace,
      ttl: profile.ttl,
      priority: this.priorityOf(slot),
      createdAtMs,
      accessedAtMs: this.#accessedAtMs(slot, createdAtMs, nowMs),
      accessCount: this.#pages.hotWord(slot, ACCESS) & MAX_ACCESS_COUNT,
      sizeBytes: this.sizeOf(slot),
      tags: profile.tags,
      dependsOn: profile.dependsOn,
      birth: this.#birthOf(slot, profile),
      expiresAtMs,
      staleUntilMs,
      slidingTtlMs: profile.slidingTtlMs,
      isSoftInvalidated: this.isSoft(slot),
    }
  }

  keyOf(slot: number): CacheKey {
    return this.#storage.keyOf(slot) as CacheKey // It came in as one.
  }

  priorityOf(slot: number): CacheEntry['priority'] {
    return CACHE_PRIORITIES[this.#pages.rank(slot)] ?? 'medium'
  }

  sizeOf(slot: number): SizeBytes {
    return this.#storage.valueBytes(slot) as SizeBytes // Never zero, as in the entry.
  }

  /** What the marks are compared with. */
  markedOf(slot: number): Pick<CacheEntry, 'key' | 'tags' | 'dependsOn' | 'birth'> {
    const profile = this.#profile(slot)
    return {
      key: this.keyOf(slot),
      tags: profile.tags,
      dependsOn: profile.dependsOn,
      birth: this.#birthOf(slot, profile),
    }
  }

  lifeOf(slot: number): Life {
    const { exact, staleMs } = this.#profile(slot)
    if (exact !== undefined) return exact
    const form = this.#pages.hotWord(slot, FORM)
    if ((form & NEVER) !== 0) return { expiresAtMs: Infinity, staleUntilMs: Infinity }
    const expiresAtMs = this.#plainEndMs(slot, form)
    return { expiresAtMs, staleUntilMs: expiresAtMs + staleMs }
  }

  /** As `lifeOf`, its first field alone. */
  expiresAtMs(slot: number): number {
    const { exact } = this.#profile(slot)
    if (exact !== undefined) return exact.expiresAtMs
    const form = this.#pages.hotWord(slot, FORM)
    return (form & NEVER) === 0 ? this.#plainEndMs(slot, form) : Infinity
  }

  /** True if the slot is of no use any more, not even as a stale answer. */
  isDead(slot: number, nowMs: number): boolean {
    const { exact, staleMs } = this.#profile(slot)
    if (exact !== undefined) return nowMs >= exact.staleUntilMs
    const form = this.#pages.hotWord(slot, FORM)
    return (form & NEVER) === 0 && nowMs >= this.#plainEndMs(slot, form) + staleMs
  }

  /** When the slot stops being fresh, in ticks; for those who order by it. */
  endTick(slot: number): number {
    const ticks = (this.expiresAtMs(slot) - this.#baseMs) / TICK_MS
    return ticks >= NEVER_TICK ? NEVER_TICK : Math.max(0, Math.floor(ticks))
  }

  /** The first tick at which the slot is surely dead; `NEVER_TICK` for never. */
  deathTick(slot: number): number {
    return this.tickAfter(this.lifeOf(slot).staleUntilMs)
  }

  /** The first tick that isn't before an instant; `NEVER_TICK` for never. */
  tickAfter(ms: number): number {
    const ticks = (ms - this.#baseMs) / TICK_MS
    return ticks >= NEVER_TICK ? NEVER_TICK : Math.max(0, Math.ceil(ticks))
  }

  isSoft(slot: number): boolean {
    return (this.#pages.hotWord(slot, FORM) & SOFT) !== 0
  }

  /** From here on the slot is stale, whatever its time. */
  soften(slot: number): void {
    this.#pages.setHot(slot, FORM, this.#pages.hotWord(slot, FORM) | SOFT)
    this.#pages.setMeta(slot, this.#pages.meta(slot) | ATTENTION)
  }

  /** What a sliding life goes by; its `slidingTtlMs` is `undefined` if the slot's doesn't slide. */
  slidingLifeOf(slot: number): Parameters<typeof slidLife>[0] {
    const profile = this.#profile(slot)
    const { ttl, slidingTtlMs } = profile
    const createdAtMs = this.#createdAtMs(slot, profile)
    return { ttl, slidingTtlMs, createdAtMs, ...this.lifeOf(slot) }
  }

  /** Moves the end of the slot's life. */
  moveLife(slot: number, life: Life): void {
    const before = this.#profile(slot)
    const createdAtMs = this.#createdAtMs(slot, before)
    const instants = { createdAtMs, accessedAtMs: createdAtMs, ...life }
    const isPlain = before.exact === undefined && this.#isPlain(instants)
    const staleMs = staleMsOf(life)
    const pages = this.#pages
    if (!isPlain || staleMs !== before.staleMs) {
      this.release(slot)
      const exact = isPlain ? undefined : instants
      const id = this.#profiles.take(slot, { ...before, staleMs, exact })
      const form = pages.hotWord(slot, FORM) & ~PROFILE_MASK
      pages.setHot(slot, FORM, form | (id << PROFILE_SHIFT))
    }
    this.#writeEnd(slot, life.expiresAtMs, !isPlain)
    if (staleMs > MAX_HINTED_STALE_MS) pages.setMeta(slot, pages.meta(slot) | ATTENTION)
    this.renewHint(slot, createdAtMs)
  }

  /** How long ago the slot was read or stored, in milliseconds, to about four seconds. */
  idleMs(slot: number, nowMs: number): number {
    const createdAtMs = this.#createdAtMs(slot, this.#profile(slot))
    return Math.max(0, nowMs - this.#accessedAtMs(slot, createdAtMs, nowMs))
  }

  #profile(slot: number): EntryProfile {
    return this.#profiles.of(slot, this.#profileId(slot))
  }

  #profileId(slot: number): number {
    return (this.#pages.hotWord(slot, FORM) & PROFILE_MASK) >>> PROFILE_SHIFT
  }

  #createdAtMs(slot: number, profile: EntryProfile): number {
    if (profile.exact !== undefined) return profile.exact.createdAtMs
    return profile.createdBase + (this.#pages.coldWord(slot, CREATED) >>> 0)
  }

  #birthOf(slot: number, profile: EntryProfile): CacheEntry['birth'] {
    const seq = profile.birthBase + (this.#pages.coldWord(slot, BIRTH) >>> 0)
    return { generation: profile.generation, seq }
  }

  #accessOf({ accessCount, accessedAtMs }: CacheEntry): number {
    if (accessCount === 0) return 0
    return (this.unitAt(accessedAtMs) << COUNT_BITS) | Math.min(accessCount, MAX_ACCESS_COUNT)
  }

  #accessedAtMs(slot: number, createdAtMs: number, nowMs: number): number {
    const access = this.#pages.hotWord(slot, ACCESS)
    const unit = access >>> COUNT_BITS
    if (unit === 0 && (access & MAX_ACCESS_COUNT) === 0) {
      return this.#profile(slot).exact?.accessedAtMs ?? createdAtMs
    }
    const agoMs = ((this.unitAt(nowMs) - unit) & ((1 << HINT_BITS) - 1)) * UNIT_MS
    return Math.max(createdAtMs, nowMs - agoMs)
  }

  /**
   * Says again until when the slot is surely fresh, seen from `nowMs`, if the field isn't what says when it
   * ends: of what never ends, or is exact, it is free to move on.
   */
  renewHint(slot: number, nowMs: number): void {
    const isNever = (this.#pages.hotWord(slot, FORM) & NEVER) !== 0
    if (!isNever && this.#profile(slot).exact === undefined) return
    const unit = this.unitAt(nowMs) + FAR_UNITS
    this.#pages.setMeta(slot, (this.#pages.meta(slot) & ~HINT_MASK) | (unit << HINT_SHIFT))
  }

  #writeEnd(slot: number, expiresAtMs: number, isExact: boolean): void {
    const pages = this.#pages
    const form = pages.hotWord(slot, FORM) & (PROFILE_MASK | ~FORM_MASK)
    if (isExact || expiresAtMs === Infinity) {
      pages.setHot(slot, FORM, form | neverOf(expiresAtMs))
      if (isExact) pages.setMeta(slot, pages.meta(slot) | ATTENTION)
      return
    }
    const lifeMs = expiresAtMs - this.#baseMs
    const unit = Math.floor(lifeMs / UNIT_MS)
    pages.setHot(slot, FORM, form | plainEndOf(lifeMs, unit))
    pages.setMeta(slot, (pages.meta(slot) & ~HINT_MASK) | (unit << HINT_SHIFT))
  }

  /** The instant that unit and remainder say. */
  #plainEndMs(slot: number, form: number): number {
    return this.#baseMs + this.#unitOf(slot, form) * UNIT_MS + (form & REMAINDER_MASK)
  }

  /** The whole unit of a plain end. */
  #unitOf(slot: number, form: number): number {
    return ((form >>> HIGHER_SHIFT) << HINT_BITS) | (this.#pages.meta(slot) >>> HINT_SHIFT)
  }

  #takeProfile(slot: number, entry: CacheEntry, isPlain: boolean): number {
    const last = isPlain ? this.#profiles.takeLast(entry) : undefined
    if (last !== undefined) return last
    const { createdAtMs, accessedAtMs, expiresAtMs, staleUntilMs } = entry
    return this.#profiles.take(slot, {
      ttl: entry.ttl,
      tags: entry.tags,
      dependsOn: entry.dependsOn,
      slidingTtlMs: entry.slidingTtlMs,
      generation: entry.birth.generation,
      staleMs: staleMsOf(entry),
      birthBase: upperPart(entry.birth.seq),
      createdBase: upperPart(entry.createdAtMs),
      exact: isPlain ? undefined : { createdAtMs, accessedAtMs, expiresAtMs, staleUntilMs },
    })
  }

  /** True if the columns can hold these instants. */
  #isPlain({ createdAtMs, accessedAtMs, expiresAtMs, staleUntilMs }: ExactInstants): boolean {
    if (accessedAtMs !== createdAtMs || !Number.isSafeInteger(createdAtMs)) return false
    if (expiresAtMs === Infinity) return staleUntilMs === Infinity
    const lifeMs = expiresAtMs - this.#baseMs
    return (
      Number.isSafeInteger(lifeMs) &&
      lifeMs >= 0 &&
      lifeMs < MAX_UNITS * UNIT_MS &&
      staleUntilMs !== Infinity
    )
  }
}

/** What of `META` the record says, but for the unit. */
function ownMetaOf(entry: CacheEntry, isPlain: boolean): number {
  const needsAttention =
    !isPlain ||
    entry.isSoftInvalidated ||
    entry.slidingTtlMs !== undefined ||
    staleMsOf(entry) > MAX_HINTED_STALE_MS
  return priorityRank(entry.priority) | (needsAttention ? ATTENTION : 0)
}

/** What of `FORM` says when a life ends that has so many milliseconds and whole units from the store's beginning. */
function plainEndOf(lifeMs: number, unit: number): number {
  return (lifeMs - unit * UNIT_MS) | ((unit >>> HINT_BITS) << HIGHER_SHIFT)
}

/** The same of a life that the fields can't say. */
function neverOf(expiresAtMs: number): number {
  return expiresAtMs === Infinity ? NEVER : 0
}

function upperPart(value: number): number {
  return Math.floor(value / TWO_32) * TWO_32
}

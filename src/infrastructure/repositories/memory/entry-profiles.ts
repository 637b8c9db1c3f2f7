import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { PROFILE_BITS } from './slot-layout.ts'

type SaidOfEntry = Pick<CacheEntry, 'ttl' | 'tags' | 'dependsOn' | 'slidingTtlMs'>
type ProfiledEntry = SaidOfEntry &
  Pick<CacheEntry, 'birth' | 'createdAtMs' | 'expiresAtMs' | 'staleUntilMs'>

/** What many entries have in common, so that each needs only the number of it. */
export interface EntryProfile extends SaidOfEntry {
  /** `staleUntilMs` less `expiresAtMs`; 0 for what never expires. */
  readonly staleMs: number
  readonly generation: string
  /** What has to be added to the lower 32 bits of the birth's `seq`. */
  readonly birthBase: number
  /** What has to be added to the lower 32 bits of the instant of creation. */
  readonly createdBase: number
  /** The instants themselves, if they are none that the columns can hold. */
  readonly exact: ExactInstants | undefined
}

export type ExactInstants = Pick<
  CacheEntry,
  'createdAtMs' | 'accessedAtMs' | 'expiresAtMs' | 'staleUntilMs'
>

/** The number that says: the profile is kept for this slot alone. */
const OWN = (1 << PROFILE_BITS) - 1
const TWO_32 = 0x1_0000_0000
/** So many profiles are compared with a new entry's before it gets another number. */
const RECENT = 8

/**
 * The profiles of one namespace, by number.
 *
 * Entries that were stored with the same options have the same profile: the last ones used are compared,
 * and most entries find theirs there. Where tags differ from entry to entry the numbers run out; from
 * then on an entry keeps its profile for itself, beside the columns.
 */
export class EntryProfiles {
  readonly #shared: (EntryProfile | undefined)[] = []
  readonly #users: number[] = []
  #free: number[] = []
  readonly #own = new Map<number, EntryProfile>()
  readonly #recent: number[] = []
  #nextRecent = 0
  #last = OWN

  /** Profiles that are kept, shared or not. */
  get size(): number {
    return this.#shared.length - this.#free.length + this.#own.size
  }

  /**
   * The number of the profile that was taken last, for one more slot, if it is that of this entry; else
   * `undefined`. Most entries are stored with the options of the one before, and need none made for them.
   */
  takeLast(entry: ProfiledEntry): number | undefined {
    const last = this.#shared[this.#last]
    if (last === undefined || !isOf(last, entry)) return undefined
    this.#users[this.#last] = (this.#users[this.#last] ?? 0) + 1
    return this.#last
  }

  of(slot: number, id: number): EntryProfile {
    const profile = id === OWN ? this.#own.get(slot) : this.#shared[id]
    if (profile === undefined) throw new Error(`slot ${slot} has no profile ${id}`)
    return profile
  }

  /** The number of a profile for this slot, which holds on to it until `release`. */
  take(slot: number, profile: EntryProfile): number {
    const known = profile.exact === undefined ? this.#findRecent(profile) : undefined
    const id = known ?? this.#add(slot, profile)
    this.#last = id
    if (id !== OWN) this.#users[id] = (this.#users[id] ?? 0) + 1
    return id
  }

  release(slot: number, id: number): void {
    if (id === OWN) {
      this.#own.delete(slot)
      return
    }
    const users = (this.#users[id] ?? 0) - 1
    this.#users[id] = users
    if (users > 0) return
    this.#shared[id] = undefined
    this.#free.push(id)
  }

  clear(): void {
    this.#shared.length = 0
    this.#users.length = 0
    this.#recent.length = 0
    this.#last = OWN
    this.#free = []
    this.#own.clear()
  }

  #findRecent(profile: EntryProfile): number | undefined {
    for (const id of this.#recent) {
      const known = this.#shared[id]
      if (known !== undefined && isSame(known, profile)) return id
    }
    return undefined
  }

  #add(slot: number, profile: EntryProfile): number {
    const id = this.#free.pop() ?? this.#shared.length
    if (profile.exact !== undefined || id >= OWN) {
      if (id < this.#shared.length) this.#free.push(id)
      this.#own.set(slot, profile)
      return OWN
    }
    this.#shared[id] = profile
    this.#users[id] = 0
    this.#recent[this.#nextRecent] = id
    this.#nextRecent = (this.#nextRecent + 1) % RECENT
    return id
  }
}

/** How long an entry is kept after its end. */
export function staleMsOf({
  expiresAtMs,
  staleUntilMs,
}: Pick<CacheEntry, 'expiresAtMs' | 'staleUntilMs'>): number {
  return expiresAtMs === Infinity ? 0 : staleUntilMs - expiresAtMs
}

/** True if it is the profile of this entry, whose instants the columns can hold. */
function isOf(profile: EntryProfile, entry: ProfiledEntry): boolean {
  return (
    profile.staleMs === staleMsOf(entry) &&
    isBaseOf(profile.birthBase, entry.birth.seq) &&
    isBaseOf(profile.createdBase, entry.createdAtMs) &&
    profile.generation === entry.birth.generation &&
    isSameSaid(profile, entry)
  )
}

function isBaseOf(base: number, value: number): boolean {
  return value >= base && value - base < TWO_32
}

function isSame(a: EntryProfile, b: EntryProfile): boolean {
  return (
    a.staleMs === b.staleMs &&
    a.birthBase === b.birthBase &&
    a.createdBase === b.createdBase &&
    a.generation === b.generation &&
    isSameSaid(a, b)
  )
}

/** What the user has said of the entry. */
function isSameSaid(a: EntryProfile, b: Pick<EntryProfile, keyof SaidOfEntry>): boolean {
  return (
    a.slidingTtlMs === b.slidingTtlMs &&
    isSameTtl(a.ttl, b.ttl) &&
    isSameList(a.tags, b.tags) &&
    isSameList(a.dependsOn, b.dependsOn)
  )
}

function isSameTtl(a: EntryProfile['ttl'], b: EntryProfile['ttl']): boolean {
  if (a === b) return true
  if (a.kind === 'span') return b.kind === 'span' && a.ms === b.ms
  if (a.kind === 'until') return b.kind === 'until' && a.atMs === b.atMs
  return a.kind === b.kind
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false
  return true
}

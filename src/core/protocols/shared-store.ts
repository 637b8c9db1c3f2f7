import type { CacheEntry } from '../entities/cache-entry.ts'
import type { CacheKey } from '../value-objects/cache-key.ts'
import type { LogPosition } from '../value-objects/log-position.ts'
import type { EntryPage, StoreUsage } from './cache-repository.ts'
import type { PendingMark } from './shared-log.ts'

/** Where an entry was read. */
export interface SharedOrigin {
  readonly node: 'primary' | 'replica'
  /** Where the log stood there, read in the same breath; `undefined` where the log lies elsewhere, or it wasn't asked. */
  readonly logPosition: LogPosition | undefined
}

/** What lies under a key. What can't be read as an entry is absent, and told to whoever opened the store. */
export type SharedFinding =
  | { readonly kind: 'found'; readonly entry: CacheEntry; readonly origin: SharedOrigin }
  | { readonly kind: 'absent' }
  /** There was no answer. */
  | { readonly kind: 'fault'; readonly error: Error }

/** What tells a value from others that were stored under its key: of two loads without a mark between them the birth is one. */
export type ValueIdentity = Pick<CacheEntry, 'birth' | 'createdAtMs'>

/** Which value at the key doesn't count: none, this one, or any. */
export type RejectedValue = 'none' | 'any' | ValueIdentity

/** A lease that is asked for or held. */
export interface LeaseTerms {
  /** Random, and this load's own. */
  readonly token: string
  readonly leaseMs: number
}

/** What became of the wish for a lease. */
export type LeaseFinding =
  | Exclude<SharedFinding, { readonly kind: 'absent' }>
  | { readonly kind: 'leased' }
  /** Somebody else holds it, for this long at most. */
  | { readonly kind: 'held'; readonly leftMs: number }

/** A value on its way in, with the mark of its key that says that it is the newest. */
export interface AssertedEntry {
  readonly entry: CacheEntry
  readonly pending: PendingMark
  /**
   * Where the log stood when the value was known to be the newest. If a mark that may reach the key has come
   * since, it may be of a newer value: then the entry's own is a mark like any other, and nothing is stored.
   */
  readonly since: LogPosition
}

/** What became of an asserted entry: the place of its mark, which is its birth, and whether it is there. Or nobody knows. */
export type AssertedOutcome =
  | { readonly kind: 'marked'; readonly position: LogPosition; readonly isStored: boolean }
  | { readonly kind: 'fault'; readonly error: Error }

/**
 * The entries of one namespace on servers that several nodes share (L2), with a lease per key, so that one
 * node loads and stores at a time. Nothing here rejects but `list` and `usage`, and no call waits beyond
 * its deadline.
 */
export interface SharedStore {
  /** One finding per key, in the same order, in one batch. */
  getMany(keys: readonly CacheKey[]): Promise<readonly SharedFinding[]>
  /** The entry if there is one that counts, else the lease, unless somebody else holds it. */
  lease(key: CacheKey, terms: LeaseTerms, rejected: RejectedValue): Promise<LeaseFinding>
  /** Makes the lease last anew, if it is still this token's. Nobody waits for the answer. */
  renew(key: CacheKey, terms: LeaseTerms): void
  /** Ends the lease if it is this token's. Nobody waits for the answer. */
  release(key: CacheKey, token: string): void
  /** Stores the entry and ends the lease, if that is still this token's. `unknown`: there was no answer. */
  store(entry: CacheEntry, token: string): Promise<'stored' | 'refused' | 'unknown'>
  /**
   * Appends the marks and stores the entries, each born at the place of its mark, but for those that were
   * overtaken (`since`). The keys are different ones.
   */
  assertMany(entries: readonly AssertedEntry[]): Promise<readonly AssertedOutcome[]>
  /** Writes an entry again that was read from here, with another end of its life, if it is still there as it was read. */
  prolong(entry: CacheEntry): void
  /** Removes bytes of keys that are invalid or dead. False if some may still be there. */
  discard(keys: readonly CacheKey[]): Promise<boolean>
  /** As `EntryStore.list`. @throws CacheError CACHE_REPOSITORY_UNAVAILABLE */
  list(limit: number, cursor: string | undefined): Promise<EntryPage>
  /** Approximate: counted by a sample. @throws CacheError CACHE_REPOSITORY_UNAVAILABLE */
  usage(): Promise<StoreUsage>
}

/** What a shared store tells. */
export interface SharedStorePorts {
  /** Something under a key isn't what belongs there, or the server did less than it was asked. */
  readonly onFault: (key: CacheKey | undefined, did: string, error: unknown) => void
}

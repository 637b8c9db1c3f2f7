import type { CacheKey } from '../value-objects/cache-key.ts'
import type { CacheTag, DependencyName } from '../value-objects/cache-tag.ts'
import type { LogPosition } from '../value-objects/log-position.ts'
import type { PositionedMark } from './invalidation-log.ts'

/** A value as a sweep looks at it. */
export interface SweptEntry {
  readonly namespace: string
  readonly key: CacheKey
  readonly tags: readonly CacheTag[]
  readonly dependsOn: readonly DependencyName[]
  readonly birth: LogPosition
  /** What tells it from what was or will be stored under the same name; the store's own business. */
  readonly identity: Uint8Array
  /** Under which it lies. */
  readonly name: string
}

/** Some of the values. */
export interface SweepPage {
  /** How many names were looked at. */
  readonly looked: number
  /** What can't be read as an entry is left out. */
  readonly entries: readonly SweptEntry[]
  /** Hand it back for the next page; `undefined` on the last one. */
  readonly cursor: string | undefined
  /** Of the log, asked after all entries were read: whatever is of another one is of an older one. */
  readonly generation: string | undefined
}

/** What a sweep begins with. */
export interface SweepTable {
  readonly position: LogPosition
  /** The newest mark of each scope but hard ones of keys. */
  readonly marks: readonly PositionedMark[]
  /** Whatever was born before this seq is invalid; 0: nothing is for that. */
  readonly floorSeq: number
  /** For how long after the removal of a value an older copy of its server may still show it, in milliseconds. */
  readonly settleMs: number
}

/** What is retired. */
export interface Retirement {
  readonly token: string
  /** Marks up to here. */
  readonly position: LogPosition
  /** Those of which nothing is left. */
  readonly marks: readonly PositionedMark[]
  /** What `layout` said before the first page. */
  readonly layout: string
}

/**
 * The values of a cache on servers that several nodes share, for whoever removes what marks have made invalid.
 * All of it rejects with CacheError CACHE_REPOSITORY_UNAVAILABLE where a server didn't do what it was asked.
 */
export interface SweepStore {
  /** Takes the lease of the one sweep there is. `held`: somebody else sweeps; `idle`: there is nothing to be removed. */
  begin(token: string, leaseMs: number): Promise<SweepTable | 'held' | 'idle'>
  /** Makes the lease last anew; false if it was lost. */
  renew(token: string, leaseMs: number): Promise<boolean>
  /** Ends the lease if it is this token's. */
  end(token: string): Promise<void>
  /** Which servers hold the values; another text: something has moved or been replaced. `undefined`: it can't be told. */
  layout(): Promise<string | undefined>
  /** Every value that is there all the time comes at least once. */
  page(cursor: string | undefined): Promise<SweepPage>
  /** The entries as they lie there now; those that are gone are left out. */
  reread(entries: readonly SweptEntry[]): Promise<readonly SweptEntry[]>
  /** Removes those that are still as they were read; answers how many. */
  remove(entries: readonly SweptEntry[]): Promise<number>
  /**
   * Takes marks out of the table, unless they were said again after `position`, notes that nothing is left of older
   * generations, and tells all nodes so by a record of the log. False, and nothing is told, if the lease, the
   * generation or a server is another one. Ends the lease.
   */
  retire(retirement: Retirement): Promise<boolean>
}

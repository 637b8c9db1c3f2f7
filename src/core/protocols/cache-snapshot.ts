/**
 * What memory holds, outside of this process, so that a restart starts warm.
 *
 * A snapshot is true only as long as nothing is set or invalidated after it. So it is taken, not read:
 * whoever restores it removes it first, and whoever saved it removes it at the next mark.
 */
import type { CacheEntry } from '../entities/cache-entry.ts'
import type { InvalidationScope } from '../entities/invalidation-mark.ts'
import type { DependencyName } from '../value-objects/cache-tag.ts'
import type { LogPosition } from '../value-objects/log-position.ts'

/** What a snapshot says of itself at its beginning. */
export interface SnapshotHeader {
  readonly cacheName: string
  readonly savedAtMs: number
  /** Where the log stood when the saving began; the births of all records are of its generation. */
  readonly head: LogPosition
  /** True if others append to the log, too: then a log that has moved on has outdated the snapshot. */
  readonly isSharedLog: boolean
}

/** An entry as it was saved. */
export interface SnapshotRecord
  extends Pick<
    CacheEntry,
    | 'key'
    | 'priority'
    | 'ttl'
    | 'tags'
    | 'dependsOn'
    | 'createdAtMs'
    | 'expiresAtMs'
    | 'staleUntilMs'
    | 'slidingTtlMs'
    | 'isSoftInvalidated'
    | 'accessCount'
  > {
  readonly birthSeq: number
  /** Makes the value anew. Throws if the bytes can't be read here. Good until the next records are read. */
  readonly value: () => unknown
}

/** A mark that came while the records were written: older records that it reaches are invalid. */
export interface SnapshotMark {
  readonly namespace: string
  readonly seq: number
  readonly scope: InvalidationScope
  readonly soft: boolean
}

/** What `dependent` is made from. */
export interface SnapshotDependency {
  readonly dependent: DependencyName
  readonly dependsOn: readonly DependencyName[]
}

/** What a snapshot ends with. */
export interface SnapshotTail {
  /** Where the log stood when the saving ended. */
  readonly headSeq: number
  readonly marks: Iterable<SnapshotMark>
  readonly dependencies: Iterable<SnapshotDependency>
}

/** A snapshot on its way out. Invisible until `commit`; whoever is done with it calls `close`. */
export interface SnapshotWriter {
  /** True once so much waits that it should be flushed. */
  readonly isFull: boolean
  /** Begins the records of a namespace; each namespace once. */
  begin(namespace: string): void
  /** Adds an entry of the namespace that was begun; false if its value has no form in bytes. */
  add(entry: CacheEntry): boolean
  /** Writes what waits, and lets the event loop run. */
  flush(): Promise<void>
  /** Writes the tail, in place of an earlier one, and resolves once the whole lies safely on the disk. */
  finish(tail: SnapshotTail): Promise<void>
  /** Puts what was finished into its place, at once, and answers its size in bytes. */
  commit(): number
  /** Frees it, and removes what wasn't committed. Idempotent. Never rejects. */
  close(): Promise<void>
}

/** The records of one namespace in a snapshot. */
export interface SnapshotSection {
  readonly namespace: string
  readonly entries: number
  /** In the order in which they were added, some at a time, each made when it is its turn. Throws if the bytes aren't what `verify` saw. */
  records(): AsyncIterable<Iterable<SnapshotRecord>>
}

/** What a snapshot that was found whole holds. */
export interface CacheSnapshot {
  readonly sections: readonly SnapshotSection[]
  readonly headSeq: number
  readonly marks: readonly SnapshotMark[]
  readonly dependencies: readonly SnapshotDependency[]
}

/** A snapshot that nobody else can get any more. */
export interface TakenSnapshot {
  readonly header: SnapshotHeader
  /** Reads it from end to end. Rejects, with the reason in the message, if a single bit isn't as it was written. */
  verify(): Promise<CacheSnapshot>
  /** Frees it. Idempotent. */
  close(): void
}

/** What came of taking a snapshot. */
export type SnapshotTaking =
  | { readonly kind: 'taken'; readonly snapshot: TakenSnapshot }
  | { readonly kind: 'absent' }
  /** `isLeft`: it may still be there, and isn't somebody else's: the next mark has to remove it. */
  | { readonly kind: 'refused'; readonly reason: string; readonly isLeft: boolean }

/** Where snapshots lie. */
export interface SnapshotStore {
  /**
   * Begins a snapshot.
   *
   * @param keepsOlder whether one that is there stays until this one replaces it; else it is removed first, so that it isn't found if this one fails
   * @throws CacheError CACHE_SNAPSHOT_FAILED, also from the writer, if it can't be written, or something else than a snapshot lies there
   */
  create(path: string, header: SnapshotHeader, keepsOlder: boolean): Promise<SnapshotWriter>
  /**
   * Removes a snapshot for good and hands it over, at once. What is no snapshot, or is one of another
   * cache, stays where it is. Never throws.
   */
  take(path: string, cacheName: string): SnapshotTaking
  /** Removes a snapshot for good, at once; nothing happens if there is none. Throws if it can't. */
  remove(path: string): void
}

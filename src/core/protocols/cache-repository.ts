import type { CacheEntry } from '../entities/cache-entry.ts'
import type { CacheNamespace } from '../entities/cache-namespace.ts'
import type { InvalidationMark } from '../entities/invalidation-mark.ts'
import type { CacheKey } from '../value-objects/cache-key.ts'
import type { LogPosition } from '../value-objects/log-position.ts'

/** What a store holds, as far as it knows: entries that nobody has read since they died may still count. */
export interface StoreUsage {
  readonly entries: number
  /** Sum of `sizeBytes`, and whatever else the store counts per entry. */
  readonly bytes: number
}

/** One page of a listing. */
export interface EntryPage<V = unknown> {
  readonly entries: readonly CacheEntry<V>[]
  /** Hand it back for the next page; `undefined` on the last one. */
  readonly cursor: string | undefined
}

/**
 * Where the entries of one namespace lie. Users may bring their own: it needs these six methods and
 * no knowledge of invalidation, since whoever reads checks what comes out.
 *
 * Any method may reject: the cache then counts a miss or drops the write, and says so in a
 * `degraded` event. A method that doesn't settle within the repository timeout is taken as rejected.
 */
export interface EntryStore<V = unknown> {
  /** The entry as it was stored, fresh, stale or dead; `undefined` if there is none. */
  get(key: CacheKey): Promise<CacheEntry<V> | undefined> | CacheEntry<V> | undefined
  /**
   * Stores the entry in place of any with its key. False if it was refused, for want of space, say; it
   * then isn't there, and neither is an older one.
   */
  set(entry: CacheEntry<V>): Promise<boolean> | boolean
  /** True if there was an entry to remove. */
  delete(key: CacheKey): Promise<boolean> | boolean
  /** Removes all entries of the namespace. */
  clear(): Promise<void> | void
  /**
   * Entries in an order of the store's own, at most `limit` of them, beginning after `cursor`.
   * Entries that stay while a listing runs appear exactly once; others may appear or not.
   */
  list(limit: number, cursor: string | undefined): Promise<EntryPage<V>> | EntryPage<V>
  usage(): Promise<StoreUsage> | StoreUsage
}

/**
 * For which limit an entry had to leave: the most entries or bytes of its namespace, those of all
 * namespaces together (`shared`), or a limit that was lowered (`resize`).
 */
export type EvictionLimit = 'entries' | 'bytes' | 'shared' | 'resize'

/** What a memory store may hold at most; `undefined`: no such limit. */
export interface MemoryCapacity {
  readonly maxEntries: number | undefined
  readonly maxBytes: number | undefined
}

/** Which share of the lookups would have been hits with another capacity, 0 to 1, by a sample of the keys. */
export interface HitRatioEstimates {
  /** At half of what is held now. */
  readonly half: number
  /** At twice that. */
  readonly double: number
  /** At four times that. */
  readonly quadruple: number
}

/** What is told of an entry that left. */
export type RemovedEntry = Pick<CacheEntry, 'key' | 'priority' | 'sizeBytes' | 'expiresAtMs'>

/** Why an entry left a memory store. */
export type RemovalCause =
  | { readonly kind: 'expired' }
  | { readonly kind: 'evicted'; readonly rule: string; readonly limit: EvictionLimit }
  | { readonly kind: 'refused'; readonly rule: string }
  | {
      readonly kind: 'invalidated'
      readonly mark: InvalidationMark
      readonly position: LogPosition
    }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'deleted' }

/** How an entry stands against the marks that this node has applied. */
export type Validity =
  | { readonly kind: 'valid' }
  | {
      readonly kind: 'soft' | 'invalid'
      readonly mark: InvalidationMark | undefined
      readonly position: LogPosition
    }

/**
 * The rule of validity (DESIGN.md, section 6), as a store asks for it.
 *
 * A store remembers `version` with each entry that it found valid, and asks again only when `version`
 * has moved: on a hit all of invalidation is one integer comparison.
 */
export interface EntryValidity {
  /** Counts the scope marks that arrived; an entry checked at this count needs no new check. */
  readonly version: number
  check(entry: Pick<CacheEntry, 'key' | 'tags' | 'dependsOn' | 'birth'>): Validity
}

/** What a memory store is handed when a namespace opens. */
export interface MemoryStorePorts {
  readonly validity: EntryValidity
  /** Called for each entry that leaves or is refused; must not throw. */
  readonly onRemoved: (entry: RemovedEntry, cause: RemovalCause) => void
}

/**
 * A store in this process: every method answers at once, and `read` is the way of a hit.
 *
 * It applies the rule of validity and the life of the entries itself: what is invalid or dead is
 * absent from `get`, `list` and `read`, and leaves with its cause.
 */
export interface MemoryStore<V = unknown> extends EntryStore<V> {
  readonly isSynchronous: true
  /**
   * hot path: the value if it is fresh and valid, and counts the use for the eviction; else
   * `undefined`, as for a remembered absence, which `get` tells apart. Allocates nothing.
   */
  read(key: CacheKey): V | undefined
  /** Does not count as a use. Fresh or stale, never dead, never invalid by a hard mark. */
  get(key: CacheKey): CacheEntry<V> | undefined
  set(entry: CacheEntry<V>): boolean
  /** Why a value can't be kept here, as `set` would find; `undefined` if it can. Changes nothing. */
  rejects(value: unknown): unknown
  /** `cause` is what `onRemoved` is told; `deleted` if it isn't given. */
  delete(key: CacheKey, cause?: RemovalCause): boolean
  clear(): void
  list(limit: number, cursor: string | undefined): EntryPage<V>
  usage(): StoreUsage
  /** Counts a use and, given instants, moves the end of the entry's life; nothing happens if it is gone. */
  touch(
    key: CacheKey,
    life: { readonly expiresAtMs: number; readonly staleUntilMs: number } | undefined,
  ): void
  /**
   * Removes what has died, and what is over a limit that was lowered, for about `budgetMs` milliseconds.
   * True if nothing of that is left to do. Costs next to nothing when nothing is due.
   */
  expire(budgetMs: number): boolean
  /**
   * Removes dead and invalid entries for about `budgetMs` milliseconds, then stops. True once a whole
   * round has passed since `startRound` or the last true.
   */
  sweep(budgetMs: number): boolean
  /** Begins a new round: what `sweep` answers counts from here. */
  startRound(): void
  /** What more or less memory would bring; `undefined` as long as too little was looked up to tell. */
  estimates(): HitRatioEstimates | undefined
  /** Applies changed limits and policies; what is over the limit leaves, some of it in later calls of `expire`. */
  configure(namespace: CacheNamespace): void
}

/** A backend: memory, or one of the user's. Opens a store per namespace. */
export interface CacheRepository {
  /** Opens the store of a namespace; called once per name. Two namespaces never see each other's entries. */
  open(namespace: CacheNamespace, ports: MemoryStorePorts): EntryStore
  /** Changes what all namespaces together may hold; who is over it leaves in later calls of `expire`. Absent if there is no such limit. */
  resize?(capacity: MemoryCapacity): void
  /** Frees what it holds. Idempotent. Absent if there is nothing to free. */
  close?(): Promise<void> | void
}

/** True if the store answers in this process, at once. */
export function isMemoryStore<V>(store: EntryStore<V>): store is MemoryStore<V> {
  return 'isSynchronous' in store && store.isSynchronous === true
}

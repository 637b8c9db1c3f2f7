/**
 * A backend that answers later, made safe: every call ends within a deadline and none rejects.
 *
 * What it adds to the rule of validity: a write whose end isn't known (it failed, or is late) may still
 * land. So the mark of a key is only forgotten once a write of that key is confirmed that overlapped no
 * other and follows none of unknown end, and no mark younger than the oldest open write is retired.
 */
import { type CacheEntry, isCacheEntry } from '../../../core/entities/cache-entry.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { CacheTimeout } from '../../../core/exceptions/cache-timeout.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { EntryPage, EntryStore, StoreUsage } from '../../../core/protocols/cache-repository.ts'
import type { Scheduler } from '../../../core/protocols/scheduler.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'

/** What a write came to. `unknown`: it failed or is late, and may or may not have taken place. */
export type WriteOutcome = 'done' | 'refused' | 'unknown'

/** What a read came to. */
export type ReadOutcome =
  | { readonly kind: 'found'; readonly entry: CacheEntry }
  | { readonly kind: 'absent' }
  | { readonly kind: 'fault'; readonly error: unknown }

/** What a remote store is made of. */
export interface RemoteStorePorts {
  readonly store: EntryStore
  readonly timeoutMs: number
  readonly scheduler: Scheduler
  readonly onFault: (key: CacheKey | undefined, did: string, error: unknown) => void
  /** The newest write of the key at `seq` is confirmed, and nothing older of it can land any more. */
  readonly onSettled: (key: CacheKey, seq: number) => void
}

/** The writes of one key that are under way, or whose end isn't known. */
interface KeyWrites {
  pending: number
  isUncertain: boolean
  /** Two were under way at once: which of them the backend executed last, nobody knows. */
  isOverlapped: boolean
  oldestSeq: number
}

/** Most keys whose writes are remembered one by one; beyond it one floor stands for all. */
const MAX_OPEN_KEYS = 100_000

export class RemoteStore {
  readonly #ports: RemoteStorePorts
  readonly #writes = new Map<CacheKey, KeyWrites>()
  /** Once set, nothing younger is ever forgotten: too many writes have an unknown end. */
  #floorSeq: number | undefined

  constructor(ports: RemoteStorePorts) {
    this.#ports = ports
  }

  async get(key: CacheKey): Promise<ReadOutcome> {
    try {
      const entry: unknown = await this.#within('read', key, () => this.#ports.store.get(key))
      if (entry === undefined) return { kind: 'absent' }
      if (isCacheEntry(entry, key)) return { kind: 'found', entry }
      throw new CacheError(
        'CACHE_VALUE_INVALID',
        `Cannot use what the repository holds: expected an entry of the key ${describeValue(key)}`,
      )
    } catch (error) {
      // The caller is better off with a miss than with an error that isn't its own.
      this.#ports.onFault(key, 'counted a miss', error)
      return { kind: 'fault', error }
    }
  }

  set(entry: CacheEntry): Promise<WriteOutcome> {
    return this.#write(entry.key, entry.birth.seq, () => this.#ports.store.set(entry))
  }

  /** Removes what is older than the mark at `seq`. */
  delete(key: CacheKey, seq: number): Promise<WriteOutcome> {
    return this.#write(key, seq, async () => {
      await this.#ports.store.delete(key)
      return true
    })
  }

  /** Removes bytes that are already invalid; nothing depends on its success. */
  async discard(key: CacheKey): Promise<void> {
    try {
      await this.#within('delete', key, () => this.#ports.store.delete(key))
    } catch (error) {
      this.#ports.onFault(key, 'left the bytes for the next sweep', error)
    }
  }

  /** @throws what the repository throws: who lists wants to know. */
  list(limit: number, cursor: string | undefined): Promise<EntryPage> {
    return this.#within('list', undefined, () => this.#ports.store.list(limit, cursor))
  }

  async usage(): Promise<StoreUsage | undefined> {
    try {
      return await this.#within('measure', undefined, () => this.#ports.store.usage())
    } catch (error) {
      this.#ports.onFault(undefined, 'left the usage out', error)
      return undefined
    }
  }

  /** Removes all bytes; validity doesn't depend on it. */
  async clear(): Promise<void> {
    try {
      await this.#within('clear', undefined, () => this.#ports.store.clear())
    } catch (error) {
      this.#ports.onFault(undefined, 'left the bytes to the sweeper', error)
    }
  }

  /** No mark above this may be retired; `undefined` if no write is open. */
  oldestOpenSeq(): number | undefined {
    let oldest = this.#floorSeq
    for (const writes of this.#writes.values()) {
      if (oldest === undefined || writes.oldestSeq < oldest) oldest = writes.oldestSeq
    }
    return oldest
  }

  async #write(
    key: CacheKey,
    seq: number,
    act: () => Promise<boolean> | boolean,
  ): Promise<WriteOutcome> {
    const writes = this.#writes.get(key) ?? {
      pending: 0,
      isUncertain: false,
      isOverlapped: false,
      oldestSeq: seq,
    }
    writes.isOverlapped ||= writes.pending > 0
    writes.oldestSeq = Math.min(writes.oldestSeq, seq)
    writes.pending += 1
    this.#writes.set(key, writes)
    try {
      const isDone = await this.#within('write', key, act)
      this.#settle(key, writes, seq)
      return isDone === false ? 'refused' : 'done'
    } catch (error) {
      writes.pending -= 1
      writes.isUncertain = true
      if (this.#writes.size > MAX_OPEN_KEYS) this.#foldUncertain()
      this.#ports.onFault(key, 'went on without storing', error)
      return 'unknown'
    }
  }

  #settle(key: CacheKey, writes: KeyWrites, seq: number): void {
    writes.pending -= 1
    if (writes.pending > 0 || writes.isUncertain) return
    this.#writes.delete(key)
    if (this.#floorSeq === undefined && !writes.isOverlapped) this.#ports.onSettled(key, seq)
  }

  #foldUncertain(): void {
    this.#floorSeq = this.oldestOpenSeq()
    for (const [key, writes] of this.#writes) if (writes.pending === 0) this.#writes.delete(key)
  }

  #within<T>(verb: string, key: CacheKey | undefined, act: () => Promise<T> | T): Promise<T> {
    const { scheduler, timeoutMs } = this.#ports
    return new Promise<T>((resolve, reject) => {
      const cancel = scheduler.after(timeoutMs, () => {
        reject(
          new CacheTimeout(
            `${verb} ${key === undefined ? 'the repository' : describeValue(key)}`,
            timeoutMs,
          ),
        )
      })
      const attempt = async (): Promise<T> => act()
      attempt().then(resolve, reject).finally(cancel)
    })
  }
}

/**
 * A backend that answers later, made safe: every call ends within a deadline and none rejects.
 *
 * What it adds to the rule of validity: a write whose end isn't known (it failed, or is late) may still
 * land. So the mark of a key is only forgotten once a write of that key is confirmed that overlapped no
 * other and follows none of unknown end, and whoever retires marks asks which writes are open. And a read
 * under way may yet answer what the backend held before: it is judged the moment it answers, and no mark
 * is forgotten before the reads have ended that could answer what it hit.
 */
import { type CacheEntry, isCacheEntry } from '../../../core/entities/cache-entry.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { EntryPage, EntryStore, StoreUsage } from '../../../core/protocols/cache-repository.ts'
import type { Scheduler } from '../../../core/protocols/scheduler.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { CacheTag, DependencyName } from '../../../core/value-objects/cache-tag.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { withinDeadline } from './within-deadline.ts'

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
  /** The entry as it may be served now; `undefined` if it may not. */
  readonly judge: (entry: CacheEntry) => CacheEntry | undefined
  readonly onFault: (key: CacheKey | undefined, did: string, error: unknown) => void
  /** The newest write of the key at `seq` is confirmed, and nothing older of it can land any more. */
  readonly onSettled: (key: CacheKey, seq: number) => void
  /** More keys have writes of unknown end than can be remembered one by one; `forgetUncertain` makes room. */
  readonly onOverflow: () => void
}

/** What may yet land under a key: an entry born then or later, with some of these memberships. */
export interface OpenWrite {
  readonly key: CacheKey
  readonly tags: ReadonlySet<CacheTag>
  readonly dependsOn: ReadonlySet<DependencyName>
  /** The oldest of them. */
  readonly birth: LogPosition
}

/** The writes of one key that are under way, or whose end isn't known. */
interface KeyWrites extends OpenWrite {
  readonly tags: Set<CacheTag>
  readonly dependsOn: Set<DependencyName>
  birth: LogPosition
  newestSeq: number
  pending: number
  isUncertain: boolean
  /** Two were under way at once: which of them the backend executed last, nobody knows. */
  isOverlapped: boolean
}

/** Most keys whose writes are remembered one by one. */
export const MAX_OPEN_KEYS = 100_000

export class RemoteStore {
  readonly #ports: RemoteStorePorts
  readonly #maxOpenKeys: number
  readonly #writes = new Map<CacheKey, KeyWrites>()
  readonly #reads = new Map<CacheKey, Set<Promise<unknown>>>()

  constructor(ports: RemoteStorePorts, maxOpenKeys: number = MAX_OPEN_KEYS) {
    this.#ports = ports
    this.#maxOpenKeys = maxOpenKeys
  }

  /** What may be served of a key, judged when the backend answers. */
  get(key: CacheKey): Promise<ReadOutcome> {
    const reads = this.#reads.get(key) ?? new Set()
    this.#reads.set(key, reads)
    const read = this.#read(key).finally(() => {
      reads.delete(read)
      if (reads.size === 0) this.#reads.delete(key)
    })
    reads.add(read)
    return read
  }

  set(entry: CacheEntry): Promise<WriteOutcome> {
    return this.#write(entry, () => this.#ports.store.set(entry))
  }

  /** Removes what is older than the mark at this place in the log. */
  delete(key: CacheKey, position: LogPosition): Promise<WriteOutcome> {
    return this.#write({ key, tags: [], dependsOn: [], birth: position }, async () => {
      await this.#ports.store.delete(key)
      return true
    })
  }

  /** Removes bytes that are already invalid or dead. False if they may still be there. */
  async discard(key: CacheKey): Promise<boolean> {
    try {
      await this.#within('delete', key, () => this.#ports.store.delete(key))
      return true
    } catch (error) {
      this.#ports.onFault(key, 'left the bytes for the next sweep', error)
      return false
    }
  }

  /** What is no entry is left out. @throws what the repository throws: who lists wants to know. */
  async list(limit: number, cursor: string | undefined): Promise<EntryPage> {
    const page: unknown = await this.#within('list', undefined, () =>
      this.#ports.store.list(limit, cursor),
    )
    if (!isPage(page) || (page.cursor !== undefined && page.cursor === cursor)) {
      throw new CacheError(
        'CACHE_VALUE_INVALID',
        'Cannot list: expected of the repository a page of entries whose cursor leads on',
      )
    }
    return {
      entries: page.entries.filter((entry) => isCacheEntry(entry)),
      cursor: page.cursor ?? undefined,
    }
  }

  async usage(): Promise<StoreUsage | undefined> {
    try {
      return await this.#within('measure', undefined, () => this.#ports.store.usage())
    } catch (error) {
      this.#ports.onFault(undefined, 'left the usage out', error)
      return undefined
    }
  }

  /** What was begun and may yet land, each key once. */
  openWrites(): readonly OpenWrite[] {
    return [...this.#writes.values()].map(({ key, tags, dependsOn, birth }) => ({
      key,
      tags: new Set(tags),
      dependsOn: new Set(dependsOn),
      birth,
    }))
  }

  /** Forgets the writes of unknown end of what was born before `seq`: it is invalid from here on. */
  forgetUncertain(seq: number): void {
    for (const [key, writes] of this.#writes) {
      if (writes.pending === 0 && writes.newestSeq < seq) this.#writes.delete(key)
    }
  }

  /** Resolves once the reads have ended that are under way now. */
  async readsEnded(): Promise<void> {
    await Promise.all([...this.#reads.values()].flatMap((reads) => [...reads]))
  }

  async #read(key: CacheKey): Promise<ReadOutcome> {
    try {
      const entry: unknown = await this.#within('read', key, () => this.#ports.store.get(key))
      if (entry === undefined) return { kind: 'absent' }
      if (isCacheEntry(entry, key)) {
        const judged = this.#ports.judge(entry)
        return judged === undefined ? { kind: 'absent' } : { kind: 'found', entry: judged }
      }
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

  async #write(
    entry: Pick<CacheEntry, 'key' | 'tags' | 'dependsOn' | 'birth'>,
    act: () => Promise<boolean> | boolean,
  ): Promise<WriteOutcome> {
    const { key, birth } = entry
    const writes = this.#begun(entry)
    try {
      const isDone = await this.#within('write', key, act)
      this.#settle(writes, birth.seq)
      return isDone === false ? 'refused' : 'done'
    } catch (error) {
      writes.pending -= 1
      writes.isUncertain = true
      if (this.#writes.size > this.#maxOpenKeys) this.#ports.onOverflow()
      this.#ports.onFault(key, 'went on without storing', error)
      return 'unknown'
    }
  }

  #begun(entry: Pick<CacheEntry, 'key' | 'tags' | 'dependsOn' | 'birth'>): KeyWrites {
    const { key, birth } = entry
    const writes = this.#writes.get(key) ?? {
      key,
      tags: new Set(),
      dependsOn: new Set(),
      birth,
      newestSeq: birth.seq,
      pending: 0,
      isUncertain: false,
      isOverlapped: false,
    }
    for (const tag of entry.tags) writes.tags.add(tag)
    for (const name of entry.dependsOn) writes.dependsOn.add(name)
    if (birth.seq < writes.birth.seq) writes.birth = birth
    writes.newestSeq = Math.max(writes.newestSeq, birth.seq)
    writes.isOverlapped ||= writes.pending > 0
    writes.pending += 1
    this.#writes.set(key, writes)
    return writes
  }

  #settle(writes: KeyWrites, seq: number): void {
    writes.pending -= 1
    if (writes.pending > 0 || writes.isUncertain) return
    this.#writes.delete(writes.key)
    if (writes.isOverlapped) return
    const reads = this.#reads.get(writes.key)
    if (reads === undefined) this.#ports.onSettled(writes.key, seq)
    else void Promise.all(reads).then(() => this.#ports.onSettled(writes.key, seq))
  }

  #within<T>(verb: string, key: CacheKey | undefined, act: () => Promise<T> | T): Promise<T> {
    const { scheduler, timeoutMs } = this.#ports
    const what = `${verb} ${key === undefined ? 'the repository' : describeValue(key)}`
    return withinDeadline(scheduler, timeoutMs, what, act)
  }
}

function isPage(page: unknown): page is { entries: unknown[]; cursor: string | null | undefined } {
  if (typeof page !== 'object' || page === null) return false
  const cursor: unknown = Reflect.get(page, 'cursor')
  return (
    Array.isArray(Reflect.get(page, 'entries')) &&
    (typeof cursor === 'string' || cursor === undefined || cursor === null)
  )
}

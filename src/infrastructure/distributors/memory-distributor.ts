import type { InvalidationMark } from '../../core/entities/invalidation-mark.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import type { DistributionService } from '../../core/protocols/distribution-service.ts'
import type {
  InvalidationLog,
  LogPage,
  PositionedMark,
  UnheardSet,
} from '../../core/protocols/invalidation-log.ts'
import type { Random } from '../../core/protocols/random.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { LogPosition } from '../../core/value-objects/log-position.ts'

type Listener = (mark: PositionedMark) => void

/** A log that answers everything at once. */
export interface MemoryInvalidationLog extends InvalidationLog {
  append(mark: InvalidationMark): LogPosition
  appendUnheard(set: UnheardSet): LogPosition | undefined
  read(from: LogPosition, limit: number): LogPage
  close(): void
}

/** How many of the newest marks a log keeps for its readers when nothing else is said. */
export const DEFAULT_KEPT_MARKS = 1000

/**
 * Logs in this process: caches of the same name that share a distributor share a log.
 *
 * A log lives from the first cache that opens it until the last one closes it; opened again it is
 * another generation.
 */
export class MemoryDistributor implements DistributionService {
  readonly #random: Random
  readonly #keptMarks: number
  readonly #logs = new Map<string, SharedLog>()

  /** @param keptMarks how many of the newest marks a log keeps, at least 1 */
  constructor(random: Random, keptMarks: number = DEFAULT_KEPT_MARKS) {
    this.#random = random
    this.#keptMarks = keptMarks
  }

  open(cacheName: string): MemoryInvalidationLog {
    const log = this.#logs.get(cacheName) ?? new SharedLog(this.#random.token(), this.#keptMarks)
    this.#logs.set(cacheName, log)
    log.users += 1
    return new MemoryLog(log, () => {
      log.users -= 1
      if (log.users === 0 && this.#logs.get(cacheName) === log) this.#logs.delete(cacheName)
    })
  }

  /** Forgets all logs; whoever has one open can use it on, alone with those who share it. */
  close(): void {
    this.#logs.clear()
  }
}

/** What the caches of one name have in common. */
class SharedLog {
  users = 0
  head: LogPosition
  readonly #kept: MarkRing
  /** Replaced as a whole when one comes or goes, so that a delivery under way isn't disturbed. */
  #listeners: readonly Listener[] = []
  /** Marks that a listener appended while a mark was on its way to the listeners. */
  readonly #waiting: PositionedMark[] = []
  #isDelivering = false

  constructor(generation: string, keptMarks: number) {
    this.head = Object.freeze({ generation, seq: 0 })
    this.#kept = new MarkRing(keptMarks)
  }

  append(mark: InvalidationMark): LogPosition {
    this.#kept.add(mark)
    const position = this.#advance()
    if (this.#listeners.length > 0) this.#deliver({ position, mark })
    return position
  }

  /** Adds it if there is but one listener, which needn't hear of it. */
  appendUnheard(set: UnheardSet): LogPosition | undefined {
    if (this.#listeners.length !== 1 || this.#isDelivering) return undefined
    this.#kept.addSet(set)
    return this.#advance()
  }

  #advance(): LogPosition {
    this.head = { generation: this.head.generation, seq: this.head.seq + 1 }
    return this.head
  }

  read(from: LogPosition, limit: number): LogPage {
    const { generation, seq: newestSeq } = this.head
    const oldestSeq = newestSeq - this.#kept.size + 1
    const isContinuous =
      from.generation === generation && from.seq >= oldestSeq - 1 && from.seq <= newestSeq
    const firstSeq = isContinuous ? from.seq + 1 : oldestSeq
    const endSeq = Math.min(newestSeq + 1, firstSeq + limit)
    const marks: PositionedMark[] = []
    for (let seq = firstSeq; seq < endSeq; seq += 1) {
      marks.push({ position: { generation, seq }, mark: this.#kept.at(seq) })
    }
    return { marks, isContinuous }
  }

  subscribe(listener: Listener): () => void {
    // Wrapped, so that the same function subscribed twice is called twice and ended one by one.
    let hasEnded = false
    const own: Listener = (mark) => {
      if (!hasEnded) listener(mark)
    }
    this.#listeners = [...this.#listeners, own]
    return () => {
      hasEnded = true
      this.#listeners = this.#listeners.filter((listener) => listener !== own)
    }
  }

  /**
   * All listeners get a mark before any gets the next one, also when a listener appends. One that throws
   * keeps no mark from the others; what it threw is thrown at the end.
   */
  #deliver(positioned: PositionedMark): void {
    if (this.#isDelivering) {
      this.#waiting.push(positioned)
      return
    }
    this.#isDelivering = true
    let failure: { readonly error: unknown } | undefined
    let next: PositionedMark | undefined = positioned
    while (next !== undefined) {
      for (const listener of this.#listeners) {
        try {
          listener(next)
        } catch (error) {
          failure ??= { error }
        }
      }
      next = this.#waiting.shift()
    }
    this.#isDelivering = false
    if (failure !== undefined) throw failure.error
  }
}

/**
 * The newest marks. A ring once it is full: the mark of position `seq` stands at `(seq - 1) % capacity`.
 *
 * Nearly all marks are those of `set`, and nobody reads them again as long as all goes well: of these only
 * what differs is kept, in columns, and the record is made when it is asked for. Ten thousand records that
 * were just made, and one more with each set, were a third of what a set cost (November 2026): the
 * collector copied them all.
 */
class MarkRing {
  readonly #capacity: number
  #newestSeq = 0
  /** The key of a plain `set` mark, or another mark. */
  readonly #marks: (CacheKey | InvalidationMark)[] = []
  /** Of plain `set` marks only. */
  readonly #namespaces: string[] = []
  readonly #origins: string[] = []
  readonly #atMs: number[] = []

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#marks.length
  }

  add(mark: InvalidationMark): void {
    const { namespace, scope, origin, atMs } = mark
    const isPlain =
      mark.act === 'set' && scope.kind === 'key' && !mark.soft && mark.reason === undefined
    this.addSet({ namespace, key: '' as CacheKey, origin, atMs })
    this.#marks[(this.#newestSeq - 1) % this.#capacity] = isPlain ? scope.key : mark
  }

  addSet({ namespace, key, origin, atMs }: UnheardSet): void {
    const at = this.#newestSeq % this.#capacity
    this.#newestSeq += 1
    this.#marks[at] = key
    this.#namespaces[at] = namespace
    this.#origins[at] = origin
    this.#atMs[at] = atMs
  }

  /** @param seq of a mark that is kept */
  at(seq: number): InvalidationMark {
    const at = (seq - 1) % this.#capacity
    const kept = this.#marks[at]
    if (typeof kept === 'object') return kept
    return {
      namespace: this.#namespaces[at] ?? '',
      scope: { kind: 'key', key: kept as CacheKey },
      soft: false,
      act: 'set',
      origin: this.#origins[at] ?? '',
      reason: undefined,
      atMs: this.#atMs[at] ?? 0,
    }
  }
}

/** One cache's view of a log: what it subscribed ends when it closes. */
class MemoryLog implements MemoryInvalidationLog {
  readonly #log: SharedLog
  readonly #onClose: () => void
  readonly #subscriptions = new Set<() => void>()
  #isClosed = false

  constructor(log: SharedLog, onClose: () => void) {
    this.#log = log
    this.#onClose = onClose
  }

  /** @throws CacheError CACHE_CLOSED */
  append(mark: InvalidationMark): LogPosition {
    if (this.#isClosed) {
      throw new CacheError('CACHE_CLOSED', 'Cannot append to the invalidation log: it is closed')
    }
    return this.#log.append(mark)
  }

  appendUnheard(set: UnheardSet): LogPosition | undefined {
    // With more than one of its own, one of them could be somebody else.
    return this.#subscriptions.size === 1 ? this.#log.appendUnheard(set) : undefined
  }

  read(from: LogPosition, limit: number): LogPage {
    return this.#log.read(from, limit)
  }

  head(): LogPosition {
    return this.#log.head
  }

  subscribe(listener: Listener): () => void {
    const end = this.#log.subscribe(listener)
    this.#subscriptions.add(end)
    return () => {
      this.#subscriptions.delete(end)
      end()
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const end of this.#subscriptions) end()
    this.#subscriptions.clear()
    this.#onClose()
  }
}

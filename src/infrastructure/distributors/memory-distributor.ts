import type { InvalidationMark } from '../../core/entities/invalidation-mark.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import type { DistributionService } from '../../core/protocols/distribution-service.ts'
import type {
  InvalidationLog,
  LogPage,
  PositionedMark,
} from '../../core/protocols/invalidation-log.ts'
import type { Random } from '../../core/protocols/random.ts'
import type { LogPosition } from '../../core/value-objects/log-position.ts'

type Listener = (mark: PositionedMark) => void

/** A log that answers everything at once. */
export interface MemoryInvalidationLog extends InvalidationLog {
  append(mark: InvalidationMark): LogPosition
  read(from: LogPosition, limit: number): LogPage
  close(): void
}

/** How many of the newest marks a log keeps for its readers when nothing else is said. */
export const DEFAULT_KEPT_MARKS = 10_000

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
  /** A ring once it is full: the mark of position `seq` stands at `(seq - 1) % keptMarks`. */
  readonly #marks: PositionedMark[] = []
  readonly #keptMarks: number
  readonly #listeners = new Set<Listener>()
  /** Marks that a listener appended while a mark was on its way to the listeners. */
  readonly #waiting: PositionedMark[] = []
  #isDelivering = false

  constructor(generation: string, keptMarks: number) {
    this.head = Object.freeze({ generation, seq: 0 })
    this.#keptMarks = keptMarks
  }

  append(mark: InvalidationMark): LogPosition {
    const position = { generation: this.head.generation, seq: this.head.seq + 1 }
    const positioned = { position, mark }
    this.#marks[(position.seq - 1) % this.#keptMarks] = positioned
    this.head = position
    if (this.#listeners.size > 0) this.#deliver(positioned)
    return position
  }

  read(from: LogPosition, limit: number): LogPage {
    const { generation, seq: newestSeq } = this.head
    const oldestSeq = newestSeq - this.#marks.length + 1
    const isContinuous =
      from.generation === generation && from.seq >= oldestSeq - 1 && from.seq <= newestSeq
    const firstSeq = isContinuous ? from.seq + 1 : oldestSeq
    const endSeq = Math.min(newestSeq + 1, firstSeq + limit)
    const marks: PositionedMark[] = []
    for (let seq = firstSeq; seq < endSeq; seq += 1) {
      const mark = this.#marks[(seq - 1) % this.#keptMarks]
      if (mark !== undefined) marks.push(mark)
    }
    return { marks, isContinuous }
  }

  subscribe(listener: Listener): () => void {
    // Wrapped, so that the same function subscribed twice is called twice and ended one by one.
    const own: Listener = (mark) => listener(mark)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
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

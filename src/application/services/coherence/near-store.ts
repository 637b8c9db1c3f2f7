// hot path: benchmarks/memory-hit.bench.ts
/**
 * L1 of a namespace whose entries are shared: memory that answers only while this node is known to have
 * heard of every mark, and never for what waits in the outbox.
 *
 * While the node isn't coherent, what its own factories make is kept for one lease from when they began,
 * so that an outage doesn't run a factory for each read.
 */
import { type CacheEntry, freshnessAt } from '../../../core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../../core/entities/cache-namespace.ts'
import type { EntryValidity, MemoryStore } from '../../../core/protocols/cache-repository.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { FlightMembership } from '../single-flight.ts'

/** Most values that are kept through an outage; when there are more, the oldest leaves. */
const MAX_KEPT_ALONE = 10_000

/** What the store needs to know of its node. */
export interface NearStorePorts {
  readonly memory: MemoryStore
  readonly marks: Pick<EntryValidity, 'check'>
  readonly node: {
    readonly isCoherent: boolean
    readonly pendingMarks: number
    isAwaitingMark(namespace: string, member: FlightMembership): boolean
  }
  readonly namespace: string
  readonly clock: Clock
}

interface KeptAlone {
  readonly entry: CacheEntry
  readonly untilMs: number
}

export class NearStore {
  readonly memory: MemoryStore
  readonly #ports: NearStorePorts
  readonly #keptAlone = new Map<CacheKey, KeptAlone>()

  constructor(ports: NearStorePorts) {
    this.#ports = ports
    this.memory = ports.memory
  }

  /** hot path: as `MemoryStore.read`. */
  read(key: CacheKey): unknown {
    const { node } = this.#ports
    if (!node.isCoherent || node.pendingMarks > 0) return undefined
    return this.memory.read(key)
  }

  configure(namespace: CacheNamespace): void {
    this.memory.configure(namespace)
  }

  /** The entry as it may be served, fresh or stale. */
  get(key: CacheKey): CacheEntry | undefined {
    const entry = this.#ports.node.isCoherent ? this.memory.get(key) : this.#aloneOf(key)
    return entry === undefined || this.#isAwaitingMark(entry) ? undefined : entry
  }

  /** True if it is held now. */
  set(entry: CacheEntry): boolean {
    return !this.#isAwaitingMark(entry) && this.memory.set(entry)
  }

  /** Keeps what was made while the node wasn't coherent, until `untilMs` on the monotonic clock. */
  keepAlone(entry: CacheEntry, untilMs: number): void {
    // What memory holds is older than this, and would be served again once the node is coherent.
    this.drop(entry.key)
    this.#keptAlone.set(entry.key, { entry, untilMs })
    if (this.#keptAlone.size <= MAX_KEPT_ALONE) return
    const [oldest] = this.#keptAlone.keys()
    if (oldest !== undefined) this.#keptAlone.delete(oldest)
  }

  /** Drops what a mark reaches that stands in the table already. */
  apply({ mark, position }: PositionedMark): void {
    if (mark.scope.kind !== 'key') return
    const { key } = mark.scope
    this.#keptAlone.delete(key)
    const held = this.memory.get(key)
    // What a set of this node has stored was born at its own mark.
    if (held === undefined || held.birth.seq >= position.seq || mark.soft) return
    const cause = mark.act === 'delete' ? 'deleted' : 'invalidated'
    this.memory.delete(key, cause === 'deleted' ? { kind: cause } : { kind: cause, mark, position })
  }

  /** A newer value of the key was answered. */
  drop(key: CacheKey): void {
    this.#keptAlone.delete(key)
    this.memory.delete(key, { kind: 'replaced' })
  }

  clear(): void {
    this.#keptAlone.clear()
    this.memory.clear()
  }

  #aloneOf(key: CacheKey): CacheEntry | undefined {
    const kept = this.#keptAlone.get(key)
    if (kept === undefined) return undefined
    const { clock, marks } = this.#ports
    const isUsable =
      clock.monotonicMs() < kept.untilMs &&
      freshnessAt(kept.entry, clock.nowMs()) !== 'dead' &&
      marks.check(kept.entry).kind === 'valid'
    if (!isUsable) this.#keptAlone.delete(key)
    return isUsable ? kept.entry : undefined
  }

  #isAwaitingMark(entry: CacheEntry): boolean {
    return this.#ports.node.isAwaitingMark(this.#ports.namespace, entry)
  }
}

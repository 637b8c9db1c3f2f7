/**
 * Servers that nodes share, in this process: a log, values and leases, as `SharedLog` and `SharedStore` say.
 * Each node has a link of its own (`SharedLink`).
 */
import { isReached } from '../../src/application/services/single-flight.ts'
import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import { describeScope } from '../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import type { LogAnswer, LogRecord, PendingMark } from '../../src/core/protocols/shared-log.ts'
import type { AssertedEntry, LeaseTerms } from '../../src/core/protocols/shared-store.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import { DependencyInvalidator } from '../../src/infrastructure/invalidators/dependency-invalidator.ts'

interface HeldRecord extends LogRecord {
  readonly mark: PendingMark['mark']
}

interface Lease {
  readonly token: string
  readonly untilMs: number
}

/** The server: what it holds outlives the links to it. Leases end by `nowMs`; never, where no time is given. */
export class SharedServers {
  readonly entries: Map<string, CacheEntry> = new Map()
  readonly leases: Map<string, Lease> = new Map()
  /** Whose doorbells ring. */
  readonly links: Set<{ ring(position: LogPosition): void }> = new Set()
  /** What depends on what. */
  readonly graph: DependencyInvalidator = new DependencyInvalidator()
  records: HeldRecord[] = []
  generation: string | undefined
  seq = 0
  /** What `haveAllApplied` answers. */
  haveAllApplied = true
  /** How many values were stored under a lease, and asserted. */
  stores = 0
  readonly #nowMs: () => number
  readonly #scopes = new Map<string, PositionedMark>()
  #ancestors: readonly string[] = []
  #founded = 0

  constructor(nowMs: () => number = () => 0) {
    this.#nowMs = nowMs
  }

  get position(): LogPosition {
    return { generation: this.generation ?? '', seq: this.seq }
  }

  /** As FLUSHALL does. */
  flush(): void {
    this.entries.clear()
    this.leases.clear()
    this.#begin(undefined)
  }

  found(ancestors: readonly string[]): void {
    this.#founded += 1
    this.#ancestors = ancestors
    this.#begin(`g${this.#founded}`)
  }

  /** As MAXLEN does: the log keeps this many records; the scopes stay. */
  trim(kept: number): void {
    this.records = kept === 0 ? [] : this.records.slice(-kept)
  }

  append({ id, mark, isAwaited }: PendingMark): LogPosition {
    if (this.generation === undefined) throw new Error('no log')
    this.seq += 1
    this.records.push({ id, seq: this.seq, mark, isAwaited })
    const { scope, namespace, soft } = mark
    const { position } = this
    if (scope.kind === 'key') {
      if (!soft) this.entries.delete(`${namespace}/${scope.key}`)
      this.leases.delete(`${namespace}/${scope.key}`)
    }
    if (scope.kind !== 'key' || soft) {
      const name = `${namespace}/${soft}/${describeScope(scope)}`
      this.#scopes.set(name, { position, mark })
    }
    for (const link of this.links) link.ring(position)
    return position
  }

  answer(from: LogPosition | undefined, limit: number = Number.POSITIVE_INFINITY): LogAnswer {
    const { generation } = this
    const isOurs = from === undefined || from.generation === generation
    const isKnown = from !== undefined && isOurs
    return {
      generation,
      ancestors: this.#ancestors,
      tail: { seq: this.seq, id: this.records.at(-1)?.id ?? '' },
      records: isKnown ? this.records.filter(({ seq }) => seq >= from.seq).slice(0, limit) : [],
      scopes: from === undefined ? [...this.#scopes.values()] : [],
      floorSeq: 0,
      isKnownServer: true,
      absentNodes: 0,
    }
  }

  /** The token that holds the lease now. */
  holderOf(name: string): string | undefined {
    const lease = this.leases.get(name)
    return lease === undefined || this.#nowMs() >= lease.untilMs ? undefined : lease.token
  }

  lease(name: string, { token, leaseMs }: LeaseTerms): void {
    this.leases.set(name, { token, untilMs: this.#nowMs() + leaseMs })
  }

  /** True if a mark has come since that may reach the entry. */
  isOvertaken({ entry, since }: AssertedEntry): boolean {
    if (since.generation !== this.generation) return true
    return this.records.some(
      ({ seq, mark }) =>
        seq > since.seq &&
        mark.namespace === entry.namespace &&
        isReached(entry, mark.scope, undefined),
    )
  }

  #begin(generation: string | undefined): void {
    this.records = []
    this.#scopes.clear()
    this.seq = 0
    this.generation = generation
  }
}

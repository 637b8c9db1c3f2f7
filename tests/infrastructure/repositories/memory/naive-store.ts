import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import type { RemovalCause } from '../../../../src/core/protocols/cache-repository.ts'
import { priorityRank } from '../../../../src/core/value-objects/cache-priority.ts'
import type { EvictionPolicy } from '../../../../src/core/value-objects/eviction-policy.ts'
import { type NaiveItem, type NaiveOrder, naiveOrder } from './naive-order.ts'

/** What a namespace may hold, and how it chooses. */
export interface NaiveLimits {
  readonly maxEntries: number | undefined
  readonly maxBytes: number | undefined
  readonly evictionPolicy: EvictionPolicy
}

interface Held extends NaiveItem {
  readonly entry: CacheEntry
  readonly charge: number
  expiresAtMs: number
  staleUntilMs: number
  isSoft: boolean
}

type Kind = RemovalCause['kind']

const OVERHEAD_BYTES = 400
const CRITICAL = 3

/** A store as its documentation describes it: a list, searched from end to end for everything. */
export class NaiveStore {
  nowMs = 0
  /** Who left: `value kind`. */
  readonly removals: string[] = []
  /** The newest mark of each key, by the kind of mark. */
  readonly hardMarks: Map<string, number> = new Map()
  readonly softMarks: Map<string, number> = new Map()
  #limits: NaiveLimits
  #order: NaiveOrder
  #held: Held[] = []
  #made = 0

  constructor(limits: NaiveLimits) {
    this.#limits = limits
    this.#order = naiveOrder(limits.evictionPolicy)
  }

  get usage(): { entries: number; bytes: number } {
    return { entries: this.#held.length, bytes: sum(this.#held) }
  }

  read(key: string): unknown {
    const item = this.#find(key)
    if (item === undefined || item.isSoft || this.nowMs >= item.expiresAtMs) return undefined
    const { slidingTtlMs, ttl, createdAtMs } = item.entry
    if (slidingTtlMs !== undefined) {
      const capAtMs = ttl.kind === 'span' ? createdAtMs + ttl.ms : Number.POSITIVE_INFINITY
      const until = Math.max(item.expiresAtMs, Math.min(this.nowMs + slidingTtlMs, capAtMs))
      item.staleUntilMs += until - item.expiresAtMs
      item.expiresAtMs = until
    }
    this.#use(item)
    return item.entry.value
  }

  get(key: string): unknown {
    const item = this.#find(key)
    return item === undefined ? undefined : described(item)
  }

  touch(key: string, life: { expiresAtMs: number; staleUntilMs: number } | undefined): void {
    const item = this.#find(key)
    if (item === undefined) return
    Object.assign(item, life)
    this.#use(item)
  }

  set(entry: CacheEntry): boolean {
    const item: Held = {
      entry,
      id: this.#made,
      rank: priorityRank(entry.priority),
      accessCount: 0,
      charge: entry.sizeBytes + entry.key.length + OVERHEAD_BYTES,
      expiresAtMs: entry.expiresAtMs,
      staleUntilMs: entry.staleUntilMs,
      isSoft: false,
    }
    this.#made += 1
    const old = this.#held.find((each) => each.entry.key === entry.key)
    const fixed = this.#held.filter((each) => each !== old && each.rank === CRITICAL)
    const isAdmitted = this.#fits([item]) && this.#fits([...fixed, item])
    while (isAdmitted && !this.#fits([...this.#held.filter((each) => each !== old), item])) {
      this.#evict(old)
    }
    if (old !== undefined) this.#leave(old, 'replaced')
    if (!isAdmitted) {
      this.removals.push(`${entry.value} refused`)
      return false
    }
    this.#held.push(item)
    this.#order.add(item)
    return true
  }

  delete(key: string): boolean {
    const item = this.#find(key)
    if (item !== undefined) this.#leave(item, 'deleted')
    return item !== undefined
  }

  clear(): void {
    this.#held = []
    this.#order = naiveOrder(this.#limits.evictionPolicy)
  }

  /** Everything alive; what isn't leaves. */
  list(): unknown[] {
    return this.#held.filter((item) => this.#isAlive(item)).map(described)
  }

  configure(limits: NaiveLimits): void {
    if (limits.evictionPolicy !== this.#limits.evictionPolicy) this.#reorder(limits.evictionPolicy)
    this.#limits = limits
    while (!this.#fits(this.#held)) this.#evict(undefined)
  }

  #reorder(policy: EvictionPolicy): void {
    const order = naiveOrder(policy)
    for (;;) {
      const item = this.#order.victim(undefined)
      if (item === undefined) break
      this.#order.remove(item, false)
      order.add(item)
    }
    this.#order = order
  }

  #fits(items: readonly Held[]): boolean {
    const { maxEntries = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } =
      this.#limits
    return items.length <= maxEntries && sum(items) <= maxBytes
  }

  #evict(except: Held | undefined): void {
    const victim = this.#order.victim(except)
    const item = this.#held.find((each) => each === victim)
    if (item === undefined) throw new Error('nobody is left to evict')
    this.#order.remove(item, true)
    this.#forget(item, this.#faultOf(item) ?? 'evicted')
  }

  #find(key: string): Held | undefined {
    const item = this.#held.find(({ entry }) => entry.key === key)
    return item !== undefined && this.#isAlive(item) ? item : undefined
  }

  #isAlive(item: Held): boolean {
    const fault = this.#faultOf(item)
    if (fault !== undefined) this.#leave(item, fault)
    return fault === undefined
  }

  #faultOf(item: Held): Kind | undefined {
    const { key, birth } = item.entry
    if ((this.hardMarks.get(key) ?? -1) > birth.seq) return 'invalidated'
    if ((this.softMarks.get(key) ?? -1) > birth.seq && !item.isSoft) {
      if (item.staleUntilMs <= item.expiresAtMs) return 'invalidated'
      item.isSoft = true
    }
    return this.nowMs >= item.staleUntilMs ? 'expired' : undefined
  }

  #use(item: Held): void {
    item.accessCount += 1
    this.#order.use(item)
  }

  #leave(item: Held, kind: Kind): void {
    this.#order.remove(item, false)
    this.#forget(item, kind)
  }

  #forget(item: Held, kind: Kind): void {
    this.#held = this.#held.filter((each) => each !== item)
    this.removals.push(`${item.entry.value} ${kind}`)
  }
}

/** What is compared of an entry. */
export function described(
  item: Pick<Held, 'accessCount' | 'expiresAtMs' | 'staleUntilMs' | 'isSoft' | 'entry'>,
): unknown {
  const { accessCount, expiresAtMs, staleUntilMs, isSoft, entry } = item
  return { value: entry.value, accessCount, expiresAtMs, staleUntilMs, isSoft }
}

function sum(items: readonly Held[]): number {
  return items.reduce((bytes, { charge }) => bytes + charge, 0)
}

import assert from 'node:assert/strict'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import type { EvictionLimit } from '../../../../src/core/protocols/cache-repository.ts'
import { priorityRank } from '../../../../src/core/value-objects/cache-priority.ts'
import type { EvictionPolicy } from '../../../../src/core/value-objects/eviction-policy.ts'
import type { PriorityWeights } from '../../../../src/core/value-objects/priority-weights.ts'
import type { NaiveOrder } from './eviction/order-stage.ts'
import { FollowedOrder } from './followed-order.ts'
import {
  deadlineOf,
  described,
  type Held,
  heldFields,
  type Life,
  type RemovalWords,
  removal,
  removedOf,
} from './naive-held.ts'
import { fits, type NaiveLimits, sum } from './naive-limits.ts'
import { naiveOrderOf } from './naive-order-of.ts'

/** What a namespace may hold, and how it chooses. */
export interface NaiveSettings extends NaiveLimits {
  readonly evictionPolicy: EvictionPolicy
  readonly priorityWeights: PriorityWeights
}

const CRITICAL = 3
const TICK_MS = 64

/**
 * A store as its documentation describes it: a list, searched from end to end for everything.
 *
 * Where the policy is one that a few lines can't say, it follows what the store has reported, and checks
 * that nobody left who shouldn't have.
 */
export class NaiveStore {
  nowMs = 0
  /** Who left, in the words of `removal`. */
  readonly removals: string[] = []
  /** The newest mark of each key, by the kind of mark. */
  readonly hardMarks: Map<string, number> = new Map()
  readonly softMarks: Map<string, number> = new Map()
  readonly #chargeOf: (entry: CacheEntry) => number
  readonly #followed = new FollowedOrder()
  readonly #weights: [number, number, number] = [1, 1, 1]
  #settings: NaiveSettings
  #shared: NaiveLimits
  #isByBytes: boolean
  #order: NaiveOrder
  #held: Held[] = []

  constructor(
    settings: NaiveSettings,
    shared: NaiveLimits,
    chargeOf: (entry: CacheEntry) => number,
  ) {
    this.#settings = settings
    this.#shared = shared
    this.#chargeOf = chargeOf
    this.#isByBytes = this.#countsBytes()
    this.#weights.splice(0, 3, ...settings.priorityWeights)
    this.#order = this.#freshOrder()
  }

  get usage(): { entries: number; bytes: number } {
    return { entries: this.#held.length, bytes: sum(this.#held) }
  }

  /** What the store has reported of the step that comes next here. */
  follow(reported: readonly string[]): void {
    this.#followed.reported = [...reported]
  }

  read(key: string): unknown {
    const item = this.#find(key)
    if (item === undefined || item.isSoft || this.nowMs >= item.expiresAtMs) return undefined
    const { slidingTtlMs, ttl, createdAtMs } = item.entry
    if (slidingTtlMs !== undefined && item.expiresAtMs !== Number.POSITIVE_INFINITY) {
      const capAtMs = ttl.kind === 'span' ? createdAtMs + ttl.ms : Number.POSITIVE_INFINITY
      const until = Math.max(item.expiresAtMs, Math.min(this.nowMs + slidingTtlMs, capAtMs))
      const staleUntilMs = item.staleUntilMs + until - item.expiresAtMs
      this.#move(item, { expiresAtMs: until, staleUntilMs })
    }
    this.#use(item)
    return item.entry.value
  }

  get(key: string): unknown {
    const item = this.#find(key)
    return item === undefined ? undefined : described(item)
  }

  touch(key: string, life: Life | undefined): void {
    const item = this.#find(key)
    if (item === undefined) return
    if (life !== undefined) this.#move(item, life)
    this.#use(item)
  }

  set(entry: CacheEntry): boolean {
    const charge = this.#chargeOf(entry)
    const rank = priorityRank(entry.priority)
    const old = this.#held.find((each) => each.entry.key === entry.key)
    const refusal = this.#refusalOf(old, charge) ?? this.#followedRefusalOf(old, charge, rank)
    if (refusal !== undefined) {
      if (old !== undefined) this.#leave(old, { kind: 'replaced' })
      this.removals.push(removal(entry, { kind: 'refused', rule: refusal }))
      return false
    }
    while (!this.#hasRoom(old, charge)) {
      this.#evict(old, this.#limitFor(old, charge))
    }
    this.#put(old, { ...heldFields(entry), rank, charge })
    return true
  }

  delete(key: string): boolean {
    const item = this.#find(key)
    if (item !== undefined) this.#leave(item, { kind: 'deleted' })
    return item !== undefined
  }

  clear(): void {
    this.#held = []
    this.#order = this.#freshOrder()
  }

  /** Everything alive; what isn't leaves. */
  list(): unknown[] {
    return this.#held.filter((item) => this.#isAlive(item)).map(described)
  }

  /** Lets those go who the store says have expired; whoever died before this tick must be among them. */
  expire(): void {
    const tickAtMs = this.nowMs - (this.nowMs % TICK_MS)
    const { reported } = this.#followed
    const isDue = ({ entry, staleUntilMs }: Held): boolean =>
      staleUntilMs <= tickAtMs || reported.some((each) => each.startsWith(`${entry.key} `))
    for (const item of this.#held.filter(isDue)) this.#isAlive(item)
  }

  configure(settings: NaiveSettings): void {
    const before = this.#settings
    this.#settings = settings
    const isByBytes = this.#countsBytes()
    const isSame =
      settings.evictionPolicy === before.evictionPolicy &&
      settings.priorityWeights === before.priorityWeights &&
      isByBytes === this.#isByBytes
    this.#isByBytes = isByBytes
    this.#weights.splice(0, 3, ...settings.priorityWeights)
    this.#settle()
    if (!isSame) this.#reorder()
  }

  resize(shared: NaiveLimits): void {
    this.#shared = shared
    this.#settle()
  }

  #settle(): void {
    while (!(fits(this.#held, this.#settings) && fits(this.#held, this.#shared))) {
      this.#evict(undefined, 'resize')
    }
  }

  /** Those who would leave first come first into the new order, as far as that is known. */
  #reorder(): void {
    const before = this.#order
    const ordered = this.#held.filter(({ rank }) => rank < CRITICAL)
    if (before === this.#followed && ordered.length > 0) return
    this.#order = this.#freshOrder()
    if (this.#order === this.#followed) for (const item of ordered) this.#order.add(item)
    else this.#moveOver(before)
  }

  #moveOver(before: NaiveOrder): void {
    for (let item = before.victim(undefined); item !== undefined; item = before.victim(undefined)) {
      before.remove(item, false)
      this.#order.add(item)
    }
  }

  #freshOrder(): NaiveOrder {
    this.#followed.items.clear()
    return naiveOrderOf(this.#settings.evictionPolicy, this.#weights) ?? this.#followed
  }

  #countsBytes(): boolean {
    const { maxEntries, maxBytes } = this.#settings
    if (maxBytes !== undefined) return true
    return maxEntries === undefined && this.#shared.maxEntries === undefined
  }

  #refusalOf(old: Held | undefined, charge: number): string | undefined {
    const critical = this.#held.filter((item) => item !== old && item.rank === CRITICAL)
    for (const limits of [this.#settings, this.#shared]) {
      if (!fits([{ charge }], { ...limits, maxEntries: undefined })) return 'larger than the limit'
      if (!fits([...critical, { charge }], limits)) return 'full of critical entries'
    }
    return undefined
  }

  /** A policy that admits not everybody may refuse whoever others would have to leave for. */
  #followedRefusalOf(old: Held | undefined, charge: number, rank: number): string | undefined {
    const rule = this.#followed.refusal
    if (rule === undefined) return undefined
    assert.equal(this.#settings.evictionPolicy, 'w-tinylfu', 'the other policies admit everybody')
    assert.ok(!this.#hasRoom(old, charge), 'nobody is refused while there is room')
    assert.ok(rank < CRITICAL, 'whatever is critical comes in')
    return rule
  }

  #hasRoom(old: Held | undefined, charge: number): boolean {
    const items = [...this.#held.filter((item) => item !== old), { charge }]
    return fits(items, this.#settings) && fits(items, this.#shared)
  }

  #limitFor(old: Held | undefined, charge: number): EvictionLimit {
    const items = [...this.#held.filter((item) => item !== old), { charge }]
    if (fits(items, this.#settings)) return 'shared'
    return fits(items, { ...this.#settings, maxBytes: undefined }) ? 'bytes' : 'entries'
  }

  #evict(except: Held | undefined, limit: EvictionLimit): void {
    const victim = this.#order.victim(except)
    const item = this.#held.find((each) => each === victim && each.rank < CRITICAL)
    const left = item ?? this.#held.find((each) => each.rank === CRITICAL)
    assert.ok(left !== undefined, 'somebody is left to evict')
    if (item === undefined)
      assert.equal(limit, 'resize', 'critical entries leave for a resize only')
    if (left.rank < CRITICAL) this.#order.remove(left, true)
    const rule = this.#settings.evictionPolicy
    this.#forget(left, this.#faultOf(left) ?? { kind: 'evicted', rule, limit })
  }

  #put(old: Held | undefined, fields: Omit<Held, 'slot' | 'hash'>): void {
    const isOrdered = fields.rank < CRITICAL && old !== undefined && old.rank < CRITICAL
    if (old !== undefined) this.removals.push(removal(removedOf(old), { kind: 'replaced' }))
    if (old !== undefined && isOrdered) {
      Object.assign(old, fields)
      this.#order.replace(old)
      return
    }
    if (old !== undefined) this.#remove(old)
    const item: Held = { ...fields, slot: 0, hash: 0 }
    this.#held.push(item)
    if (item.rank < CRITICAL) this.#order.add(item)
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

  #faultOf(item: Held): RemovalWords | undefined {
    const { key, birth } = item.entry
    if ((this.hardMarks.get(key) ?? -1) > birth.seq) return { kind: 'invalidated' }
    if ((this.softMarks.get(key) ?? -1) > birth.seq && !item.isSoft) {
      if (item.staleUntilMs <= item.expiresAtMs) return { kind: 'invalidated' }
      item.isSoft = true
    }
    return this.nowMs >= item.staleUntilMs ? { kind: 'expired' } : undefined
  }

  #move(item: Held, life: Life): void {
    Object.assign(item, life, { deadline: deadlineOf(life) })
    if (item.rank < CRITICAL && this.#settings.evictionPolicy === 'ttl') this.#order.replace(item)
  }

  #use(item: Held): void {
    item.accessCount += 1
    if (item.rank < CRITICAL) this.#order.use(item)
  }

  #leave(item: Held, cause: RemovalWords): void {
    if (item.rank < CRITICAL) this.#order.remove(item, false)
    this.#forget(item, cause)
  }

  #remove(item: Held): void {
    if (item.rank < CRITICAL) this.#order.remove(item, false)
    this.#held = this.#held.filter((each) => each !== item)
  }

  #forget(item: Held, cause: RemovalWords): void {
    this.#held = this.#held.filter((each) => each !== item)
    this.removals.push(removal(removedOf(item), cause))
  }
}

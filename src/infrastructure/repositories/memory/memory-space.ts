import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../../core/entities/cache-namespace.ts'
import type { RemovalCause } from '../../../core/protocols/cache-repository.ts'
import type { EvictionPolicy } from '../../../core/value-objects/eviction-policy.ts'
import { evictionPolicies } from './eviction-policies.ts'
import type { BudgetMember, MemoryBudget } from './memory-budget.ts'
import type { EvictionOrder } from './memory-eviction.ts'
import { FULL_OF_CRITICAL, MemoryLimits } from './memory-limits.ts'
import { CRITICAL_RANK, countUse, type MemorySlot } from './memory-slot.ts'

/** What a namespace may take up, and who leaves it when there is no more: its limits, its share of the common budget, its policy. */
export class MemorySpace implements BudgetMember {
  readonly #budget: MemoryBudget
  readonly #onEvicted: (slot: MemorySlot, cause: RemovalCause) => void
  readonly #limits: MemoryLimits
  #policy: EvictionPolicy
  #order: EvictionOrder
  #cause: RemovalCause

  /** @param onEvicted told of each slot that had to go, once it counts no more */
  constructor(
    namespace: CacheNamespace,
    budget: MemoryBudget,
    onEvicted: (slot: MemorySlot, cause: RemovalCause) => void,
  ) {
    this.#budget = budget
    this.#onEvicted = onEvicted
    this.#limits = new MemoryLimits(namespace.maxEntries, namespace.maxBytes)
    this.#policy = namespace.evictionPolicy
    this.#order = evictionPolicies[namespace.evictionPolicy].createOrder()
    this.#cause = { kind: 'evicted', rule: namespace.evictionPolicy }
    budget.join(this)
  }

  get entries(): number {
    return this.#limits.entries
  }

  get bytes(): number {
    return this.#limits.bytes
  }

  add(slot: MemorySlot): void {
    this.#limits.add(slot)
    this.#budget.limits.add(slot)
    this.#order.add(slot)
  }

  remove(slot: MemorySlot): void {
    this.#order.remove(slot, false)
    this.#uncount(slot)
  }

  /** hot path: counts a use of a slot for the eviction. */
  use(slot: MemorySlot, nowMs: number): void {
    countUse(slot, nowMs)
    this.#order.use(slot)
  }

  clear(): void {
    this.#budget.limits.removeAll(this.#limits)
    this.#limits.removeAll(this.#limits)
    this.#order = evictionPolicies[this.#policy].createOrder()
  }

  /**
   * Makes others leave until the entry fits in, and answers `undefined`; or why it can't come in. Nobody
   * leaves for an entry that couldn't come in anyway.
   *
   * @param findOld what the entry would replace; asked again after each eviction, which listeners hear of
   */
  makeRoomFor(entry: CacheEntry, findOld: () => MemorySlot | undefined): string | undefined {
    let old = findOld()
    const refusal = this.#limits.refusalOf(entry, old) ?? this.#budget.limits.refusalOf(entry, old)
    if (refusal !== undefined) return refusal
    while (!this.#limits.hasRoomFor(entry, old)) {
      const victim = this.#order.victim(old)
      if (victim === undefined || victim.rank === CRITICAL_RANK) return FULL_OF_CRITICAL
      this.evict(victim)
      old = findOld()
    }
    while (!this.#budget.limits.hasRoomFor(entry, old)) {
      if (!this.#budget.evictOne(this, old)) return FULL_OF_CRITICAL
      old = findOld()
    }
    return undefined
  }

  /** Takes over changed limits and a changed policy. Who is over the limits now stays until `evictExcess`. */
  configure(namespace: CacheNamespace): void {
    this.#limits.maxEntries = namespace.maxEntries
    this.#limits.maxBytes = namespace.maxBytes
    if (namespace.evictionPolicy !== this.#policy) this.#changePolicy(namespace.evictionPolicy)
  }

  /** Makes at most `count` of those leave who are over the namespace's limits; true if none is left over. */
  evictExcess(count: number): boolean {
    for (let evicted = 0; this.#limits.isExceeded; evicted += 1) {
      const victim = evicted < count ? this.#order.victim(undefined) : undefined
      if (victim === undefined) return false
      this.evict(victim)
    }
    return true
  }

  victim(except: MemorySlot | undefined): MemorySlot | undefined {
    return this.#order.victim(except)
  }

  evict(slot: MemorySlot): void {
    this.#order.remove(slot, true)
    this.#uncount(slot)
    this.#onEvicted(slot, this.#cause)
  }

  #uncount(slot: MemorySlot): void {
    this.#limits.remove(slot)
    this.#budget.limits.remove(slot)
  }

  /** Moves all slots over in the order in which they would have left, so that who is next stays next. */
  #changePolicy(policy: EvictionPolicy): void {
    const order = evictionPolicies[policy].createOrder()
    for (let slot = this.victim(undefined); slot !== undefined; slot = this.victim(undefined)) {
      this.#order.remove(slot, false)
      order.add(slot)
    }
    this.#order = order
    this.#policy = policy
    this.#cause = { kind: 'evicted', rule: policy }
  }
}

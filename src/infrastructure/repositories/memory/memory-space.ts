/**
 * What a namespace may take up, and who leaves it when there is no more: its limits, its share of the
 * common budget, and its policy.
 *
 * Critical entries stand apart, in a chain of their own that no policy sees: they leave for space only
 * when the namespace is made smaller than they are.
 *
 * When the policy changes, the entries go over to the new order in slices: `OTHER_ORDER` in `FORM` tells
 * which of the two a slot is in, and those in the old one leave first.
 */
import type { CacheNamespace } from '../../../core/entities/cache-namespace.ts'
import type { EvictionLimit, RemovalCause } from '../../../core/protocols/cache-repository.ts'
import type { EvictionPolicy } from '../../../core/value-objects/eviction-policy.ts'
import type { EvictionOrder, EvictionSpace } from './eviction/eviction-order.ts'
import { SlotChain } from './eviction/slot-chain.ts'
import { evictionPolicies } from './eviction-policies.ts'
import type { BudgetMember, MemoryBudget } from './memory-budget.ts'
import { FULL_OF_CRITICAL, MemoryLimits } from './memory-limits.ts'
import { CRITICAL_RANK, OTHER_ORDER } from './slot-layout.ts'
import { FORM, NO_SLOT, RANK_MASK, type SlotPages, USES_MASK, USES_SHIFT } from './slot-pages.ts'

/** Why an entry isn't let in: the policy would rather keep what would have to leave for it. */
export const NOT_ADMITTED = 'used less than what would leave for it'

/** Of so many uses of a slot that was used three times already, an order that samples is told of one. */
export const USES_PER_TELLING = 8

/** So many leave for one newcomer while a limit that was lowered is still exceeded: enough to get there, too few to notice. */
const MAX_LEAVING_UNSETTLED = 64

/** What a space works with. */
export interface SpaceSurroundings {
  readonly budget: MemoryBudget
  readonly pages: SlotPages
  /** The slot of a key; `NO_SLOT` if it has none. */
  find(key: string): number
  hashOf(slot: number): number
  /** How long the slot was idle, in milliseconds. */
  idleMs(slot: number): number
  /** When the slot stops being fresh, in ticks. */
  endTick(slot: number): number
  /** Makes a slot leave that counts no more; what it was is still there. */
  onEvicted(slot: number, cause: RemovalCause): void
}

export class MemorySpace implements BudgetMember, EvictionSpace {
  readonly pages: SlotPages
  readonly #surroundings: SpaceSurroundings
  readonly #limits: MemoryLimits
  readonly #critical: SlotChain
  #settings: CacheNamespace
  /** Why those left whom the policy chose, made once: millions may. */
  #causes: EvictionCauses
  #order: EvictionOrder
  #orderBit = 0
  /** What is left of the order before the policy changed. */
  #before: EvictionOrder | undefined
  #isByBytes: boolean
  /** What the orders held when space ran out last; 0 until it does. */
  #fullAt = 0
  #orderChanges = 0
  /** What is in the orders, critical entries aside. */
  #orderedEntries = 0
  #orderedBytes = 0

  constructor(namespace: CacheNamespace, surroundings: SpaceSurroundings) {
    this.pages = surroundings.pages
    this.#surroundings = surroundings
    this.#settings = namespace
    this.#causes = causesOf(namespace.evictionPolicy)
    this.#limits = new MemoryLimits(namespace.maxEntries, namespace.maxBytes)
    this.#critical = new SlotChain(surroundings.pages)
    this.#isByBytes = this.#countsBytes()
    this.#order = evictionPolicies[namespace.evictionPolicy](this)
    surroundings.budget.join(this)
  }

  get entries(): number {
    return this.#limits.entries
  }

  get bytes(): number {
    return this.#limits.bytes
  }

  get policy(): EvictionPolicy {
    return this.#settings.evictionPolicy
  }

  get isByBytes(): boolean {
    return this.#isByBytes
  }

  get weights(): CacheNamespace['priorityWeights'] {
    return this.#settings.priorityWeights
  }

  hashOf(slot: number): number {
    return this.#surroundings.hashOf(slot)
  }

  /** Of how many uses of a slot beyond the third its order is told of one. */
  get usesPerTelling(): number {
    const order = this.#before ?? this.#order
    return order.followsEveryUse === true || this.#order.followsEveryUse === true
      ? 1
      : USES_PER_TELLING
  }

  /** Counts how often uses of slots came to be told that weren't before. */
  get samplings(): number {
    return this.#orderChanges + (this.#order.samplings ?? 0)
  }

  /** True if uses of slots with this hash are to be told. */
  samples(hash: number): boolean {
    return this.usesPerTelling === 1 || this.#order.samples?.(hash) === true
  }

  endTick(slot: number): number {
    return this.#surroundings.endTick(slot)
  }

  capacity(): number {
    if (this.#fullAt > 0) return this.#fullAt
    const own = this.#limits
    const shared = this.#surroundings.budget.limits
    const limit = this.#isByBytes
      ? (own.maxBytes ?? shared.maxBytes)
      : (own.maxEntries ?? shared.maxEntries)
    return limit ?? Number.MAX_SAFE_INTEGER
  }

  /** Counts a slot in; its charge and rank are set. */
  add(slot: number, hash: number): void {
    const charge = this.pages.charge(slot)
    const rank = this.pages.rank(slot)
    this.#limits.add(charge, rank)
    this.#surroundings.budget.limits.add(charge, rank)
    if (rank === CRITICAL_RANK) this.#critical.addFirst(slot)
    else this.#addOrdered(slot, hash, charge)
  }

  /** Counts a slot out that leaves for another reason than space. */
  remove(slot: number): void {
    this.#takeOut(slot, false)
  }

  /** A slot holds a new value of its key; neither this nor the one before is critical. */
  replace(slot: number, hash: number, chargeBefore: number): void {
    const charge = this.pages.charge(slot)
    this.#limits.bytes += charge - chargeBefore
    this.#surroundings.budget.limits.bytes += charge - chargeBefore
    this.#orderedBytes += charge - chargeBefore
    this.#orderOf(slot).replace(slot, hash, chargeBefore)
  }

  /** Counts a use of a slot for the eviction. `meta` is what its word was before this use. */
  use(slot: number, hash: number, meta: number): void {
    if ((meta & RANK_MASK) === CRITICAL_RANK) return
    const usesBefore = (meta & USES_MASK) >>> USES_SHIFT
    if (this.#before === undefined) this.#order.use(slot, hash, usesBefore)
    else this.#orderOf(slot).use(slot, hash, usesBefore)
  }

  /** The end of a slot's life has moved. */
  renew(slot: number): void {
    if (this.pages.rank(slot) === CRITICAL_RANK) return
    const order = this.#orderOf(slot)
    if (order.followsLives === true) order.replace(slot, this.hashOf(slot), this.pages.charge(slot))
  }

  clear(): void {
    this.#surroundings.budget.limits.removeAll(this.#limits)
    this.#limits.removeAll(this.#limits)
    this.#critical.clear()
    this.#before = undefined
    this.#orderBit = 0
    this.#fullAt = 0
    this.#orderedEntries = 0
    this.#orderedBytes = 0
    this.#order = evictionPolicies[this.#settings.evictionPolicy](this)
  }

  /**
   * Makes others leave until an entry fits in, and answers `undefined`; or why it can't come in. Nobody
   * leaves for an entry that couldn't come in anyway. What it would replace is looked up again after each
   * eviction, since listeners hear of these.
   */
  makeRoomFor(key: string, hash: number, charge: number, rank: number): string | undefined {
    const { budget } = this.#surroundings
    let old = this.#surroundings.find(key)
    const refusal = this.#refusalOf(charge, old)
    if (refusal !== undefined || this.#fits(charge, old)) return refusal
    this.#fullAt = this.#isByBytes ? this.#orderedBytes : this.#orderedEntries
    // Whatever is critical comes in as long as anything lower is left: the policy isn't asked.
    if (rank !== CRITICAL_RANK && !this.#order.admits(hash, charge)) return NOT_ADMITTED
    const isSettled = !(this.#limits.isExceeded || budget.limits.isExceeded)
    for (let left = 0; !this.#fits(charge, old); left += 1) {
      // Under a limit that was lowered the others leave in slices, by `settle`.
      if (left >= MAX_LEAVING_UNSETTLED && !isSettled) break
      if (!this.#makeOneLeave(charge, old)) return FULL_OF_CRITICAL
      old = this.#surroundings.find(key)
    }
    return undefined
  }

  /** Takes over changed limits and a changed policy. Who is over the limits now stays until `settle`. */
  configure(namespace: CacheNamespace): void {
    const before = this.#settings
    this.#settings = namespace
    this.#causes = causesOf(namespace.evictionPolicy)
    this.#limits.maxEntries = namespace.maxEntries
    this.#limits.maxBytes = namespace.maxBytes
    this.#fullAt = 0
    const isByBytes = this.#countsBytes()
    const isSame =
      namespace.evictionPolicy === before.evictionPolicy &&
      isByBytes === this.#isByBytes &&
      namespace.priorityWeights === before.priorityWeights
    this.#isByBytes = isByBytes
    if (!isSame) this.#changeOrder()
  }

  /**
   * Brings at most `count` entries further towards what is set: makes those leave who are over a limit,
   * and moves those of the order before into the new one. True if nothing is left to do.
   */
  settle(count: number): boolean {
    for (let done = 0; done < count; done += 1) if (!this.#settleOne()) return true
    return false
  }

  victim(except: number): number {
    const before = this.#before?.victim(except) ?? NO_SLOT
    return before === NO_SLOT ? this.#order.victim(except) : before
  }

  urgency(slot: number): number {
    return this.#surroundings.idleMs(slot) / (this.weights[this.pages.rank(slot)] ?? 1)
  }

  evictForOthers(slot: number, limit: EvictionLimit): void {
    this.#fullAt = this.#isByBytes ? this.#orderedBytes : this.#orderedEntries
    this.#evict(slot, limit)
  }

  /** Makes one leave for an entry that doesn't fit in; false if nobody is left who may. */
  #makeOneLeave(charge: number, old: number): boolean {
    const oldCharge = this.#chargeOf(old)
    if (this.#limits.hasRoomFor(charge, oldCharge)) {
      return this.#surroundings.budget.evictOne(this, old, 'shared')
    }
    const victim = this.victim(old)
    if (victim === NO_SLOT) return false
    this.#evict(victim, this.#limits.lacksEntries(oldCharge) ? 'entries' : 'bytes')
    return true
  }

  /** False if there was nothing to do, or nobody to do it to. */
  #settleOne(): boolean {
    const { budget } = this.#surroundings
    if (this.#limits.isExceeded) return this.#evictExcess(this.victim(NO_SLOT))
    if (!budget.limits.isExceeded) return this.#moveOne()
    return budget.evictOne(this, NO_SLOT, 'resize') || this.#evictExcess(NO_SLOT)
  }

  /** Makes a slot leave that is too much under a limit that was lowered, or a critical one if it is none. */
  #evictExcess(victim: number): boolean {
    const slot = victim === NO_SLOT ? this.#critical.last : victim
    if (slot !== NO_SLOT) this.#evict(slot, 'resize')
    return slot !== NO_SLOT
  }

  #evict(slot: number, limit: EvictionLimit): void {
    this.#takeOut(slot, true)
    this.#surroundings.onEvicted(slot, this.#causes[limit])
  }

  /** Where the namespace has no limit of its own, the common one decides. */
  #countsBytes(): boolean {
    if (this.#limits.maxBytes !== undefined) return true
    if (this.#limits.maxEntries !== undefined) return false
    return this.#surroundings.budget.limits.maxEntries === undefined
  }

  #fits(charge: number, old: number): boolean {
    const oldCharge = this.#chargeOf(old)
    return (
      this.#limits.hasRoomFor(charge, oldCharge) &&
      this.#surroundings.budget.limits.hasRoomFor(charge, oldCharge)
    )
  }

  #refusalOf(charge: number, old: number): string | undefined {
    const isOldCritical = old !== NO_SLOT && this.pages.rank(old) === CRITICAL_RANK
    const oldCharge = isOldCritical ? this.pages.charge(old) : 0
    return (
      this.#limits.refusalOf(charge, oldCharge) ??
      this.#surroundings.budget.limits.refusalOf(charge, oldCharge)
    )
  }

  #chargeOf(old: number): number {
    return old === NO_SLOT ? 0 : this.pages.charge(old)
  }

  #takeOut(slot: number, isEviction: boolean): void {
    const charge = this.pages.charge(slot)
    const rank = this.pages.rank(slot)
    if (rank === CRITICAL_RANK) this.#critical.remove(slot)
    else this.#removeOrdered(slot, charge, isEviction)
    this.#limits.remove(charge, rank)
    this.#surroundings.budget.limits.remove(charge, rank)
  }

  #addOrdered(slot: number, hash: number, charge: number): void {
    this.#orderedEntries += 1
    this.#orderedBytes += charge
    this.#noteOrder(slot)
    this.pages.setUses(slot, 0)
    this.#order.add(slot, hash)
  }

  #noteOrder(slot: number): void {
    const form = this.pages.hotWord(slot, FORM) & ~OTHER_ORDER
    this.pages.setHot(slot, FORM, form | this.#orderBit)
  }

  #removeOrdered(slot: number, charge: number, isEviction: boolean): void {
    this.#orderedEntries -= 1
    this.#orderedBytes -= charge
    this.#orderOf(slot).remove(slot, isEviction)
  }

  #orderOf(slot: number): EvictionOrder {
    if (this.#before === undefined) return this.#order
    const bit = this.pages.hotWord(slot, FORM) & OTHER_ORDER
    return bit === this.#orderBit ? this.#order : this.#before
  }

  /** A change upon a change first brings the one before to its end. */
  #changeOrder(): void {
    while (this.#moveOne());
    this.#before = this.#order
    this.#orderBit ^= OTHER_ORDER
    // More than the new one's own count may be lower by.
    this.#orderChanges += 1 + (this.#order.samplings ?? 0)
    this.#order = evictionPolicies[this.#settings.evictionPolicy](this)
  }

  /** Moves the slot over that would leave next, so that it stays next; false if there is none. */
  #moveOne(): boolean {
    const slot = this.#before?.victim(NO_SLOT) ?? NO_SLOT
    if (slot === NO_SLOT) {
      this.#before = undefined
      return false
    }
    this.#before?.remove(slot, false)
    this.#noteOrder(slot)
    this.#order.add(slot, this.hashOf(slot))
    return true
  }
}

type EvictionCauses = Readonly<Record<EvictionLimit, RemovalCause>>

function causesOf(rule: EvictionPolicy): EvictionCauses {
  return {
    entries: { kind: 'evicted', rule, limit: 'entries' },
    bytes: { kind: 'evicted', rule, limit: 'bytes' },
    shared: { kind: 'evicted', rule, limit: 'shared' },
    resize: { kind: 'evicted', rule, limit: 'resize' },
  }
}

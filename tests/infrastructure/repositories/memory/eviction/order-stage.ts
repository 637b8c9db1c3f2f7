import assert from 'node:assert/strict'
import type {
  CreateEvictionOrder,
  EvictionOrder,
  EvictionSpace,
} from '../../../../../src/infrastructure/repositories/memory/eviction/eviction-order.ts'
import {
  CHARGE,
  FORM,
  META,
  NO_SLOT,
  QUEUE_SHIFT,
  SlotPages,
  USES_MASK,
  USES_SHIFT,
} from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import type { StageStep } from './stage-step.ts'

/** An entry as the stage and the models know it. */
export interface StageItem {
  readonly slot: number
  readonly hash: number
  rank: number
  charge: number
  /** In ticks, kept in the slot's `FORM`. */
  deadline: number
}

/**
 * An eviction policy as its definition says it, with a search through everything for each victim. It
 * hears of the same things as the order, after the item was changed.
 */
export interface NaiveOrder {
  add(item: StageItem): void
  use(item: StageItem): void
  replace(item: StageItem): void
  remove(item: StageItem, isEviction: boolean): void
  /** May move a hand, as an order may; it is asked once for each answer of the order. */
  victim(except: StageItem | undefined): StageItem | undefined
}

/** What a model may know of the space. */
export type NaiveSpace = Pick<EvictionSpace, 'isByBytes' | 'capacity' | 'weights'>

/** A policy and what to compare it with. */
export interface OrderCase {
  readonly name: string
  readonly createOrder: CreateEvictionOrder
  /** `undefined` if only the invariants are to hold. */
  readonly createModel: ((space: NaiveSpace) => NaiveOrder) | undefined
  /** True if the order links its slots by `NEXT` and `PREVIOUS` into lists that `NO_SLOT` ends. */
  readonly isChained: boolean
}

/** What an order may write in `META`: the queue and the uses. */
const ORDERS_META = (3 << QUEUE_SHIFT) | USES_MASK

/** The rest of `META`: the rank, and in the bits that orders don't know something to recognise. */
function metaOf(item: StageItem): number {
  return item.rank | ((item.slot ^ 0x55) << (USES_SHIFT + 2))
}

/** The space of a stage. */
export interface StageSpace {
  readonly isByBytes: boolean
  readonly capacity: number
  readonly weights: EvictionSpace['weights']
}

/**
 * An eviction order on its own: the stage plays the store around it, plays the same to the naive model,
 * and checks after each step that both agree and that no slot was lost.
 *
 * Asserts with `node:assert`, so that it runs without Vitest too (`npm run fuzz`).
 */
export class OrderStage {
  readonly pages: SlotPages = new SlotPages()
  readonly order: EvictionOrder
  readonly #model: NaiveOrder | undefined
  readonly #isChained: boolean
  readonly #space: StageSpace
  readonly #held: Map<number, StageItem> = new Map()
  #capacity: number
  /** In bytes or entries, as the capacity is. */
  #total = 0

  constructor(each: OrderCase, space: StageSpace) {
    const { isByBytes, weights } = space
    const capacity = (): number => this.#capacity
    this.#space = space
    this.#capacity = space.capacity
    this.#isChained = each.isChained
    this.order = each.createOrder({
      pages: this.pages,
      hashOf: (slot) => this.#itemOf(slot).hash,
      endTick: (slot) => this.pages.hotWord(slot, FORM),
      isByBytes,
      capacity,
      weights,
    })
    this.#model = each.createModel?.({ isByBytes, capacity, weights })
  }

  /** What all of them count together, in bytes or entries, as the capacity is. */
  get total(): number {
    return this.#total
  }

  /** Who is in, oldest first. */
  get items(): readonly StageItem[] {
    return [...this.#held.values()]
  }

  /** True if this very item is still in. */
  has(item: StageItem): boolean {
    return this.#held.get(item.slot) === item
  }

  /** Plays one step and checks everything. */
  run(step: StageStep): void {
    const item = 'pick' in step ? this.#pick(step.pick) : undefined
    if (step.kind === 'add') this.fit(this.add(step))
    else if (step.kind === 'capacity') this.resize(step.share)
    else if (step.kind === 'evict') this.evict(undefined)
    else if (item !== undefined) this.#runOn(item, step)
    this.victim(undefined)
    this.check()
  }

  add(entry: Omit<StageItem, 'slot'>): StageItem {
    const item = { ...entry, slot: this.pages.take() }
    this.#held.set(item.slot, item)
    this.#total += this.#sizeOf(item)
    this.#write(item)
    this.order.add(item.slot, item.hash)
    this.#model?.add(item)
    return item
  }

  use(item: StageItem): void {
    const usesBefore = this.pages.uses(item.slot)
    this.pages.setUses(item.slot, Math.min(usesBefore + 1, 3))
    this.order.use(item.slot, item.hash, usesBefore)
    this.#model?.use(item)
  }

  replace(item: StageItem, change: Partial<Pick<StageItem, 'rank' | 'charge' | 'deadline'>>): void {
    const chargeBefore = item.charge
    this.#total -= this.#sizeOf(item)
    Object.assign(item, change)
    this.#total += this.#sizeOf(item)
    this.#write(item)
    this.order.replace(item.slot, item.hash, chargeBefore)
    this.#model?.replace(item)
  }

  /** Lets an item go, and gives its slot to whoever comes next. */
  remove(item: StageItem, isEviction: boolean): void {
    this.order.remove(item.slot, isEviction)
    this.#model?.remove(item, isEviction)
    this.#held.delete(item.slot)
    this.#total -= this.#sizeOf(item)
    this.pages.give(item.slot)
  }

  /** Who should leave next, by order and model. Asks the order twice: the answer must stand. */
  victim(except: StageItem | undefined): StageItem | undefined {
    const slot = this.order.victim(except?.slot ?? NO_SLOT)
    assert.equal(this.order.victim(except?.slot ?? NO_SLOT), slot, 'asked again, the same victim')
    const item = this.#held.get(slot)
    if (item === undefined) {
      assert.equal(slot, NO_SLOT, 'the victim is in the order')
      assert.equal(this.items.filter((each) => each !== except).length, 0, 'nobody is left')
    }
    assert.ok(item === undefined || item !== except, 'the victim is not the spared one')
    if (this.#model !== undefined) {
      assert.deepEqual(item, this.#model.victim(except), 'the same victim as the model')
    }
    return item
  }

  /** The one who left for space, if there was anybody. */
  evict(except: StageItem | undefined): StageItem | undefined {
    const item = this.victim(except)
    if (item !== undefined) this.remove(item, true)
    return item
  }

  /** Evicts until all fit; `except` may stay alone, however large. */
  fit(except: StageItem | undefined): void {
    while (this.#total > this.#capacity && this.evict(except) !== undefined);
  }

  /** Sets the capacity to a share of the one at the beginning, and evicts what is too much. */
  resize(share: number): void {
    this.#capacity = Math.max(1, Math.floor(this.#space.capacity * share))
    this.fit(undefined)
  }

  /** Evicts everybody, one by one, and checks each. */
  drain(): StageItem[] {
    const left: StageItem[] = []
    for (let item = this.evict(undefined); item !== undefined; item = this.evict(undefined)) {
      left.push(item)
      this.check()
    }
    assert.equal(this.#held.size, 0, 'everybody left')
    return left
  }

  /** What must hold after every step. */
  check(): void {
    for (const item of this.#held.values()) {
      const { slot, charge, deadline } = item
      const meta = this.pages.hotWord(slot, META) & ~ORDERS_META
      assert.equal(meta, metaOf(item), 'the rank and the rest of META are the store’s')
      assert.equal(this.pages.hotWord(slot, FORM), deadline, 'the deadline is the store’s')
      assert.equal(this.pages.charge(slot), charge, 'the charge is the store’s')
    }
    if (this.#isChained) this.#checkChains()
  }

  /** Each slot is in exactly one list, and the lists are the same read from either end. */
  #checkChains(): void {
    const seen = new Set<number>()
    for (const first of this.#held.keys()) {
      if (this.pages.previous(first) !== NO_SLOT) continue
      let before = NO_SLOT
      for (let slot = first; slot !== NO_SLOT; slot = this.pages.next(slot)) {
        assert.ok(this.#held.has(slot), 'a list holds only slots that are in')
        assert.ok(!seen.has(slot), 'a slot is in one list, once')
        assert.equal(this.pages.previous(slot), before, 'the list is the same from either end')
        seen.add(slot)
        before = slot
      }
    }
    assert.equal(seen.size, this.#held.size, 'every slot is in a list')
  }

  #runOn(item: StageItem, step: Exclude<StageStep, { readonly kind: 'add' }>): void {
    if (step.kind === 'use') for (let times = 0; times < step.times; times += 1) this.use(item)
    else if (step.kind === 'remove') this.remove(item, false)
    else if (step.kind === 'evict-except') this.evict(item)
    else if (step.kind === 'replace') {
      this.replace(item, { rank: step.rank, charge: step.charge, deadline: step.deadline })
      this.fit(item)
    }
  }

  #write(item: StageItem): void {
    const kept = this.pages.hotWord(item.slot, META) & ORDERS_META
    this.pages.setHot(item.slot, META, kept | metaOf(item))
    this.pages.setHot(item.slot, FORM, item.deadline)
    this.pages.setCold(item.slot, CHARGE, item.charge)
  }

  #pick(pick: number): StageItem | undefined {
    return this.items[pick % Math.max(this.#held.size, 1)]
  }

  #itemOf(slot: number): StageItem {
    const item = this.#held.get(slot)
    assert.ok(item !== undefined, 'the order asks only for slots that are in')
    return item
  }

  #sizeOf(item: StageItem): number {
    return this.#space.isByBytes ? item.charge : 1
  }
}

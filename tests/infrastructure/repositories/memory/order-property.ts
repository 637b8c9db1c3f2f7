import fc from 'fast-check'
import { expect } from 'vitest'
import {
  CACHE_PRIORITIES,
  type CachePriority,
} from '../../../../src/core/value-objects/cache-priority.ts'
import type {
  EvictionOrder,
  MemoryEviction,
} from '../../../../src/infrastructure/repositories/memory/memory-eviction.ts'
import {
  type MemorySlot,
  memorySlot,
} from '../../../../src/infrastructure/repositories/memory/memory-slot.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { type NaiveItem, type NaiveOrder, naiveOrder } from './naive-order.ts'

/** A slot of a fresh entry. */
export function slotFixture(
  key: string,
  overrides: Parameters<typeof entryFixture>[0] = {},
): MemorySlot {
  return memorySlot(entryFixture({ key, ...overrides }), 0)
}

type Step =
  | { readonly kind: 'add'; readonly priority: CachePriority; readonly accessCount: number }
  | { readonly kind: 'use' | 'remove' | 'evict' | 'replace'; readonly pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      priority: fc.constantFrom(...CACHE_PRIORITIES),
      accessCount: fc.constantFrom(0, 0, 0, 1, 30, 31, 32),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('use' as const), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('evict' as const), pick: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('remove' as const, 'replace' as const),
      pick: fc.nat(),
    }),
  },
)

interface Pair {
  readonly slot: MemorySlot
  readonly item: NaiveItem
}

/** A policy and its naive model, led through the same steps. */
class ComparedOrder {
  readonly #order: EvictionOrder
  readonly #model: NaiveOrder
  readonly #held: Pair[] = []
  #made = 0

  constructor(eviction: MemoryEviction) {
    this.#order = eviction.createOrder()
    this.#model = naiveOrder(eviction.policy)
  }

  run(each: Step): void {
    const pair = 'pick' in each ? this.#held[each.pick % Math.max(this.#held.length, 1)] : undefined
    switch (each.kind) {
      case 'add':
        this.#add(each.priority, each.accessCount)
        break
      case 'use':
        if (pair !== undefined) this.#use(pair)
        break
      case 'remove':
        if (pair !== undefined) this.#leave(pair, false)
        break
      case 'evict':
        this.evict(undefined)
        break
      case 'replace':
        // As a store replaces an entry: others leave for the new one, the old one is spared and goes then.
        if (pair === undefined) break
        this.evict(pair)
        this.#leave(pair, false)
        break
    }
    this.#victim(undefined)
  }

  /** True if somebody left. */
  evict(except: Pair | undefined): boolean {
    const victim = this.#victim(except)
    if (victim !== undefined) this.#leave(victim, true)
    return victim !== undefined
  }

  #add(priority: CachePriority, accessCount: number): void {
    const slot = slotFixture(`slot:${this.#made}`, { priority, accessCount })
    const item = { id: this.#made, rank: slot.rank, accessCount }
    this.#made += 1
    this.#held.push({ slot, item })
    this.#order.add(slot)
    this.#model.add(item)
  }

  #use({ slot, item }: Pair): void {
    slot.accessCount += 1
    item.accessCount += 1
    this.#order.use(slot)
    this.#model.use(item)
  }

  #leave(pair: Pair, isEviction: boolean): void {
    this.#held.splice(this.#held.indexOf(pair), 1)
    this.#order.remove(pair.slot, isEviction)
    this.#model.remove(pair.item, isEviction)
  }

  #victim(except: Pair | undefined): Pair | undefined {
    const slot = this.#order.victim(except?.slot)
    const item = this.#model.victim(except?.item)
    expect(slot?.key).toBe(item === undefined ? undefined : `slot:${item.id}`)
    return this.#held.find((pair) => pair.slot === slot)
  }
}

/** Compares a policy with its naive model over random sequences of steps, victim by victim to the last. */
export function checkOrderAgainstModel(eviction: MemoryEviction): void {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const compared = new ComparedOrder(eviction)
      for (const each of steps) compared.run(each)
      while (compared.evict(undefined));
    }),
    { numRuns: 300 },
  )
}

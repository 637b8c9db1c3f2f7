import {
  type CacheNamespace,
  DEFAULT_NAMESPACE,
} from '../../../../src/core/entities/cache-namespace.ts'
import {
  type CachePriority,
  priorityRank,
} from '../../../../src/core/value-objects/cache-priority.ts'
import { KeyIndex } from '../../../../src/infrastructure/repositories/memory/key-index.ts'
import { MemoryBudget } from '../../../../src/infrastructure/repositories/memory/memory-budget.ts'
import { MemoryLimits } from '../../../../src/infrastructure/repositories/memory/memory-limits.ts'
import { MemorySpace } from '../../../../src/infrastructure/repositories/memory/memory-space.ts'
import {
  CHARGE,
  NO_SLOT,
  SlotPages,
  USES_MASK,
  USES_ONE,
} from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'

const SEED = 1

/** What a slot is to the space: its key, how large it is, and how dear. */
export interface SpaceItem {
  readonly charge?: number
  readonly priority?: CachePriority
}

/** A namespace's space with slots that have keys and charges and nothing else, and who had to leave. */
export class SpaceStage {
  readonly pages: SlotPages = new SlotPages()
  readonly shared: MemoryLimits
  readonly budget: MemoryBudget
  readonly space: MemorySpace
  namespace: CacheNamespace
  /** Who left: `key rule limit`. */
  readonly evicted: string[] = []
  /** Called for each who leaves, as a listener is. */
  onEvicted: (key: string) => void = () => undefined
  readonly #keys: Map<number, string> = new Map()
  readonly #index: KeyIndex

  constructor(namespace: Partial<CacheNamespace> = {}, shared: Partial<MemoryLimits> = {}) {
    this.namespace = { ...DEFAULT_NAMESPACE, name: 'a', evictionPolicy: 'lru', ...namespace }
    this.shared = new MemoryLimits(shared.maxEntries, shared.maxBytes)
    this.budget = new MemoryBudget(this.shared)
    const slots = {
      hasKey: (slot: number, key: string) => this.#keys.get(slot) === key,
      hashOf: (slot: number) => this.#index.hashOf(this.keyOf(slot)),
    }
    this.#index = new KeyIndex(slots, SEED, true)
    this.space = new MemorySpace(this.namespace, {
      budget: this.budget,
      pages: this.pages,
      find: (key) => this.#index.find(key),
      hashOf: slots.hashOf,
      idleMs: (slot) => slot,
      endTick: (slot) => slot,
      onEvicted: (slot, cause) => {
        const key = this.keyOf(slot)
        if (cause.kind === 'evicted') this.evicted.push(`${key} ${cause.rule} ${cause.limit}`)
        this.#forget(slot)
        this.onEvicted(key)
      },
    })
  }

  get keys(): string[] {
    return [...this.#keys.values()].toSorted()
  }

  keyOf(slot: number): string {
    return this.#keys.get(slot) ?? ''
  }

  slotOf(key: string): number {
    return this.#index.find(key)
  }

  /** Puts a key into the space, whether there is room or not. */
  add(key: string, item: SpaceItem = {}): number {
    const slot = this.pages.take()
    this.#write(slot, item)
    this.#keys.set(slot, key)
    this.#index.add(slot, key, this.#index.hashOf(key))
    this.space.add(slot, this.#index.hashOf(key))
    return slot
  }

  /** Asks for room, and puts the key in, in the place of the one that is there, if it gets some. */
  set(key: string, item: SpaceItem = {}): string | undefined {
    const { charge = 100 } = item
    const rank = priorityRank(item.priority ?? 'medium')
    const refusal = this.space.makeRoomFor(key, this.#index.hashOf(key), charge, rank)
    if (refusal !== undefined) return refusal
    const old = this.slotOf(key)
    if (old === NO_SLOT) this.add(key, item)
    else this.#replace(old, key, item)
    return undefined
  }

  use(key: string): void {
    const slot = this.slotOf(key)
    const meta = this.pages.meta(slot)
    if ((meta & USES_MASK) !== USES_MASK) this.pages.setMeta(slot, meta + USES_ONE)
    this.space.use(slot, this.#index.hashOf(key), meta)
  }

  remove(key: string): void {
    const slot = this.slotOf(key)
    this.space.remove(slot)
    this.#forget(slot)
  }

  configure(changes: Partial<CacheNamespace>): void {
    this.namespace = { ...this.namespace, ...changes }
    this.space.configure(this.namespace)
  }

  clear(): void {
    this.space.clear()
    this.#index.clear()
    this.#keys.clear()
    this.pages.clear()
  }

  #replace(slot: number, key: string, item: SpaceItem): void {
    const chargeBefore = this.pages.charge(slot)
    const isOrdered = this.pages.rank(slot) !== 3 && item.priority !== 'critical'
    if (!isOrdered) this.space.remove(slot)
    this.#write(slot, item)
    if (isOrdered) this.space.replace(slot, this.#index.hashOf(key), chargeBefore)
    else this.space.add(slot, this.#index.hashOf(key))
  }

  #write(slot: number, { charge = 100, priority = 'medium' }: SpaceItem): void {
    this.pages.setMeta(slot, (this.pages.meta(slot) & ~3) | priorityRank(priority))
    this.pages.setCold(slot, CHARGE, charge)
  }

  #forget(slot: number): void {
    const key = this.keyOf(slot)
    this.#index.remove(slot, key, this.#index.hashOf(key))
    this.#keys.delete(slot)
    this.pages.give(slot)
  }
}

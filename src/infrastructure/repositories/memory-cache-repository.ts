import type { CacheNamespace } from '../../core/entities/cache-namespace.ts'
import type { CacheRepository, MemoryStorePorts } from '../../core/protocols/cache-repository.ts'
import type { Clock } from '../../core/protocols/clock.ts'
import type { SizeBytes } from '../../core/value-objects/cache-size.ts'
import type { EvictionPolicy } from '../../core/value-objects/eviction-policy.ts'
import { evictionPolicies } from './memory/eviction-policies.ts'
import { MemoryBudget } from './memory/memory-budget.ts'
import { MemoryEntryStore } from './memory/memory-entry-store.ts'
import { MemoryLimits } from './memory/memory-limits.ts'

/** What a memory repository goes by. */
export interface MemoryRepositoryOptions {
  readonly clock: Clock
  /** Most entries of all namespaces together; `undefined`: only their bytes are limited. */
  readonly maxEntries?: number | undefined
  /** Most bytes of all namespaces together, each entry counted as `chargeOf` says. */
  readonly maxBytes: SizeBytes
  /** Which namespace gives way when these limits are reached; within it, its own policy chooses. */
  readonly evictionPolicy: EvictionPolicy
}

/** Entries in this process, gone with it. Bounded: by the limits of each namespace, and by those of all. */
export class MemoryCacheRepository implements CacheRepository {
  readonly #clock: Clock
  readonly #budget: MemoryBudget
  readonly #stores = new Set<MemoryEntryStore>()

  constructor(options: MemoryRepositoryOptions) {
    this.#clock = options.clock
    this.#budget = new MemoryBudget(
      new MemoryLimits(options.maxEntries, options.maxBytes),
      evictionPolicies[options.evictionPolicy],
      options.clock,
    )
  }

  open(namespace: CacheNamespace, ports: MemoryStorePorts): MemoryEntryStore {
    const store = new MemoryEntryStore(namespace, ports, {
      clock: this.#clock,
      budget: this.#budget,
    })
    this.#stores.add(store)
    return store
  }

  /** Empties all stores. */
  close(): void {
    for (const store of this.#stores) store.clear()
  }
}

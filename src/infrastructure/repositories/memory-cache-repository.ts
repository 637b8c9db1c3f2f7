import type { CacheNamespace } from '../../core/entities/cache-namespace.ts'
import type {
  CacheRepository,
  MemoryCapacity,
  MemoryStorePorts,
} from '../../core/protocols/cache-repository.ts'
import type { Clock } from '../../core/protocols/clock.ts'
import type { Random } from '../../core/protocols/random.ts'
import type { SizeBytes } from '../../core/value-objects/cache-size.ts'
import type { MemoryStorage } from '../../core/value-objects/memory-storage.ts'
import { BufferStorage } from './memory/buffer/buffer-storage.ts'
import { MemoryBudget } from './memory/memory-budget.ts'
import { MemoryEntryStore } from './memory/memory-entry-store.ts'
import { MemoryLimits } from './memory/memory-limits.ts'
import { ReferenceStorage } from './memory/reference-storage.ts'
import type { SlotPages } from './memory/slot-pages.ts'
import type { SlotStorage } from './memory/slot-storage.ts'

/** What a memory repository goes by. */
export interface MemoryRepositoryOptions {
  readonly clock: Clock
  readonly random: Random
  /** Most entries of all namespaces together; `undefined`: only their bytes are limited. */
  readonly maxEntries?: number | undefined
  /** Most bytes of all namespaces together, each entry counted as `chargeOf` says. */
  readonly maxBytes: SizeBytes
}

const storages: Readonly<
  Record<MemoryStorage, (pages: SlotPages, hashSeed: number) => SlotStorage>
> = {
  reference: (pages) => new ReferenceStorage(pages),
  buffer: (pages, hashSeed) => new BufferStorage(pages, hashSeed),
}

/** Entries in this process, gone with it. Bounded: by the limits of each namespace, and by those of all. */
export class MemoryCacheRepository implements CacheRepository {
  readonly #clock: Clock
  readonly #hashSeed: number
  readonly #budget: MemoryBudget
  readonly #stores = new Set<MemoryEntryStore>()

  constructor(options: MemoryRepositoryOptions) {
    this.#clock = options.clock
    this.#hashSeed = (options.random.next() * 0x1_0000_0000) | 0
    this.#budget = new MemoryBudget(new MemoryLimits(options.maxEntries, options.maxBytes))
  }

  open(namespace: CacheNamespace, ports: MemoryStorePorts): MemoryEntryStore {
    const store = new MemoryEntryStore(namespace, ports, {
      clock: this.#clock,
      budget: this.#budget,
      hashSeed: this.#hashSeed,
      createStorage: (pages) => storages[namespace.storage](pages, this.#hashSeed),
    })
    this.#stores.add(store)
    return store
  }

  resize({ maxEntries, maxBytes }: MemoryCapacity): void {
    this.#budget.limits.maxEntries = maxEntries
    this.#budget.limits.maxBytes = maxBytes
  }

  /** Empties all stores. */
  close(): void {
    for (const store of this.#stores) store.clear()
  }
}

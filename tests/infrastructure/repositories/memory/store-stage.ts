import {
  type CacheNamespace,
  DEFAULT_NAMESPACE,
} from '../../../../src/core/entities/cache-namespace.ts'
import type {
  EntryValidity,
  MemoryStore,
  RemovedEntry,
  Validity,
} from '../../../../src/core/protocols/cache-repository.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { MemoryCacheRepository } from '../../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { createFakeClock, type FakeClock } from '../../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../../fakes/fake-random.ts'

/** What the stage's random source gives, and so where its hashes of keys begin. */
const CHANCE = 0.5
export const STAGE_SEED: number = (CHANCE * 2 ** 32) | 0

/** The store of one namespace, on a clock that begins at 0, with marks made by hand. It evicts by `lru`. */
export class StoreStage {
  readonly time: FakeClock = createFakeClock(0)
  readonly repository: MemoryCacheRepository = new MemoryCacheRepository({
    clock: this.time.clock,
    random: fakeRandom(CHANCE),
    maxBytes: parseSize('64mb', 'maxBytes'),
  })
  readonly store: MemoryStore
  /** Who left, and why: `key kind rule limit`. */
  readonly told: string[] = []
  readonly removed: RemovedEntry[] = []
  readonly validity = {
    version: 0,
    checks: 0,
    verdict: (_entry: Parameters<EntryValidity['check']>[0]): Validity => ({ kind: 'valid' }),
    check(entry: Parameters<EntryValidity['check']>[0]): Validity {
      this.checks += 1
      return this.verdict(entry)
    },
  }
  #namespace: CacheNamespace
  readonly #listeners: (() => void)[] = []

  constructor(namespace: Partial<CacheNamespace> = {}) {
    this.#namespace = { ...DEFAULT_NAMESPACE, name: 'a', evictionPolicy: 'lru', ...namespace }
    this.store = this.repository.open(this.#namespace, {
      validity: this.validity,
      onRemoved: (entry, cause) => {
        const rule = 'rule' in cause ? cause.rule : undefined
        const limit = 'limit' in cause ? cause.limit : undefined
        this.told.push([entry.key, cause.kind, rule, limit].filter(Boolean).join(' '))
        this.removed.push(entry)
        this.#listeners.pop()?.()
      },
    })
  }

  /** Runs `listener` within the next report of a removal, as a user's event listener does. */
  readonly onNextRemoval = (listener: () => void): void => {
    this.#listeners.push(listener)
  }

  readonly configure = (changes: Partial<CacheNamespace>): void => {
    this.#namespace = { ...this.#namespace, ...changes }
    this.store.configure(this.#namespace)
  }
}

import fc from 'fast-check'
import { expect } from 'vitest'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import { DEFAULT_NAMESPACE } from '../../../../src/core/entities/cache-namespace.ts'
import type {
  EntryValidity,
  MemoryStore,
  Validity,
} from '../../../../src/core/protocols/cache-repository.ts'
import { type CacheKey, parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { parseDuration } from '../../../../src/core/value-objects/duration.ts'
import type { EvictionPolicy } from '../../../../src/core/value-objects/eviction-policy.ts'
import type { MemoryStorage } from '../../../../src/core/value-objects/memory-storage.ts'
import { BufferStorage } from '../../../../src/infrastructure/repositories/memory/buffer/buffer-storage.ts'
import { ReferenceStorage } from '../../../../src/infrastructure/repositories/memory/reference-storage.ts'
import { SlotPages } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { MemoryCacheRepository } from '../../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { fakeRandom } from '../../../fakes/fake-random.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { described, removal } from './naive-held.ts'
import type { NaiveLimits } from './naive-limits.ts'
import { type NaiveSettings, NaiveStore } from './naive-store.ts'
import {
  type KeyStep,
  type StoreLife,
  type StoreStep,
  settingsOf,
  shared,
  storeStep,
} from './store-step.ts'

/** Of the long ones, some end where a unit of the store begins, and its short look and its long one meet. */
const LIVES_MS: Readonly<Record<StoreLife, number>> = {
  never: Number.POSITIVE_INFINITY,
  short: 50,
  long: 4096,
  stale: 50,
  sliding: 50,
}

/** How a run begins. */
interface Beginning {
  readonly storage: MemoryStorage
  readonly settings: NaiveSettings
  readonly shared: NaiveLimits
  /** Looks at everything after each step; otherwise what is dead or invalid stays until it is met. */
  readonly isListed: boolean
}

/** A store and its naive model, led through the same steps. */
class ComparedStore implements EntryValidity {
  version = 0
  readonly #repository: MemoryCacheRepository
  readonly #store: MemoryStore
  readonly #model: NaiveStore
  readonly #storage: MemoryStorage
  readonly #chargeOf: (entry: CacheEntry) => number
  readonly #removals: string[] = []
  readonly #isListed: boolean
  #settings: NaiveSettings
  #shared: NaiveLimits
  #seq = 0
  #made = 0

  constructor(beginning: Beginning) {
    this.#storage = beginning.storage
    this.#settings = beginning.settings
    this.#shared = beginning.shared
    this.#isListed = beginning.isListed
    // One that holds nothing: it only says what an entry would count.
    const scales =
      beginning.storage === 'buffer'
        ? new BufferStorage(new SlotPages(), 0)
        : new ReferenceStorage(new SlotPages())
    this.#chargeOf = ({ key, value, sizeBytes }) => scales.prepare(key, value, sizeBytes)
    this.#model = new NaiveStore(this.#settings, this.#shared, this.#chargeOf)
    this.#repository = new MemoryCacheRepository({
      clock: { nowMs: () => this.#model.nowMs, monotonicMs: () => this.#model.nowMs },
      random: fakeRandom(0.5),
      maxBytes: parseSize(1_000_000, 'maxBytes'),
    })
    this.#repository.resize(this.#shared)
    this.#store = this.#repository.open(this.#namespace(), {
      validity: this,
      onRemoved: (entry, cause) => this.#removals.push(removal(entry, cause)),
    })
  }

  check({ key, birth }: Pick<CacheEntry, 'key' | 'birth'>): Validity {
    const hard = this.#model.hardMarks.get(key) ?? -1
    const soft = this.#model.softMarks.get(key) ?? -1
    if (hard > birth.seq) return { kind: 'invalid', ...markAt(key, hard) }
    return soft > birth.seq ? { kind: 'soft', ...markAt(key, soft) } : { kind: 'valid' }
  }

  run(each: StoreStep): void {
    if ('key' in each) this.#runOnKey(each, parseCacheKey(`key:${each.key}`))
    else this.#runOnAll(each)
    this.#compare()
    if (!this.#isListed) return
    this.#list()
    this.#compare()
  }

  #compare(): void {
    const usage = this.#store.usage()
    expect(usage).toEqual(this.#model.usage)
    expect(this.#removals).toEqual(this.#model.removals)
    for (const { maxEntries, maxBytes } of [this.#settings, this.#shared]) {
      expect(usage.entries).toBeLessThanOrEqual(maxEntries ?? usage.entries)
      expect(usage.bytes).toBeLessThanOrEqual(maxBytes ?? usage.bytes)
    }
  }

  /** Lets the store act, then the model, which may follow what the store has reported meanwhile. */
  #both<R>(act: (store: MemoryStore) => R, follow: (model: NaiveStore) => R): void {
    const known = this.#removals.length
    const found = act(this.#store)
    this.#model.follow(this.#removals.slice(known))
    expect(found).toEqual(follow(this.#model))
  }

  #runOnKey(each: KeyStep, on: CacheKey): void {
    const { nowMs } = this.#model
    const lifeLater = { expiresAtMs: nowMs + 50, staleUntilMs: nowMs + 100 }
    switch (each.kind) {
      case 'set': {
        const entry = this.#entryOf(each, on)
        this.#both(
          (store) => store.set(entry),
          (model) => model.set(entry),
        )
        break
      }
      case 'hard mark':
      case 'soft mark':
        this.#seq += 1
        this.version += 1
        this.#model[each.kind === 'hard mark' ? 'hardMarks' : 'softMarks'].set(on, this.#seq)
        break
      case 'touch':
      case 'touch with life': {
        const life = each.kind === 'touch' ? undefined : lifeLater
        this.#both(
          (store) => store.touch(on, life),
          (model) => model.touch(on, life),
        )
        break
      }
      case 'get':
        this.#both<unknown>(
          (store) => describedEntry(store.get(on)),
          (model) => model.get(on),
        )
        break
      case 'read':
        this.#both<unknown>(
          (store) => store.read(on),
          (model) => model.read(on),
        )
        break
      case 'delete':
        this.#both(
          (store) => store.delete(on),
          (model) => model.delete(on),
        )
        break
    }
  }

  #runOnAll(each: Exclude<StoreStep, KeyStep>): void {
    switch (each.kind) {
      case 'pass':
        this.#model.nowMs += each.ms
        break
      case 'list':
        this.#list()
        break
      case 'sweep':
        while (!this.#store.sweep(0));
        this.#model.list()
        this.#sortRemovals()
        break
      case 'expire':
        this.#expire()
        break
      case 'clear':
        this.#store.clear()
        this.#model.clear()
        break
      case 'configure':
        this.#settings = each.settings
        this.#both(
          (store) => store.configure(this.#namespace()),
          (model) => model.configure(each.settings),
        )
        break
      case 'resize':
        this.#shared = each.shared
        this.#repository.resize(each.shared)
        this.#expire()
        break
    }
  }

  #expire(): void {
    this.#both(
      (store) => {
        while (!store.expire(0));
      },
      (model) => {
        model.resize(this.#shared)
        model.expire()
      },
    )
    this.#sortRemovals()
  }

  /** A listing shows each key once, and what it shows adds up to what the store says it holds. */
  #list(): void {
    const found: CacheEntry[] = []
    let cursor: string | undefined
    do {
      const page = this.#store.list(2, cursor)
      found.push(...page.entries)
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(new Set(found.map(describedEntry))).toEqual(new Set(this.#model.list()))
    expect(new Set(found.map(({ key }) => key)).size).toBe(found.length)
    const bytes = found.reduce((sum, entry) => sum + this.#chargeOf(entry), 0)
    expect(this.#store.usage()).toEqual({ entries: found.length, bytes })
    this.#sortRemovals()
  }

  #entryOf(each: Extract<KeyStep, { kind: 'set' }>, on: CacheKey): CacheEntry {
    const { nowMs } = this.#model
    this.#made += 1
    const endsAtMs = nowMs + LIVES_MS[each.life]
    // Text of as many bytes as it says, so that both kinds of storage find the same size.
    const value = String(this.#made).padStart(each.sizeBytes, '.')
    return entryFixture({
      key: on,
      value,
      priority: each.priority,
      sizeBytes: value.length,
      createdAtMs: nowMs,
      birth: { generation: 'g', seq: this.#seq },
      expiresAtMs: endsAtMs,
      staleUntilMs: each.life === 'stale' || each.life === 'sliding' ? endsAtMs + 50 : endsAtMs,
      ttl:
        each.life === 'never' ? { kind: 'never' } : { kind: 'span', ms: parseDuration(120, 'ttl') },
      slidingTtlMs: each.life === 'sliding' ? parseDuration(50, 'slidingTtl') : undefined,
    })
  }

  #namespace(): Parameters<MemoryStore['configure']>[0] {
    const { maxBytes } = this.#settings
    const size = maxBytes === undefined ? undefined : parseSize(maxBytes, 'maxBytes')
    const name = 'compared'
    const storage = this.#storage
    return { ...DEFAULT_NAMESPACE, name, storage, ...this.#settings, maxBytes: size }
  }

  /** In which order those leave who are met on a walk over everything is the store's own affair. */
  #sortRemovals(): void {
    this.#removals.sort()
    this.#model.removals.sort()
  }
}

/** Compares a store with its naive model over random sequences of steps. */
export function checkStoreAgainstModel(policy: EvictionPolicy, storage: MemoryStorage): void {
  const beginning = fc.record({
    storage: fc.constant(storage),
    settings: settingsOf(fc.constant(policy)),
    shared,
    isListed: fc.boolean(),
  })
  fc.assert(
    fc.property(beginning, fc.array(storeStep, { maxLength: 80 }), (begin, steps) => {
      const compared = new ComparedStore(begin)
      for (const each of steps) compared.run(each)
    }),
    { numRuns: 400 },
  )
}

function markAt(key: string, seq: number): Omit<Exclude<Validity, { kind: 'valid' }>, 'kind'> {
  const mark = markFixture({ kind: 'key', key: parseCacheKey(key) })
  return { mark, position: { generation: 'g', seq } }
}

function describedEntry(entry: CacheEntry | undefined): unknown {
  if (entry === undefined) return undefined
  return described({ ...entry, isSoft: entry.isSoftInvalidated, entry })
}

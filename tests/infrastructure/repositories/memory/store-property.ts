import fc from 'fast-check'
import { expect } from 'vitest'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import { DEFAULT_NAMESPACE } from '../../../../src/core/entities/cache-namespace.ts'
import type { InvalidationMark } from '../../../../src/core/entities/invalidation-mark.ts'
import type {
  EntryValidity,
  MemoryStore,
  Validity,
} from '../../../../src/core/protocols/cache-repository.ts'
import { type CacheKey, parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import {
  CACHE_PRIORITIES,
  type CachePriority,
} from '../../../../src/core/value-objects/cache-priority.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { parseDuration } from '../../../../src/core/value-objects/duration.ts'
import {
  EVICTION_POLICIES,
  type EvictionPolicy,
} from '../../../../src/core/value-objects/eviction-policy.ts'
import { MemoryCacheRepository } from '../../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { described, type NaiveLimits, NaiveStore } from './naive-store.ts'

type Life = 'never' | 'short' | 'long' | 'stale' | 'sliding'

type Step =
  | {
      readonly kind: 'set'
      readonly key: number
      readonly priority: CachePriority
      readonly sizeBytes: number
      readonly life: Life
    }
  | {
      readonly kind:
        | 'read'
        | 'get'
        | 'touch'
        | 'touch with life'
        | 'delete'
        | 'hard mark'
        | 'soft mark'
      readonly key: number
    }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'list' | 'sweep' | 'clear' }
  | { readonly kind: 'configure'; readonly limits: NaiveLimits }

/** Of the long ones, some end at a multiple of 64 ms, where the store's short look and its long one meet. */
const LIVES_MS: Readonly<Record<Life, number>> = {
  never: Number.POSITIVE_INFINITY,
  short: 50,
  long: 128,
  stale: 50,
  sliding: 50,
}

const key = fc.nat({ max: 9 })
const limitsOf = (policy: fc.Arbitrary<EvictionPolicy>): fc.Arbitrary<NaiveLimits> =>
  fc.record({
    maxEntries: fc.constantFrom(undefined, 1, 3, 5),
    maxBytes: fc.constantFrom(undefined, 600, 2000, 5000),
    evictionPolicy: policy,
  })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      key,
      priority: fc.constantFrom(...CACHE_PRIORITIES),
      sizeBytes: fc.constantFrom(1, 100, 199, 700, 4000),
      life: fc.constantFrom<Life>('never', 'short', 'long', 'stale', 'sliding'),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('read' as const), key }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'get' as const,
        'touch' as const,
        'touch with life' as const,
        'delete' as const,
        'hard mark' as const,
        'soft mark' as const,
      ),
      key,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 10, 49, 50, 51, 127, 128, 129),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('list' as const, 'sweep' as const, 'clear' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('configure' as const),
      limits: limitsOf(fc.constantFrom(...EVICTION_POLICIES)),
    }),
  },
)

/** A store and its naive model, led through the same steps. */
class ComparedStore implements EntryValidity {
  version = 0
  readonly #store: MemoryStore
  readonly #model: NaiveStore
  readonly #removals: string[] = []
  #limits: NaiveLimits
  #seq = 0
  #made = 0

  constructor(limits: NaiveLimits) {
    this.#limits = limits
    this.#model = new NaiveStore(limits)
    const repository = new MemoryCacheRepository({
      clock: { nowMs: () => this.#model.nowMs, monotonicMs: () => this.#model.nowMs },
      maxBytes: parseSize('1mb', 'maxBytes'),
      evictionPolicy: 'lru',
    })
    this.#store = repository.open(namespaceOf(limits), {
      validity: this,
      onRemoved: (entry, cause) => this.#removals.push(`${entry.value} ${cause.kind}`),
    })
  }

  check({ key: entryKey, birth }: Pick<CacheEntry, 'key' | 'birth'>): Validity {
    const hard = this.#model.hardMarks.get(entryKey) ?? -1
    const soft = this.#model.softMarks.get(entryKey) ?? -1
    if (hard > birth.seq) return { kind: 'invalid', ...markAt(entryKey, hard) }
    return soft > birth.seq ? { kind: 'soft', ...markAt(entryKey, soft) } : { kind: 'valid' }
  }

  run(each: Step): void {
    if ('key' in each) this.#runOnKey(each, parseCacheKey(`key:${each.key}`))
    else this.#runOnAll(each)
    const usage = this.#store.usage()
    expect(usage).toEqual(this.#model.usage)
    expect(this.#removals).toEqual(this.#model.removals)
    const { maxEntries, maxBytes } = this.#limits
    expect(usage.entries).toBeLessThanOrEqual(maxEntries ?? usage.entries)
    expect(usage.bytes).toBeLessThanOrEqual(maxBytes ?? usage.bytes)
  }

  #runOnKey(each: Extract<Step, { key: number }>, on: CacheKey): void {
    const store = this.#store
    const model = this.#model
    const lifeLater = { expiresAtMs: model.nowMs + 50, staleUntilMs: model.nowMs + 100 }
    switch (each.kind) {
      case 'set':
        this.#set(each, on)
        break
      case 'read':
        expect(store.read(on)).toBe(model.read(on))
        break
      case 'get':
        expect(describedEntry(store.get(on))).toEqual(model.get(on))
        break
      case 'delete':
        expect(store.delete(on)).toBe(model.delete(on))
        break
      case 'touch':
      case 'touch with life': {
        const life = each.kind === 'touch' ? undefined : lifeLater
        store.touch(on, life)
        model.touch(on, life)
        break
      }
      case 'hard mark':
      case 'soft mark':
        this.#seq += 1
        this.version += 1
        model[each.kind === 'hard mark' ? 'hardMarks' : 'softMarks'].set(on, this.#seq)
        break
    }
  }

  #runOnAll(each: Exclude<Step, { key: number }>): void {
    switch (each.kind) {
      case 'pass':
        this.#model.nowMs += each.ms
        break
      case 'list':
        expect(new Set(this.#listed())).toEqual(new Set(this.#model.list()))
        this.#sortNewRemovals()
        break
      case 'sweep':
        while (!this.#store.sweep(0));
        this.#model.list()
        this.#sortNewRemovals()
        break
      case 'clear':
        this.#store.clear()
        this.#model.clear()
        break
      case 'configure':
        this.#limits = each.limits
        this.#store.configure(namespaceOf(each.limits))
        this.#model.configure(each.limits)
        break
    }
  }

  #set(each: Extract<Step, { kind: 'set' }>, on: CacheKey): void {
    const { nowMs } = this.#model
    this.#made += 1
    const endsAtMs = nowMs + LIVES_MS[each.life]
    const entry = entryFixture({
      key: on,
      value: this.#made,
      priority: each.priority,
      sizeBytes: each.sizeBytes,
      createdAtMs: nowMs,
      birth: { generation: 'g', seq: this.#seq },
      expiresAtMs: endsAtMs,
      staleUntilMs: each.life === 'stale' || each.life === 'sliding' ? endsAtMs + 50 : endsAtMs,
      ttl:
        each.life === 'never' ? { kind: 'never' } : { kind: 'span', ms: parseDuration(120, 'ttl') },
      slidingTtlMs: each.life === 'sliding' ? parseDuration(50, 'slidingTtl') : undefined,
    })
    expect(this.#store.set(entry)).toBe(this.#model.set(entry))
  }

  #listed(): unknown[] {
    const found: unknown[] = []
    let cursor: string | undefined
    do {
      const page = this.#store.list(2, cursor)
      found.push(...page.entries.map(describedEntry))
      cursor = page.cursor
    } while (cursor !== undefined)
    return found
  }

  /** In which order those leave who are met on a walk over everything is the store's own affair. */
  #sortNewRemovals(): void {
    this.#removals.sort()
    this.#model.removals.sort()
  }
}

/** Compares a store with its naive model over random sequences of steps. */
export function checkStoreAgainstModel(policy: EvictionPolicy): void {
  fc.assert(
    fc.property(
      limitsOf(fc.constant(policy)),
      fc.array(step, { maxLength: 80 }),
      (limits, steps) => {
        const compared = new ComparedStore(limits)
        for (const each of steps) compared.run(each)
      },
    ),
    { numRuns: 400 },
  )
}

function namespaceOf(limits: NaiveLimits): Parameters<MemoryStore['configure']>[0] {
  const maxBytes =
    limits.maxBytes === undefined ? undefined : parseSize(limits.maxBytes, 'maxBytes')
  return { ...DEFAULT_NAMESPACE, name: 'compared', ...limits, maxBytes }
}

function markAt(key: string, seq: number): Omit<Exclude<Validity, { kind: 'valid' }>, 'kind'> {
  const mark: InvalidationMark = {
    namespace: 'compared',
    scope: { kind: 'key', key: parseCacheKey(key) },
    soft: false,
    act: 'invalidate',
    origin: 'test',
    reason: undefined,
    atMs: 0,
  }
  return { mark, position: { generation: 'g', seq } }
}

function describedEntry(entry: CacheEntry | undefined): unknown {
  if (entry === undefined) return undefined
  return described({ ...entry, isSoft: entry.isSoftInvalidated, entry })
}

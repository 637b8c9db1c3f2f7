// hot path: benchmarks/memory-hit.bench.ts
/**
 * What a user holds of a namespace: each method parses, resolves the options, and calls one use case.
 *
 * A hit in memory is answered here: the store's `read` is the whole way, with no await and no allocation
 * but the promise. A key that the store knows is a valid key, so only misses are parsed.
 */
import type { CacheNamespace } from '../../core/entities/cache-namespace.ts'
import type { CacheEventType } from '../../core/events/cache-event.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import type { MemoryStore } from '../../core/protocols/cache-repository.ts'
import type { InvalidationResult } from '../../core/protocols/invalidation-service.ts'
import { type CacheKey, parseCacheKey } from '../../core/value-objects/cache-key.ts'
import {
  type EntryOptions,
  type EntryPolicy,
  rejectUnknownOptions,
  resolveEntryPolicy,
} from '../../core/value-objects/entry-policy.ts'
import { deleteCacheEntry } from '../commands/delete-cache-entry.ts'
import { flushNamespace } from '../commands/flush-namespace.ts'
import {
  type ClosureOf,
  type InvalidationOptions,
  type InvalidationTarget,
  invalidatePattern,
  parseInvalidationTarget,
} from '../commands/invalidate-pattern.ts'
import {
  type LeaseAnswer,
  type LeaseOptions,
  leaseCacheEntry,
  parseLeaseTerms,
  releaseLease,
  storeUnderLease,
} from '../commands/lease-cache-entry.ts'
import { loadCacheEntry } from '../commands/load-cache-entry.ts'
import { setCacheEntry } from '../commands/set-cache-entry.ts'
import { touchCacheEntry } from '../commands/touch-cache-entry.ts'
import {
  type WarmItem,
  type WarmOptions,
  type WarmReport,
  warmCache,
} from '../commands/warm-cache.ts'
import { checkCacheExists } from '../queries/check-cache-exists.ts'
import { type Explanation, explainCacheKey } from '../queries/explain-cache-key.ts'
import { getCacheEntry, type Lookup, lookUpCacheEntry } from '../queries/get-cache-entry.ts'
import { type CacheStats, getCacheStats } from '../queries/get-cache-stats.ts'
import { getCacheValues } from '../queries/get-cache-values.ts'
import {
  allCacheKeys,
  type KeyListOptions,
  type KeyPage,
  listCacheKeys,
  parseKeyQuery,
} from '../queries/list-cache-keys.ts'
import { type InvalidationPreview, previewInvalidation } from '../queries/preview-invalidation.ts'
import { cacheKeyValidator } from '../validators/cache-key-validator.ts'
import type { CacheEventListener, EventDispatcher } from './event-dispatcher.ts'
import type { LoadFactory } from './loads/load-factory-context.ts'
import type { NamespacePorts } from './namespace-ports.ts'
import { type SettledItem, settleEach } from './settle-each.ts'
import { presented } from './stores/store-entry.ts'

/** Options of one `getOrSet`. */
export interface LoadOptions<V> extends EntryOptions<V> {
  /** Stops waiting; the load goes on while others wait for it, else its own signal aborts. */
  readonly signal?: AbortSignal
}

/** One entry of `setMany`. */
export interface SetItem<V> {
  readonly key: string
  readonly value: V
  readonly options?: EntryOptions<V>
}

/** Stands for no key, and equals nothing that a caller may hand in. */
const NONE = Symbol('no key')
/** What nearly every `set` answers. */
const STORED = Promise.resolve(true)
const NOT_STORED = Promise.resolve(false)
const DEFAULT_PREVIEW = 100_000
/** What a call takes besides the options of an entry. */
const CALL_OPTIONS: readonly string[] = ['signal']

/** A namespace of a cache, with values of type `V`. Made by `cache.namespace(name)`. */
export class NamespaceCache<V = unknown> {
  readonly #ports: NamespacePorts
  readonly #memory: Pick<MemoryStore, 'read' | 'configure'> | undefined
  /** Held apart: the ports are one large object, and reading from it costs a tenth of a hit. */
  readonly #onHit: NamespacePorts['onHit']
  readonly #closureOf: ClosureOf
  readonly #dispatcher: EventDispatcher
  /** The key that was parsed last: what a read didn't find is mostly stored next, under the same string. */
  #parsed: CacheKey | typeof NONE = NONE
  /** The same if neither copies nor refresh-ahead stand between it and the reader. */
  #direct: Pick<MemoryStore, 'read'> | undefined

  /** @internal */
  constructor(ports: NamespacePorts, closureOf: ClosureOf, dispatcher: EventDispatcher) {
    this.#ports = ports
    this.#memory = ports.memory ?? ports.shared?.near
    this.#onHit = ports.onHit
    this.#closureOf = closureOf
    this.#dispatcher = dispatcher
    this.#direct = isDirect(ports.settings) ? this.#memory : undefined
  }

  get name(): string {
    return this.#ports.name
  }

  /** What the namespace is set to now. */
  get settings(): CacheNamespace {
    return this.#ports.settings
  }

  /**
   * The value of a key: what is held fresh, or stale while a refresh runs behind it, or what `factory`
   * makes. However many ask at once, one factory runs. Rejects with what the factory threw, as it is,
   * unless a stale value stands in for it; never because of the cache.
   *
   * @throws CacheError CACHE_KEY_INVALID and others for bad arguments, CACHE_CLOSED, CACHE_TIMEOUT,
   *   CACHE_LOAD_REJECTED, CACHE_LOAD_REENTRANT
   */
  getOrSet(key: string, factory: LoadFactory<V>, options?: LoadOptions<V>): Promise<V> {
    if (options?.refreshAhead === undefined) {
      const value = this.#direct?.read(key as CacheKey) // A key that isn't one is just not there.
      if (value !== undefined) {
        this.#onHit(key as CacheKey, 'memory', false)
        return Promise.resolve(value as V) // Whoever shares a namespace agrees on its type.
      }
    }
    return this.#load(key, factory, options)
  }

  /** The fresh value of a key; `undefined` is a miss, `null` is a value. Rejects only for bad arguments. */
  get(key: string): Promise<V | undefined> {
    const value = this.#direct?.read(key as CacheKey) // As above.
    if (value === undefined) return this.#find(key)
    this.#onHit(key as CacheKey, 'memory', false)
    return Promise.resolve(value as V) // As above.
  }

  /** As `get`, but at once, and from memory only. */
  peek(key: string): V | undefined {
    const value = this.#direct?.read(key as CacheKey) // As above.
    if (value === undefined) return this.#peekOther(key)
    this.#onHit(key as CacheKey, 'memory', false)
    return value as V // As above.
  }

  /** The value, fresh or stale, with its state, tier, age, life and memberships. */
  async lookup(key: string): Promise<Lookup<V>> {
    return (await lookUpCacheEntry(this.#ports, this.#parse(key))) as Lookup<V> // As above.
  }

  /** As `lookup`, but at once, and from memory only; `undefined` if the entries lie in a backend. */
  peekLookup(key: string): Lookup<V> | undefined {
    if (this.#ports.memory === undefined) return undefined
    return lookUpCacheEntry(this.#ports, this.#parse(key)) as Lookup<V> // As above; from memory it comes at once.
  }

  /**
   * Stores a value that the caller knows to be the newest. False if it isn't stored (TTL of zero, no
   * space, backend away); then no older value is there either.
   *
   * @throws CacheError for bad arguments, CACHE_VALUE_INVALID, CACHE_VALUE_TOO_LARGE; then nothing is changed
   */
  set(key: string, value: V, options?: EntryOptions<V>): Promise<boolean> {
    try {
      const stored = setCacheEntry(this.#ports, this.#parse(key), value, this.#policy(options))
      if (stored === true) return STORED
      return stored === false ? NOT_STORED : stored
    } catch (error) {
      this.#noteLate()
      return Promise.reject(error)
    }
  }

  /** Removes an entry, and fences the loads of its key. True if there was one. */
  async delete(key: string): Promise<boolean> {
    this.#noteLate()
    return deleteCacheEntry(this.#ports, this.#parse(key))
  }

  /** True if there is a fresh value, or a remembered absence. */
  async has(key: string): Promise<boolean> {
    return checkCacheExists(this.#ports, this.#parse(key))
  }

  /** Gives a fresh entry a new life, counted from now. False if there is none. */
  async touch(key: string, options?: Pick<EntryOptions<V>, 'ttl'>): Promise<boolean> {
    return touchCacheEntry(this.#ports, this.#parse(key), this.#policy(options))
  }

  /** The fresh values of those keys that have one. */
  async getMany(keys: Iterable<string>): Promise<ReadonlyMap<string, V>> {
    const parsed = this.#open(() => cacheKeyValidator(keys))
    const values = await getCacheValues(this.#ports, parsed, this.#direct)
    return values as ReadonlyMap<string, V> // Whoever shares a namespace agrees on its type.
  }

  /** Stores each; one that fails leaves the others alone. In the order given. */
  setMany(items: Iterable<SetItem<V>>): Promise<readonly SettledItem[]> {
    return settleEach(items, (item) => this.set(item.key, item.value, item.options))
  }

  /** Deletes each; one that fails leaves the others alone. In the order given. */
  deleteMany(keys: Iterable<string>): Promise<readonly SettledItem[]> {
    return settleEach(
      [...keys].map((key) => ({ key })),
      (item) => this.delete(item.key),
    )
  }

  /**
   * Makes everything that the target reaches invalid: `'user:1'`, `'user:*'`, `{ tag }`, `{ regex }` and
   * so on. Costs one mark, however many entries it hits. After it resolves, no read that starts later
   * answers a value computed before it.
   */
  async invalidate(
    target: InvalidationTarget,
    options?: InvalidationOptions,
  ): Promise<InvalidationResult> {
    this.#noteLate()
    const scope = this.#open(() => parseInvalidationTarget(target, this.#closureOf))
    return invalidatePattern(this.#ports, scope, options ?? {})
  }

  /** Counts what `invalidate` would hit in this namespace, and changes nothing. */
  async previewInvalidation(
    target: InvalidationTarget,
    options?: { readonly limit?: number },
  ): Promise<InvalidationPreview> {
    const scope = this.#open(() => parseInvalidationTarget(target, this.#closureOf))
    return previewInvalidation(this.#ports, scope, options?.limit ?? DEFAULT_PREVIEW)
  }

  /** Makes the whole namespace invalid, however large it is, with one mark. */
  async flush(
    options?: Pick<InvalidationOptions, 'reason' | 'origin'>,
  ): Promise<InvalidationResult> {
    this.#noteLate()
    return this.#open(() =>
      flushNamespace(this.#ports, { reason: options?.reason, origin: options?.origin }),
    )
  }

  /** Fills the namespace from a source of values or factories. */
  async warm(
    source: Iterable<WarmItem<V>> | AsyncIterable<WarmItem<V>>,
    options?: WarmOptions,
  ): Promise<WarmReport> {
    return this.#open(() =>
      warmCache(this.#ports, source as AsyncIterable<WarmItem>, options ?? {}),
    ) // As above.
  }

  /** The keys that may be served, in an order of the store's own. */
  keys(options?: Omit<KeyListOptions, 'cursor'>): AsyncIterable<string> {
    return this.#open(() => allCacheKeys(this.#ports, options ?? {}))
  }

  /** One page of keys, with what is known of each. */
  async listKeys(options?: KeyListOptions): Promise<KeyPage> {
    return listCacheKeys(
      this.#ports,
      this.#open(() => parseKeyQuery(options ?? {})),
    )
  }

  /** Why the key is, or isn't, answered from the cache. */
  async explain(key: string): Promise<Explanation> {
    return explainCacheKey(this.#ports, this.#parse(key))
  }

  stats(): Promise<CacheStats> {
    return getCacheStats(this.#ports)
  }

  /** Calls `listener` for the events of this namespace; answers a function that ends it. */
  on<T extends CacheEventType>(type: T | '*', listener: CacheEventListener<T>): () => void {
    return this.#dispatcher.on<T>(type, (event) =>
      event.namespace === this.#ports.name ? listener(event) : undefined,
    )
  }

  /** For callers in other processes: the value, or the lease to compute it, or the word to wait. */
  async lease(key: string, options?: LeaseOptions): Promise<LeaseAnswer> {
    return leaseCacheEntry(this.#ports, this.#parse(key), parseLeaseTerms(options ?? {}))
  }

  /** Stores the value computed under a lease. False if the lease is lost: then nothing is stored. */
  async setWithLease(
    key: string,
    value: V,
    token: string,
    options?: EntryOptions<V>,
  ): Promise<boolean> {
    const policy = this.#policy(options)
    return storeUnderLease(this.#ports, this.#parse(key), { value, token, policy })
  }

  /** Gives a lease back without a value. False if it wasn't held. */
  releaseLease(key: string, token: string): boolean {
    return releaseLease(this.#ports, this.#parse(key), token)
  }

  /** @internal Applies changed settings at run time. */
  configure(settings: CacheNamespace): void {
    this.#ports.settings = settings
    this.#ports.limiter.configure(settings.maxConcurrentLoads, settings.maxQueuedLoads)
    this.#memory?.configure(settings)
    this.#direct = isDirect(settings) ? this.#memory : undefined
  }

  async #load(
    key: string,
    factory: LoadFactory<V>,
    options: LoadOptions<V> | undefined,
  ): Promise<V> {
    const request = {
      key: this.#parse(key),
      factory: parseFactory(factory as LoadFactory<unknown>), // Inside, values have no type.
      policy: this.#policy(options),
    }
    const call = { signal: options?.signal }
    return (await loadCacheEntry(this.#ports, request, call)) as V // Whoever shares a namespace agrees on its type.
  }

  async #find(key: string): Promise<V | undefined> {
    const entry = await getCacheEntry(this.#ports, this.#parse(key))
    return entry === undefined ? undefined : (presented(this.#ports, entry.value) as V) // As above.
  }

  /** A miss, or what isn't handed out as it is. */
  #peekOther(key: string): V | undefined {
    const value = this.#direct === undefined ? this.#memory?.read(key as CacheKey) : undefined // As above.
    if (value === undefined) {
      this.#ports.onMiss(this.#parse(key))
      return undefined
    }
    this.#onHit(key as CacheKey, 'memory', false) // As above.
    return presented(this.#ports, value) as V // As above.
  }

  /** Refuses a closed cache first, then a wrong key. */
  #parse(key: string): CacheKey {
    if (this.#ports.isClosed) throw closed(this.name)
    if (key === this.#parsed) return this.#parsed
    this.#parsed = parseCacheKey(key)
    return this.#parsed
  }

  /** What changes at its source after the end, a snapshot that was saved at the end can't know. */
  #noteLate(): void {
    if (this.#ports.isClosed) this.#ports.invalidation.lost()
  }

  #open<T>(act: () => T): T {
    if (this.#ports.isClosed) throw closed(this.name)
    return act()
  }

  #policy(options: EntryOptions<V> | undefined): EntryPolicy {
    const { settings, clock } = this.#ports
    if (options === undefined) return settings.entryPolicy
    rejectUnknownOptions(options, CALL_OPTIONS)
    return resolveEntryPolicy(
      settings.entryPolicy,
      options as EntryOptions | undefined,
      clock.nowMs(),
    ) // As above.
  }
}

function closed(namespace: string): CacheError {
  return new CacheError('CACHE_CLOSED', `Cannot use namespace ${namespace}: its cache is closed`)
}

function isDirect(settings: CacheNamespace): boolean {
  const isShared = settings.isolation !== 'clone' || settings.storage === 'buffer'
  return isShared && settings.entryPolicy.refreshAhead === undefined
}

function parseFactory(factory: unknown): LoadFactory<unknown> {
  if (typeof factory === 'function') return factory as LoadFactory<unknown> // Checked by the line before.
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot load: expected a factory function, got ${typeof factory}`,
  )
}

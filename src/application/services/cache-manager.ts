/** The cache as a whole: its namespaces, dependencies, events, health and end. */
import {
  type CacheNamespace,
  DEFAULT_NAMESPACE,
  type NamespaceOptions,
  parseNamespaceName,
  resolveNamespace,
} from '../../core/entities/cache-namespace.ts'
import type { CacheEventType } from '../../core/events/cache-event.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import type { PositionedMark } from '../../core/protocols/invalidation-log.ts'
import { type Duration, parseDuration } from '../../core/value-objects/duration.ts'
import {
  type MemoryLimitOptions,
  parseMemoryLimits,
} from '../../core/value-objects/memory-limit-options.ts'
import type { SavedSnapshot } from '../commands/save-snapshot.ts'
import { type CacheStats, getCacheStats, sumCacheStats } from '../queries/get-cache-stats.ts'
import { applyMark, retirement, type SweepRequest, sharedRetirement } from './apply-mark.ts'
import { type SharingHealth, sharingHealth } from './coherence/sharing-health.ts'
import type { DependencyDirectory } from './dependency-directory.ts'
import type { CacheEventListener, EventDispatcher } from './event-dispatcher.ts'
import { NamespaceCache } from './namespace-cache.ts'
import { type CachePorts, type NamespacePorts, openNamespace } from './namespace-ports.ts'
import type { RestoredSnapshot, SnapshotKeeper } from './snapshots/snapshot-keeper.ts'

/** Sees to the bytes of dead and invalid entries of the namespaces that are opened. */
export interface SweepService {
  readonly opened: (ports: NamespacePorts) => void
  readonly request: SweepRequest
  readonly close: () => void
}

/** What the manager works with. */
export interface CacheManagerPorts {
  readonly name: string
  readonly cache: CachePorts
  /** What every namespace begins with. */
  readonly defaults: NamespaceOptions
  readonly dispatcher: EventDispatcher
  readonly dependencies: DependencyDirectory
  readonly sweeps: SweepService
  readonly snapshots: SnapshotKeeper
  /** Connects to what the cache shares; nothing where it shares nothing. */
  readonly connect: () => void
  /** Frees the log and whatever else was opened for this cache. */
  readonly release: () => Promise<void>
}

/** How the cache is. `warn`: it serves, but something is not as it should be. */
export interface CacheHealth {
  readonly status: 'pass' | 'warn' | 'fail'
  readonly namespaces: number
  /** Faults of the backend since the start. */
  readonly degraded: number
  readonly activeLoads: number
  /** How this node stands to the others; `undefined` if it shares nothing. */
  readonly sharing: SharingHealth | undefined
}

/** How long `ready` waits for other nodes if nothing is said, in milliseconds. */
const DEFAULT_READY_MS = 5000

interface OpenNamespace {
  readonly ports: NamespacePorts
  readonly handle: NamespaceCache
  /** The options it was first asked for with; `undefined` if it was asked for by name only. What an operator changes later is no reason to refuse who asks as before. */
  readonly options: NamespaceOptions | undefined
}

/** A cache with its namespaces. Made by `createCache`. */
export class CacheManager {
  readonly #ports: CacheManagerPorts
  readonly #namespaces = new Map<string, OpenNamespace>()
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(ports: CacheManagerPorts) {
    this.#ports = ports
    ports.cache.sharing?.node.watch({
      onRetired: ({ seq }) => {
        for (const open of this.#namespaces.values()) {
          ports.sweeps.request(open.ports, sharedRetirement(open.ports, seq))
        }
      },
    })
  }

  get name(): string {
    return this.#ports.name
  }

  /** What values were made from, and what depends on what; shared by all namespaces. */
  get dependencies(): DependencyDirectory {
    return this.#ports.dependencies
  }

  /**
   * The namespace of this name; opened when it is first asked for. Asked for again with the same options,
   * or with none, it is the same handle.
   *
   * @throws CacheError CACHE_NAMESPACE_CONFLICT for other options than the first time; CACHE_OPTION_INVALID; CACHE_CLOSED
   */
  namespace<V = unknown>(name: string, options?: NamespaceOptions<V>): NamespaceCache<V> {
    const known = this.#namespaces.get(name)
    const given = options as NamespaceOptions | undefined // Inside, values have no type.
    const open = known ?? this.#openNamespace(name, given)
    if (known !== undefined && given !== undefined) this.#agree(known, given)
    return open.handle as unknown as NamespaceCache<V> // Whoever shares a namespace agrees on its type.
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name)
  }

  /** What a namespace is set to; `undefined` if it isn't open. */
  describeNamespace(name: string): CacheNamespace | undefined {
    return this.#namespaces.get(name)?.ports.settings
  }

  namespaces(): readonly CacheNamespace[] {
    return [...this.#namespaces.values()].map(({ ports }) => ports.settings)
  }

  /**
   * Changes a namespace at run time, or opens it with these options. What isn't named stays as it is.
   *
   * @throws CacheError CACHE_OPTION_INVALID, CACHE_CLOSED; nothing is changed then
   */
  configureNamespace(name: string, changes: NamespaceOptions): CacheNamespace {
    this.#refuseClosed()
    const known = this.#namespaces.get(name)
    if (known === undefined) return this.#openNamespace(name, changes).ports.settings
    const settings = resolveNamespace(
      known.ports.settings,
      changes,
      this.#ports.cache.clock.nowMs(),
    )
    if (settings.storage !== known.ports.settings.storage) throw storageConflict(name)
    known.handle.configure(settings)
    this.#sweepSoon(known.ports)
    return settings
  }

  /**
   * Changes what memory may hold of all namespaces together, at run time. What is over it leaves in slices
   * that don't hold the event loop.
   *
   * @throws CacheError CACHE_OPTION_INVALID, CACHE_SIZE_INVALID, CACHE_CLOSED; nothing is changed then
   */
  resize(limits: MemoryLimitOptions): void {
    this.#refuseClosed()
    const { repository } = this.#ports.cache
    if (repository.resize === undefined) {
      throw new CacheError('CACHE_OPTION_INVALID', 'Cannot resize: the entries are not in memory')
    }
    repository.resize(parseMemoryLimits(limits))
    for (const { ports } of this.#namespaces.values()) this.#sweepSoon(ports)
  }

  /** All namespaces together. */
  async stats(): Promise<CacheStats> {
    const parts = [...this.#namespaces.values()].map(({ ports }) => getCacheStats(ports))
    return sumCacheStats(await Promise.all(parts))
  }

  /** The newest invalidations first, at most `limit` of the last 1000. */
  async invalidations(limit: number): Promise<readonly PositionedMark[]> {
    return this.#ports.cache.invalidation.history(limit)
  }

  /** Calls `listener` for the events of all namespaces; answers a function that ends it. */
  on<T extends CacheEventType>(type: T | '*', listener: CacheEventListener<T>): () => void {
    return this.#ports.dispatcher.on(type, listener)
  }

  health(): CacheHealth {
    const open = [...this.#namespaces.values()]
    const degraded = open.reduce((sum, { ports }) => sum + ports.statistics.degraded, 0)
    const activeLoads = open.reduce((sum, { ports }) => sum + ports.flights.size, 0)
    const { clock } = this.#ports.cache
    const shared = this.#ports.cache.sharing
    const sharing = shared && sharingHealth(shared.node, shared.sweeper, clock.monotonicMs())
    const served =
      sharing?.isCoherent === false || (sharing?.pendingMarks ?? 0) > 0 ? 'warn' : 'pass'
    const status = this.#closing === undefined ? served : 'fail'
    return { status, namespaces: open.length, degraded, activeLoads, sharing }
  }

  /**
   * Saves what memory holds to a file, for the process that comes next. The first thing that is set or
   * invalidated here removes the file again, since it would be outdated. Values that have no form in bytes
   * are left out.
   *
   * @throws CacheError CACHE_SNAPSHOT_FAILED, CACHE_OPTION_INVALID if the entries are not in memory, CACHE_CLOSED
   */
  async saveSnapshot(path: string): Promise<SavedSnapshot> {
    this.#refuseWithoutMemory('save a snapshot', path)
    return this.#ports.snapshots.save(path)
  }

  /**
   * Removes a snapshot and puts its entries into memory, behind what is there: those that still live and
   * that nothing has invalidated. A file that isn't whole, or may be outdated, is refused with a reason.
   *
   * @throws CacheError CACHE_OPTION_INVALID if the entries are not in memory, CACHE_CLOSED
   */
  async restoreSnapshot(path: string): Promise<RestoredSnapshot> {
    this.#refuseWithoutMemory('restore a snapshot', path)
    return this.#ports.snapshots.restore(path)
  }

  /** @internal Begins to restore the snapshot that the cache is to start with, if there is one. */
  start(): void {
    this.#ports.connect()
    this.#ports.snapshots.start()
  }

  /** The namespaces of which restored snapshots hold entries, and that nobody has opened yet. */
  waitingNamespaces(): readonly string[] {
    return this.#ports.snapshots.waitingNamespaces
  }

  /**
   * Resolves when the cache is ready to serve: at once, or once its snapshot is restored and it has caught up
   * with the nodes that it shares with. `degraded` is true if these can't be reached in time: it serves all
   * the same, and joins them when it can.
   *
   * @param options `timeout`: how long to wait for the others; five seconds if not said
   * @throws CacheError CACHE_CLOSED, CACHE_DURATION_INVALID
   */
  async ready(options?: { readonly timeout?: Duration }): Promise<{ readonly degraded: boolean }> {
    this.#refuseClosed()
    const timeoutMs =
      options?.timeout === undefined ? DEFAULT_READY_MS : parseDuration(options.timeout, 'timeout')
    await this.#ports.snapshots.settled()
    const isCoherent = await this.#ports.cache.sharing?.node.whenCoherent(timeoutMs)
    return { degraded: isCoherent === false }
  }

  /** Ends running loads with CACHE_CLOSED, frees everything, and resolves when that is done. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const error = new CacheError(
      'CACHE_CLOSED',
      `Cannot go on loading: cache ${this.name} is closed`,
    )
    this.#ports.sweeps.close()
    this.#ports.dependencies.close()
    for (const { ports } of this.#namespaces.values()) {
      ports.isClosed = true
      ports.flights.abortAll(error)
    }
    const saved = this.#ports.snapshots.close()
    if (saved !== undefined) await saved
    for (const { ports } of this.#namespaces.values()) {
      ports.memory?.clear()
      ports.shared?.near.clear()
    }
    this.#ports.cache.invalidation.close()
    this.#ports.dispatcher.clear()
    await this.#ports.release()
  }

  #openNamespace(name: string, options: NamespaceOptions | undefined): OpenNamespace {
    this.#refuseClosed()
    const { cache, defaults, dispatcher, dependencies, sweeps, snapshots } = this.#ports
    const nowMs = cache.clock.nowMs()
    const base = resolveNamespace(
      { name: parseNamespaceName(name), ...DEFAULT_NAMESPACE },
      defaults,
      nowMs,
    )
    const ports = openNamespace(cache, resolveNamespace(base, options, nowMs))
    const handle = new NamespaceCache(
      ports,
      (dependency) => dependencies.closure(dependency),
      dispatcher,
    )
    const open: OpenNamespace = { ports, handle, options: options && { ...options } }
    this.#namespaces.set(name, open)
    cache.invalidation.register(name, (positioned, matches, isOwnSet, isFence) =>
      applyMark(ports, positioned, { matches, isOwnSet, isFence, sweep: sweeps.request }),
    )
    sweeps.opened(ports)
    snapshots.opened(ports)
    return open
  }

  /** So that what is over a limit now doesn't wait for the next turn of the timer. */
  #sweepSoon(ports: NamespacePorts): void {
    this.#ports.sweeps.request(ports, retirement(ports))
  }

  #agree(known: OpenNamespace, options: NamespaceOptions): void {
    // A wrong option is wrong whatever the namespace is open with.
    resolveNamespace(known.ports.settings, options, this.#ports.cache.clock.nowMs())
    if (known.options !== undefined && isSameOptions(known.options, options)) return
    throw new CacheError(
      'CACHE_NAMESPACE_CONFLICT',
      `Cannot open namespace ${known.ports.name} with these options: it is open with others, ask for it without options or use configureNamespace()`,
    )
  }

  #refuseWithoutMemory(act: string, path: unknown): void {
    this.#refuseClosed()
    if (typeof path !== 'string' || path === '') {
      throw new CacheError(
        'CACHE_OPTION_INVALID',
        `Cannot ${act}: expected a path, got ${describeValue(path)}`,
      )
    }
    if ([...this.#namespaces.values()].some(({ ports }) => ports.memory !== undefined)) return
    throw new CacheError('CACHE_OPTION_INVALID', `Cannot ${act}: the entries are not in memory`)
  }

  #refuseClosed(): void {
    if (this.#closing === undefined) return
    throw new CacheError('CACHE_CLOSED', `Cannot use cache ${this.name}: it is closed`)
  }
}

/** Same names with the same values; lists compare by their members, functions and schemas by identity. */
function isSameOptions(a: NamespaceOptions, b: NamespaceOptions): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => isSame(Reflect.get(a, name), Reflect.get(b, name)))
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((member, at) => member === b[at])
  }
  return Object.is(a, b)
}

function storageConflict(name: string): CacheError {
  return new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot change storage of namespace ${name}: it is decided when the namespace opens`,
  )
}

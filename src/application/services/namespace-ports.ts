import type { CacheNamespace } from '../../core/entities/cache-namespace.ts'
import type { DegradedPart } from '../../core/events/cache-degraded.ts'
import type { CacheTier } from '../../core/events/cache-hit.ts'
import {
  type CacheRepository,
  type EntryStore,
  isMemoryStore,
  type MemoryStore,
  type RemovalCause,
  type RemovedEntry,
} from '../../core/protocols/cache-repository.ts'
import type { Clock } from '../../core/protocols/clock.ts'
import type { EventSink } from '../../core/protocols/event-sink.ts'
import type { LoadContext } from '../../core/protocols/load-context.ts'
import type { Random } from '../../core/protocols/random.ts'
import type { Scheduler } from '../../core/protocols/scheduler.ts'
import type { SharedStore, SharedStorePorts } from '../../core/protocols/shared-store.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import { AccessPatterns } from './access-patterns.ts'
import { type CacheStatistics, cacheStatistics } from './cache-statistics.ts'
import type { CoherenceNode } from './coherence/coherence-node.ts'
import { NearStore } from './coherence/near-store.ts'
import { SharedTiers } from './coherence/shared-tiers.ts'
import { DecisionRing } from './decision-ring.ts'
import type { InvalidationService } from './invalidation-service.ts'
import { KeyCrowd } from './key-crowd.ts'
import { FailureMemory } from './loads/failure-memory.ts'
import { LoadLimiter } from './loads/load-limiter.ts'
import { MarkTable } from './mark-table.ts'
import { RefreshScheduler } from './refresh-scheduler.ts'
import { type Flight, SingleFlight } from './single-flight.ts'
import { MAX_OPEN_KEYS, RemoteStore } from './stores/remote-store.ts'
import { servable } from './stores/servable.ts'
import type { SharedSweeper } from './stores/shared-sweeper.ts'

/** Told of each hit, miss and entry that left; bound to a namespace by the composition root. */
export interface LookupHandlers {
  readonly onHit: (key: CacheKey, tier: CacheTier, isStale: boolean) => void
  readonly onMiss: (key: CacheKey) => void
  readonly onRemoved: (entry: RemovedEntry, cause: RemovalCause) => void
}

/** What a handler of one namespace works with. */
export interface HandlerPorts {
  readonly name: string
  readonly clock: Clock
  readonly events: EventSink
  readonly statistics: CacheStatistics
  readonly patterns: AccessPatterns
  readonly decisions: DecisionRing
}

/** Says whose fault it was, what the cache did instead, and why. */
export type DegradedReporter = (
  part: DegradedPart,
  did: string,
  error: unknown,
  key: CacheKey | undefined,
) => void

/** What a cache needs to share its entries with other nodes. */
export interface Sharing {
  readonly node: CoherenceNode
  /** `undefined`: nobody removes what is invalid. */
  readonly sweeper: SharedSweeper | undefined
  readonly openStore: (namespace: string, ports: SharedStorePorts) => SharedStore
}

/** What all namespaces of a cache share. */
export interface CachePorts {
  readonly node: string
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly events: EventSink
  readonly repository: CacheRepository
  readonly repositoryTimeoutMs: number
  readonly invalidation: InvalidationService
  /** Where entries lie that several nodes share, and this node's part in that; `undefined`: they aren't shared. */
  readonly sharing: Sharing | undefined
  readonly loadContext: LoadContext<Flight>
  readonly handlers: (ports: HandlerPorts) => LookupHandlers
  readonly degraded: (namespace: string, statistics: CacheStatistics) => DegradedReporter
}

/** What the use cases of one namespace work with. Exactly one of `memory`, `remote` and `shared` is there. */
export interface NamespacePorts extends CachePorts, HandlerPorts, LookupHandlers {
  /** Replaced as a whole when an operator changes the namespace. */
  settings: CacheNamespace
  readonly memory: MemoryStore | undefined
  readonly remote: RemoteStore | undefined
  readonly shared: SharedTiers | undefined
  readonly marks: MarkTable
  readonly flights: SingleFlight
  readonly limiter: LoadLimiter
  readonly failures: FailureMemory
  readonly refreshes: RefreshScheduler
  readonly report: DegradedReporter
  isClosed: boolean
}

/**
 * Opens the namespace's store and everything that belongs to it.
 *
 * @param maxOpenKeys most keys of a backend whose writes are remembered one by one
 */
export function openNamespace(
  cache: CachePorts,
  settings: CacheNamespace,
  maxOpenKeys: number = MAX_OPEN_KEYS,
): NamespacePorts {
  const statistics = cacheStatistics()
  const handling: HandlerPorts = {
    name: settings.name,
    clock: cache.clock,
    events: cache.events,
    statistics,
    patterns: new AccessPatterns(),
    decisions: new DecisionRing(),
  }
  const handlers = cache.handlers(handling)
  const report = cache.degraded(settings.name, statistics)
  const marks = new MarkTable(() => cache.invalidation.head(), {
    ...(cache.sharing === undefined ? {} : { crowd: new KeyCrowd() }),
    onCollapsed: (count) =>
      report(
        'log',
        'made one mark over the whole namespace of them',
        new Error(`${count} invalidations had to be remembered one by one`),
        undefined,
      ),
  })
  const flights = new SingleFlight()
  const { sharing } = cache
  const validity = sharing === undefined ? marks : marks.withoutKeys
  const store = cache.repository.open(settings, { validity, onRemoved: handlers.onRemoved })
  const memory = isMemoryStore(store) ? store : undefined
  const shared =
    memory === undefined || sharing === undefined
      ? undefined
      : openShared(cache, settings.name, { memory, marks, flights, report, sharing })
  const remote =
    memory === undefined
      ? openRemote(cache, settings.name, { store, marks, report, maxOpenKeys })
      : undefined
  return {
    ...cache,
    ...handling,
    ...handlers,
    settings,
    memory: shared === undefined ? memory : undefined,
    remote,
    shared,
    marks,
    flights,
    limiter: new LoadLimiter(settings.maxConcurrentLoads, settings.maxQueuedLoads),
    failures: new FailureMemory(),
    refreshes: new RefreshScheduler((key, error) =>
      report('refresh', 'kept the value it had', error, key),
    ),
    report,
    isClosed: false,
  }
}

/** What the tiers of a shared namespace are made of. */
interface SharedParts {
  readonly memory: MemoryStore
  readonly marks: MarkTable
  readonly flights: SingleFlight
  readonly report: DegradedReporter
  readonly sharing: Sharing
}

function openShared(cache: CachePorts, namespace: string, parts: SharedParts): SharedTiers {
  const { memory, marks, flights, report, sharing } = parts
  const { clock, scheduler, random, invalidation } = cache
  const { node } = sharing
  const near = new NearStore({ memory, marks, node, namespace, clock })
  return new SharedTiers({
    namespace,
    node,
    near,
    store: sharing.openStore(namespace, {
      onFault: (key, did, error) => report('repository', did, error, key),
    }),
    marks,
    flights,
    clock,
    scheduler,
    token: () => random.token(),
    matcherOf: (scope) => invalidation.patternMatcher(scope),
    markAll: () =>
      invalidation.invalidate({
        namespace,
        scope: { kind: 'namespace' },
        soft: false,
        act: 'flush',
        reason: 'too many values that could not be stored',
        origin: undefined,
      }),
    markKey: async (key) => {
      const { propagated } = await invalidation.invalidate({
        namespace,
        scope: { kind: 'key', key },
        soft: false,
        act: 'invalidate',
        reason: 'a newer value could not be stored',
        origin: undefined,
      })
      return propagated
    },
  })
}

/** What the store of a remote namespace is opened with. */
interface RemoteParts {
  readonly store: EntryStore
  readonly marks: MarkTable
  readonly report: DegradedReporter
  readonly maxOpenKeys: number
}

function openRemote(cache: CachePorts, namespace: string, parts: RemoteParts): RemoteStore {
  const { store, marks, report } = parts
  // A backend may hold what others stored before this node heard of the marks that reached it.
  marks.raiseFloor(cache.invalidation.head())
  let isStartingOver = false
  const remote = new RemoteStore(
    {
      store,
      timeoutMs: cache.repositoryTimeoutMs,
      scheduler: cache.scheduler,
      judge: (entry) => servable({ name: namespace, marks, clock: cache.clock }, entry),
      onFault: (key, did, error) => report('repository', did, error, key),
      onSettled: (key, seq) => marks.forgetKey(key, seq),
      onOverflow: () => {
        if (isStartingOver) return
        isStartingOver = true
        void startOver(cache, namespace, parts, remote).finally(() => {
          isStartingOver = false
        })
      },
    },
    parts.maxOpenKeys,
  )
  return remote
}

/** Gives up all that the namespace holds, so that writes of unknown end need no memory of their own. */
async function startOver(
  { invalidation }: CachePorts,
  namespace: string,
  { marks, report }: RemoteParts,
  remote: RemoteStore,
): Promise<void> {
  try {
    const { position = invalidation.head() } = await invalidation.invalidate({
      namespace,
      scope: { kind: 'namespace' },
      soft: false,
      act: 'flush',
      reason: 'too many writes of unknown end',
      origin: undefined,
    })
    marks.raiseFloor(position)
    remote.forgetUncertain(position.seq)
  } catch (error) {
    report('log', 'went on remembering writes of unknown end', error, undefined)
  }
}

import { InvalidationService } from '../../src/application/services/invalidation-service.ts'
import type { CachePorts } from '../../src/application/services/namespace-ports.ts'
import {
  type CacheNamespace,
  DEFAULT_NAMESPACE,
  type NamespaceOptions,
  resolveNamespace,
} from '../../src/core/entities/cache-namespace.ts'
import type { CacheEvent } from '../../src/core/events/cache-event.ts'
import type { RemovalCause } from '../../src/core/protocols/cache-repository.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../src/core/value-objects/cache-size.ts'
import { MemoryCacheRepository } from '../../src/infrastructure/repositories/memory-cache-repository.ts'
import { createFakeClock, FAKE_START_MS, type FakeClock } from '../../src/testing/fake-clock.ts'
import { fakeRandom } from './fake-random.ts'
import { UnreliableRepository } from './unreliable-repository.ts'

/** What a namespace is opened with, below the facade: the log is where the test says it is. */
export interface NamespaceStage {
  /** Where the log of the generation `fixture` stands. */
  headSeq: number
  readonly cachePorts: CachePorts
  readonly settings: CacheNamespace
  readonly time: FakeClock
  readonly backend: UnreliableRepository
  readonly events: CacheEvent[]
  readonly hits: unknown[][]
  readonly misses: CacheKey[]
  readonly removals: RemovalCause[]
  readonly reports: unknown[][]
}

/** Makes the ports of a namespace called `ns`. */
export function namespaceStage(
  kind: 'memory' | 'backend',
  options: NamespaceOptions = {},
): NamespaceStage {
  const time = createFakeClock()
  const { clock, scheduler } = time
  const backend = new UnreliableRepository(scheduler)
  const memory = new MemoryCacheRepository({
    clock,
    random: fakeRandom(),
    maxBytes: parseSize('8mb', 'maxBytes'),
  })
  const events: CacheEvent[] = []
  const sink = { hears: () => true, emit: (event: CacheEvent) => void events.push(event) }
  const hits: unknown[][] = []
  const misses: CacheKey[] = []
  const removals: RemovalCause[] = []
  const reports: unknown[][] = []
  const head = () => ({ generation: 'fixture', seq: stage.headSeq })
  const log = {
    head,
    append: () => {
      stage.headSeq += 1
      return head()
    },
    read: () => ({ marks: [], isContinuous: true }),
    subscribe: () => () => undefined,
    close: () => undefined,
  }
  const regex = { compile: async () => () => true }
  const cachePorts: CachePorts = {
    node: 'node',
    clock,
    scheduler,
    random: fakeRandom(),
    events: sink,
    repository: kind === 'memory' ? memory : backend,
    repositoryTimeoutMs: 250,
    invalidation: new InvalidationService({ node: 'node', log, clock, events: sink, regex }),
    sharing: undefined,
    loadContext: { run: (_, task) => task(), current: () => undefined },
    handlers: () => ({
      onHit: (...hit) => void hits.push(hit),
      onMiss: (key) => void misses.push(key),
      onRemoved: (_, cause) => void removals.push(cause),
    }),
    degraded:
      () =>
      (...report) =>
        void reports.push(report),
  }
  const settings = resolveNamespace({ name: 'ns', ...DEFAULT_NAMESPACE }, options, FAKE_START_MS)
  const recorded = { events, hits, misses, removals, reports }
  const stage: NamespaceStage = { headSeq: 0, cachePorts, settings, time, backend, ...recorded }
  return stage
}

import { applyMark } from '../../../../src/application/services/apply-mark.ts'
import type { CoherenceNode } from '../../../../src/application/services/coherence/coherence-node.ts'
import type {
  SetOutcome,
  SharedTiers,
} from '../../../../src/application/services/coherence/shared-tiers.ts'
import { InvalidationService } from '../../../../src/application/services/invalidation-service.ts'
import {
  type NamespacePorts,
  openNamespace,
} from '../../../../src/application/services/namespace-ports.ts'
import type { Flight } from '../../../../src/application/services/single-flight.ts'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import type { InvalidationResult } from '../../../../src/core/protocols/invalidation-service.ts'
import type { SharedStore } from '../../../../src/core/protocols/shared-store.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { type EntryOverrides, entryFixture } from '../../../../src/testing/entry-fixture.ts'
import type { FakeClock } from '../../../../src/testing/fake-clock.ts'
import { namespaceStage } from '../../../fakes/namespace-stage.ts'
import type { SharedLink } from '../../../fakes/shared-link.ts'
import type { SharedServers } from '../../../fakes/shared-servers.ts'
import { joinedNodes } from './node-stage.ts'

export const KEY = 'key' as CacheKey
/** Its name on the servers. */
export const NAME = 'ns/key'

/** The tiers of a namespace on one node. */
interface StagedTiers {
  readonly ports: NamespacePorts
  readonly tiers: SharedTiers
  readonly link: SharedLink
  readonly node: CoherenceNode
}

/** The same on two nodes. */
export interface TiersStage {
  readonly servers: SharedServers
  readonly time: FakeClock
  settle(): Promise<void>
  readonly a: StagedTiers
  readonly b: StagedTiers
}

export async function tiersStage(
  wrap: (store: SharedStore) => SharedStore = (store: SharedStore) => store,
): Promise<TiersStage> {
  const joined = await joinedNodes(2)
  const { servers, time } = joined
  const tiersOn = (link: SharedLink, node: CoherenceNode, origin: string): StagedTiers => {
    const { cachePorts, settings } = namespaceStage('memory')
    const { clock, scheduler } = time
    const { events } = cachePorts
    const regex = { compile: async () => () => true }
    const invalidation = new InvalidationService({ node: origin, log: node, clock, events, regex })
    const openStore = (namespace: string) => wrap(link.open(namespace))
    const sharing = { node, openStore, sweeper: undefined }
    const ports = openNamespace(
      { ...cachePorts, clock, scheduler, invalidation, sharing, node: origin },
      settings,
    )
    const sweep = (): void => undefined
    invalidation.register('ns', (positioned, matches, isOwnSet) =>
      applyMark(ports, positioned, { matches, isOwnSet, sweep }),
    )
    const { shared } = ports
    if (shared === undefined) throw new Error('expected shared tiers')
    return { ports, tiers: shared, link, node }
  }
  return {
    servers,
    time,
    settle: () => time.advance(0),
    a: tiersOn(joined.a.link, joined.a.node, 'a'),
    b: tiersOn(joined.b.link, joined.b.node, 'b'),
  }
}

/** An entry of this namespace, born where the log begins. */
export function entry(overrides: EntryOverrides<unknown> = {}): CacheEntry {
  return entryFixture({ namespace: 'ns', birth: { generation: 'g1', seq: 0 }, ...overrides })
}

export function set(
  { ports, tiers }: Pick<StagedTiers, 'ports' | 'tiers'>,
  one: CacheEntry = entry(),
): Promise<SetOutcome> {
  return tiers.set(one, ports.invalidation.markOfSet('ns', one.key))
}

export function invalidate(
  { ports }: Pick<StagedTiers, 'ports'>,
  scope: InvalidationScope,
  soft = false,
): Promise<InvalidationResult> {
  return ports.invalidation.invalidate({
    namespace: 'ns',
    scope,
    soft,
    act: 'invalidate',
    reason: undefined,
    origin: undefined,
  })
}

/** A flight as a load begins it. */
export function flightOf({ ports }: Pick<StagedTiers, 'ports'>, key: CacheKey = KEY): Flight {
  return ports.flights.begin({
    membership: { key, tags: [], dependsOn: [] },
    birth: ports.invalidation.head(),
    isRefresh: false,
    previous: undefined,
    outer: undefined,
    leaseToken: undefined,
  })
}

/** Whatever is found does. */
export const wantsAll = (): boolean => true

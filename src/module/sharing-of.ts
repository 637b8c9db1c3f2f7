import type { CoherenceNode } from '../application/services/coherence/coherence-node.ts'
import type { EventDispatcher } from '../application/services/event-dispatcher.ts'
import type { InvalidationService } from '../application/services/invalidation-service.ts'
import type { Sharing } from '../application/services/namespace-ports.ts'
import {
  SharedSweeper,
  type SharedSweeperPorts,
} from '../application/services/stores/shared-sweeper.ts'
import type { SharedServers } from './shared-servers.ts'

/** What a cache shares with others, and who keeps that clean. */
export function sharingOf(
  servers: SharedServers,
  node: CoherenceNode,
  ports: Pick<SharedSweeperPorts, 'clock' | 'scheduler' | 'random' | 'report'> & {
    readonly name: string
    readonly invalidation: Pick<InvalidationService, 'matcherOf'>
    readonly dispatcher: EventDispatcher
  },
): Sharing {
  const { log, openStore, sweepStore: store } = servers
  if (store === undefined) return { node, openStore, sweeper: undefined }
  const { name, dispatcher, invalidation, ...rest } = ports
  const sweeper = new SharedSweeper({
    ...rest,
    ...{ store, log, node },
    matcherOf: (scope) => invalidation.matcherOf(scope),
    onSwept: (swept) => {
      if (!dispatcher.hears('swept')) return
      const { clock } = ports
      dispatcher.emit({ type: 'swept', namespace: name, ...swept, atMs: clock.nowMs() })
    },
  })
  return { node, openStore, sweeper }
}

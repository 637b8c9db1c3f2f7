import type { CoherenceNode } from '../application/services/coherence/coherence-node.ts'
import { DependencyDirectory } from '../application/services/dependency-directory.ts'
import type { InvalidationService } from '../application/services/invalidation-service.ts'
import { SharedDependencies } from '../application/services/shared-dependencies.ts'
import type { Scheduler } from '../core/protocols/scheduler.ts'
import { DependencyInvalidator } from '../infrastructure/invalidators/dependency-invalidator.ts'
import type { SharedServers } from './shared-servers.ts'

/** What depends on what in a cache; shared by all nodes, if the servers share it. */
export function dependenciesOf(
  servers: SharedServers | undefined,
  node: CoherenceNode | undefined,
  ports: {
    readonly scheduler: Scheduler
    readonly invalidation: Pick<InvalidationService, 'invalidate'>
    readonly report: (did: string, error: unknown) => void
    readonly onAdded: () => void
  },
): DependencyDirectory {
  const graph = new DependencyInvalidator()
  const { scheduler, invalidation, report, onAdded } = ports
  if (servers?.graph === undefined || node === undefined) {
    return new DependencyDirectory(graph, onAdded)
  }
  const shared = new SharedDependencies({
    ...{ graph, node, scheduler, report },
    shared: servers.graph,
    markRest: (namespace, rest, soft) => {
      const [dependency] = rest
      if (dependency === undefined) return
      const scope = { kind: 'dependency', dependency, closure: rest } as const
      const reason = 'it depends on what was invalidated'
      const request = {
        namespace,
        scope,
        soft,
        act: 'invalidate',
        reason,
        origin: undefined,
      } as const
      invalidation.invalidate(request).catch((error: unknown) => {
        report('did not mark what depends on what was invalidated', error)
      })
    },
  })
  return new DependencyDirectory(graph, onAdded, shared)
}

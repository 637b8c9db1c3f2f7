import type { Clock } from '../../core/protocols/clock.ts'
import type { Random } from '../../core/protocols/random.ts'
import type { RedisTransport } from '../../core/protocols/redis-transport.ts'
import type { Scheduler } from '../../core/protocols/scheduler.ts'
import type { RedisSettings } from '../../core/value-objects/resolve-redis-options.ts'
import { adaptClient } from './client/adapt-client.ts'
import { ClientTransport } from './client/client-transport.ts'
import { RedisServer, type ServerMaker } from './server/redis-server.ts'
import { ClusterTopology } from './topology/cluster-topology.ts'
import type { RedisTopology } from './topology/redis-topology.ts'
import { SentinelTopology } from './topology/sentinel-topology.ts'
import { StandaloneTopology } from './topology/standalone-topology.ts'
import { TopologyTransport } from './topology-transport.ts'

/** Time, timers and chance for a transport. */
export interface RedisTransportPorts {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
}

/**
 * The transport for these settings. Returns at once and connects behind: nothing here fails because Redis
 * is away.
 *
 * @throws CacheError CACHE_OPTION_INVALID for a client that nobody knows
 */
export function createRedisTransport(
  settings: RedisSettings,
  ports: RedisTransportPorts,
): RedisTransport {
  const { deadlineMs, connectTimeoutMs } = settings
  if (settings.kind === 'client')
    return new ClientTransport(adaptClient(settings.client), { ...ports, deadlineMs })
  return new TopologyTransport({ ...ports, deadlineMs, connectTimeoutMs }, (maker) =>
    topologyOf(settings, maker),
  )
}

function topologyOf(
  settings: Exclude<RedisSettings, { readonly kind: 'client' }>,
  maker: ServerMaker,
): RedisTopology {
  switch (settings.kind) {
    case 'standalone':
      return new StandaloneTopology(
        new RedisServer(settings.endpoint, { ...maker, expectation: 'primary' }),
      )
    case 'sentinel':
      return new SentinelTopology(settings, maker)
    case 'cluster':
      return new ClusterTopology(settings.seeds, maker)
  }
}

import type { Clock } from '../../core/protocols/clock.ts'
import type { Random } from '../../core/protocols/random.ts'
import type { RedisTransport } from '../../core/protocols/redis-transport.ts'
import type { Scheduler } from '../../core/protocols/scheduler.ts'
import type { RedisSettings } from './options/redis-options.ts'
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

/** Settings of a deployment that the transport connects to by itself. */
export type OwnRedisSettings = Exclude<RedisSettings, { readonly kind: 'client' }>

/** The transport for these settings. Returns at once and connects behind: nothing here fails because Redis is away. */
export function createRedisTransport(
  settings: OwnRedisSettings,
  ports: RedisTransportPorts,
): RedisTransport {
  const { deadlineMs, connectTimeoutMs } = settings
  return new TopologyTransport({ ...ports, deadlineMs, connectTimeoutMs }, (maker) =>
    topologyOf(settings, maker),
  )
}

function topologyOf(settings: OwnRedisSettings, maker: ServerMaker): RedisTopology {
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

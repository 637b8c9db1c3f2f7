import { ClusterTopology } from '../../../../src/infrastructure/redis/topology/cluster-topology.ts'
import { TopologyTransport } from '../../../../src/infrastructure/redis/topology-transport.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf, systemPorts } from '../../redis/transport-stage.ts'

/** A cluster of one node that has all slots: it refuses what names keys of several, as any does. */
export async function startOneNodeCluster(): Promise<RedisServer> {
  const server = await startRedisServer({ config: { 'cluster-enabled': 'yes' } })
  await server.ask('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
  await eventually('the cluster is up', async () =>
    String(await server.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  )
  return server
}

/** A transport to the cluster of which these are some nodes. Who makes it closes it. */
export function clusterTransport(...servers: readonly RedisServer[]): TopologyTransport {
  const seeds = servers.map(({ port }) => endpointOf(port))
  return new TopologyTransport(systemPorts(), (maker) => new ClusterTopology(seeds, maker))
}

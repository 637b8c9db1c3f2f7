import { afterAll, beforeAll, describe } from 'vitest'
import type { RedisTransport } from '../../src/core/protocols/redis-transport.ts'
import { adaptClient } from '../../src/infrastructure/redis/client/adapt-client.ts'
import { ClientTransport } from '../../src/infrastructure/redis/client/client-transport.ts'
import { SharedLink } from '../fakes/shared-link.ts'
import { SharedServers } from '../fakes/shared-servers.ts'
import { CLIENT_KINDS, type GivenClient } from '../infrastructure/redis/client/client-kinds.ts'
import {
  endpointOf,
  standaloneStage,
  systemPorts,
} from '../infrastructure/redis/transport-stage.ts'
import {
  clusterTransport,
  startOneNodeCluster,
} from '../infrastructure/repositories/redis/one-node-cluster.ts'
import { SharedStage } from '../infrastructure/repositories/redis/shared-stage.ts'
import { describeWithRedis } from '../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts'
import { type ContractNode, sharedServersContract } from './shared-servers-contract.ts'

/** Two nodes over a server that is started for them. */
function redisContract(
  name: string,
  start: () => Promise<RedisServer>,
  transportTo: (server: RedisServer) => Promise<RedisTransport>,
): void {
  let server: RedisServer
  let stages: [SharedStage, SharedStage]
  beforeAll(async () => {
    server = await start()
    stages = [
      new SharedStage(await transportTo(server), 'n1'),
      new SharedStage(await transportTo(server), 'n2'),
    ]
    for (const stage of stages) await stage.ready()
  })
  afterAll(async () => {
    for (const stage of stages) await stage.close()
    await server.stop()
  })
  sharedServersContract(name, {
    nodes: () => [nodeOf(stages[0]), nodeOf(stages[1])],
    reset: async () => {
      await server.ask('FLUSHALL')
    },
  })
}

function nodeOf(stage: SharedStage): ContractNode {
  const { log, store, graph } = stage
  return {
    log,
    store,
    graph,
    get heard() {
      return stage.told.map((told) => told.replace(/^doorbell /, ''))
    },
  }
}

describe('in this process', () => {
  const servers = new SharedServers()
  const nodes = [linkTo(servers), linkTo(servers)] as const
  sharedServersContract('SharedLink', {
    nodes: () => nodes,
    reset: async () => servers.flush(),
  })
})

function linkTo(servers: SharedServers): ContractNode {
  const log = new SharedLink(servers)
  const heard: string[] = []
  const nothing = (): void => undefined
  log.listen({
    onConnected: nothing,
    onDisconnected: nothing,
    onDoorbell: (position) => {
      if (position !== undefined) heard.push(`${position.generation}-${position.seq}`)
    },
    onValuesReplaced: nothing,
  })
  return { log, graph: log, store: log.open('fixtures'), heard }
}

describeWithRedis('on a server', () => {
  redisContract('Redis', startRedisServer, async ({ port }) => {
    return standaloneStage(endpointOf(port)).transport
  })
})

describeWithRedis('in a cluster', () => {
  redisContract('Redis Cluster', startOneNodeCluster, async (server) => clusterTransport(server))
})

describeWithRedis('over a client of the user’s', () => {
  const given: GivenClient[] = []
  afterAll(() => {
    for (const { close } of given) close()
  })
  describe.each(CLIENT_KINDS)('of %s', (name, open) => {
    redisContract(name, startRedisServer, async ({ port }) => {
      const client = await open(port)
      given.push(client)
      return new ClientTransport(adaptClient(client.client), systemPorts())
    })
  })
})

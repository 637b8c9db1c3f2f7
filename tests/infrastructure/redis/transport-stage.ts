import type { RedisEndpoint } from '../../../src/core/protocols/redis-options.ts'
import type {
  RedisCommand,
  RedisReply,
  RedisRequest,
  RedisTransport,
  RedisTransportEvent,
} from '../../../src/core/protocols/redis-transport.ts'
import { RedisServer } from '../../../src/infrastructure/redis/server/redis-server.ts'
import { StandaloneTopology } from '../../../src/infrastructure/redis/topology/standalone-topology.ts'
import {
  TopologyTransport,
  type TopologyTransportPorts,
} from '../../../src/infrastructure/redis/topology-transport.ts'
import { SystemClock } from '../../../src/infrastructure/runtime/system-clock.ts'
import { SystemRandom } from '../../../src/infrastructure/runtime/system-random.ts'
import { SystemScheduler } from '../../../src/infrastructure/runtime/system-scheduler.ts'
import { eventually } from '../../servers/eventually.ts'

/** Ports of the real world: what is tested against a real server takes real time. */
export function systemPorts(): TopologyTransportPorts {
  return {
    clock: new SystemClock(),
    scheduler: new SystemScheduler((error) => {
      throw error
    }),
    random: new SystemRandom(),
    deadlineMs: 250,
    connectTimeoutMs: 1000,
  }
}

/** An endpoint on this machine, without anything that isn't said. */
export function endpointOf(port: number, rest: Partial<RedisEndpoint> = {}): RedisEndpoint {
  return {
    host: '127.0.0.1',
    port,
    path: undefined,
    tls: undefined,
    username: undefined,
    password: undefined,
    database: 0,
    ...rest,
  }
}

export interface TransportStage {
  readonly transport: RedisTransport
  /** All events so far. */
  readonly events: RedisTransportEvent[]
}

/** A transport to a single server, with its events written down. Who makes it closes it. */
export function standaloneStage(
  endpoint: RedisEndpoint,
  ports: Partial<TopologyTransportPorts> = {},
): TransportStage {
  const transport = new TopologyTransport(
    { ...systemPorts(), ...ports },
    (maker) =>
      new StandaloneTopology(new RedisServer(endpoint, { ...maker, expectation: 'primary' })),
  )
  return stageOf(transport)
}

export function stageOf(transport: RedisTransport): TransportStage {
  const events: RedisTransportEvent[] = []
  transport.onEvent((event) => events.push(event))
  return { transport, events }
}

export function untilReady(transport: RedisTransport): Promise<unknown> {
  return eventually('see the transport ready', async () => transport.status().isReady)
}

/** The code of the first problem, once there is one. */
export function firstProblem(transport: RedisTransport): Promise<Error> {
  return eventually('see a problem', async () => transport.status().problems[0])
}

export function read(...args: string[]): RedisCommand {
  return { args, key: args[1], isRead: true }
}

export function write(...args: (string | Uint8Array)[]): RedisCommand {
  return { args, key: args[1], isRead: false }
}

/** The answer to one request. */
export async function ask(transport: RedisTransport, request: RedisRequest): Promise<RedisReply> {
  const { replies } = await transport.send([request])
  return replies[0] ?? null
}

/** Bytes as text, also in lists: for comparing. */
export function asText(reply: RedisReply): unknown {
  if (reply instanceof Uint8Array) return new TextDecoder().decode(reply)
  return Array.isArray(reply) ? reply.map((item) => asText(item)) : reply
}

import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { makeCertificates } from './make-certificates.ts'
import { serversFolder } from './reaper.ts'
import {
  harnessLogin,
  type RedisConfig,
  type RedisServerOptions,
  redisConfig,
} from './redis-config.ts'
import { CONFIG, type RedisServer, startOnFreePort } from './redis-server.ts'

/** Options of all nodes. */
export interface RedisClusterOptions extends RedisServerOptions {
  /** `cluster-node-timeout`. 1000 if undefined; with less, a busy machine makes healthy nodes look dead. */
  readonly nodeTimeoutMs?: number
  /**
   * Answers the port under which the others, and clients, shall know the node that listens on `port`: that of a
   * FaultProxy in front of it. Replicas go through it, too; the cluster bus does not.
   */
  readonly announce?: (port: number) => number | Promise<number>
}

/** What a node says of itself. */
interface NodeState {
  readonly id: string
  readonly isPrimary: boolean
  /** Of the primary that a replica follows; `-` for a primary. */
  readonly primaryId: string
  readonly epoch: number
  readonly slots: readonly (readonly [number, number])[]
}

const PRIMARIES = 3
const SLOTS = 16_384
const BUS_OFFSET = 10_000

/**
 * Three primaries with a replica each, as real processes.
 *
 * ```ts
 * const cluster = await startRedisCluster({ nodeTimeoutMs: 1000 })
 * client.connect(cluster.nodes.map(({ host, port }) => ({ host, port })))
 * const old = await cluster.ownerOf('user:1')
 * await old.kill()
 * const next = await cluster.ownerAfter('user:1', old)   // its replica, promoted
 * await old.restart()                                    // comes back empty, and becomes a replica
 * await cluster.settled()
 * await cluster.moveSlot('user:1', cluster.nodes[1])     // resharding, the keys with it
 * await cluster.stop()
 * ```
 */
export class RedisCluster {
  /** The first three began as primaries; number 3 + n as the replica of n. */
  readonly nodes: readonly RedisServer[]

  constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes
  }

  /** The primary that holds the slot of a key. Waits until one says so. */
  ownerOf(key: string): Promise<RedisServer> {
    return eventually(`find the owner of ${key}`, async () => (await this.#ownersOf(key))[0])
  }

  /** The owner of the slot, as soon as it is another than `old`. */
  ownerAfter(key: string, old: RedisServer): Promise<RedisServer> {
    return eventually(`find the next owner of ${key}`, async () => {
      const [owner] = await this.#ownersOf(key)
      return owner === old ? undefined : owner
    })
  }

  /** The replicas that follow `primary` and run. */
  async replicasOf(primary: RedisServer): Promise<readonly RedisServer[]> {
    const { id } = await stateOf(primary)
    const states = await this.#states()
    return states.filter(({ state }) => state.primaryId === id).map(({ node }) => node)
  }

  /** A planned switch: `replica` takes over from its primary, with nothing lost. */
  async failover(replica: RedisServer): Promise<void> {
    await replica.ask('CLUSTER', 'FAILOVER')
    await eventually('see the replica take over', async () => (await stateOf(replica)).isPrimary)
  }

  /** Moves the slot of `key`, with all keys in it, from its owner to `target`, as resharding does. */
  async moveSlot(key: string, target: RedisServer): Promise<void> {
    const source = await this.ownerOf(key)
    if (source === target) return
    const slot = await slotOf(source, key)
    const [from, to] = [(await stateOf(source)).id, (await stateOf(target)).id]
    await target.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from)
    await source.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to)
    await this.#moveKeys(source, target, slot)
    await target.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to)
    await source.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to)
  }

  /** Waits until all nodes that run agree on who holds what, nothing is missing, and replicas follow. */
  async settled(): Promise<void> {
    await eventually('see the cluster settle', async () => {
      const running = this.nodes.filter((node) => node.isRunning)
      const settled = await Promise.all(running.map((node) => this.#isSettled(node)))
      const views = await Promise.all(running.map((node) => viewOf(node, running.length)))
      return settled.every(Boolean) && new Set(views).size === 1 && views[0] !== undefined
    })
  }

  /** Ends all processes and removes their files. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
  }

  async #isSettled(node: RedisServer): Promise<boolean> {
    const [cluster, replication] = await Promise.all([clusterInfo(node), node.info('replication')])
    return (
      cluster['cluster_state'] === 'ok' &&
      cluster['cluster_slots_ok'] === String(SLOTS) &&
      cluster['cluster_known_nodes'] === String(this.nodes.length) &&
      cluster['cluster_size'] === String(PRIMARIES) &&
      (replication['role'] === 'master' || replication['master_link_status'] === 'up')
    )
  }

  /** Who says that the slot is its own; after a failover both may for a while, the later one first. */
  async #ownersOf(key: string): Promise<RedisServer[]> {
    const states = await this.#states()
    const [asked] = states
    if (asked === undefined) return []
    const slot = await slotOf(asked.node, key)
    return states
      .filter(({ state }) => state.isPrimary && holds(state, slot))
      .sort((one, other) => other.state.epoch - one.state.epoch)
      .map(({ node }) => node)
  }

  /** Of all nodes that answer. */
  async #states(): Promise<{ readonly node: RedisServer; readonly state: NodeState }[]> {
    const running = this.nodes.filter((node) => node.isRunning)
    const answers = await Promise.allSettled(
      running.map(async (node) => ({ node, state: await stateOf(node) })),
    )
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  }

  async #moveKeys(source: RedisServer, target: RedisServer, slot: number): Promise<void> {
    const { username, password } = target.login
    const auth = [
      ...(username === undefined ? [] : ['AUTH2', username, password ?? '']),
      ...(username === undefined && password !== undefined ? ['AUTH', password] : []),
    ]
    for (;;) {
      const keys = await source.ask('CLUSTER', 'GETKEYSINSLOT', slot, 100)
      if (!Array.isArray(keys) || keys.length === 0) return
      const names = keys.map(String)
      const head = ['MIGRATE', target.host, target.port, '', 0, 5_000, ...auth, 'KEYS']
      await source.ask(...head, ...names)
    }
  }
}

function holds({ slots }: NodeState, slot: number): boolean {
  return slots.some(([first, last]) => first <= slot && slot <= last)
}

async function slotOf(node: RedisServer, key: string): Promise<number> {
  return Number(await node.ask('CLUSTER', 'KEYSLOT', key))
}

async function clusterInfo(node: RedisServer): Promise<Readonly<Record<string, string>>> {
  const lines = String(await node.ask('CLUSTER', 'INFO'))
    .trim()
    .split('\r\n')
  return Object.fromEntries(lines.map((line) => line.split(':')))
}

/** Who holds what, as a node sees it; undefined while it takes one of those that run for lost. */
async function viewOf(node: RedisServer, running: number): Promise<string | undefined> {
  const lines = String(await node.ask('CLUSTER', 'NODES'))
    .trim()
    .split('\n')
  const sound = lines
    .map((line) => line.split(' '))
    .filter(([, , flags = '']) => !/fail|handshake/.test(flags))
    .map(([id, , flags = '', primary, , , epoch, , ...slots]) =>
      [id, flags.replace('myself,', ''), primary, epoch, ...slots].join(' '),
    )
  return sound.length === running ? sound.sort().join('\n') : undefined
}

/** From the line of CLUSTER NODES in which the node speaks of itself. */
async function stateOf(node: RedisServer): Promise<NodeState> {
  const lines = String(await node.ask('CLUSTER', 'NODES')).split('\n')
  const fields = lines.find((line) => line.includes('myself'))?.split(' ') ?? []
  const [id = '', , flags = '', primaryId = '-', , , epoch, , ...ranges] = fields
  const slots = ranges
    .map((range) => /^(\d+)(?:-(\d+))?$/.exec(range))
    .filter((range) => range !== null)
    .map(([, first, last]) => [Number(first), Number(last ?? first)] as const)
  return { id, isPrimary: flags.includes('master'), primaryId, epoch: Number(epoch), slots }
}

/** Starts all processes, makes a cluster of them, and resolves when it serves. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const certificates =
    options.tls && (await makeCertificates(mkdtempSync(join(serversFolder(), 'tls-'))))
  const login = harnessLogin(options)
  const starts = Array.from({ length: PRIMARIES * 2 }, () =>
    startOnFreePort({
      options: {
        ...options,
        ...(certificates && { certificates }),
        config: (port) => nodeConfig(options, port),
      },
      login,
      args: [CONFIG],
      config: redisConfig,
    }),
  )
  const outcomes = await Promise.allSettled(starts)
  const nodes = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const cluster = new RedisCluster(nodes)
  try {
    await Promise.all(starts)
    await makeCluster(nodes)
    await cluster.settled()
    return cluster
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

async function nodeConfig(options: RedisClusterOptions, port: number): Promise<RedisConfig> {
  const announced = (await options.announce?.(port)) ?? port
  return {
    'cluster-enabled': 'yes',
    'cluster-node-timeout': options.nodeTimeoutMs ?? 1_000,
    'cluster-require-full-coverage': 'no',
    'cluster-replica-validity-factor': 0,
    'cluster-allow-reads-when-down': 'yes',
    // Replicas stay with their primaries.
    'cluster-migration-barrier': 10,
    'cluster-announce-ip': '127.0.0.1',
    [options.tls === undefined ? 'cluster-announce-port' : 'cluster-announce-tls-port']: announced,
    'cluster-announce-bus-port': port + BUS_OFFSET,
    ...(options.tls === undefined ? {} : { 'tls-cluster': 'yes' }),
    ...(typeof options.config === 'function' ? await options.config(port) : options.config),
  }
}

async function makeCluster(nodes: readonly RedisServer[]): Promise<void> {
  const [first, ...others] = nodes
  for (const [index, node] of nodes.slice(0, PRIMARIES).entries()) {
    const start = Math.ceil((index * SLOTS) / PRIMARIES)
    const end = Math.ceil(((index + 1) * SLOTS) / PRIMARIES)
    await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
    await node.ask(
      'CLUSTER',
      'ADDSLOTS',
      ...Array.from({ length: end - start }, (_, n) => start + n),
    )
  }
  for (const node of others) await first?.ask('CLUSTER', 'MEET', node.host, node.port)
  await eventually('see all nodes meet', async () => {
    const infos = await Promise.all(nodes.map(clusterInfo))
    return infos.every((info) => info['cluster_known_nodes'] === String(nodes.length))
  })
  for (const [index, replica] of nodes.slice(PRIMARIES).entries()) {
    const primary = nodes[index]
    const id = String(await primary?.ask('CLUSTER', 'MYID'))
    // It takes a moment until the replica has been told that this one is a primary.
    await eventually('make a replica', () => replica.ask('CLUSTER', 'REPLICATE', id))
  }
}

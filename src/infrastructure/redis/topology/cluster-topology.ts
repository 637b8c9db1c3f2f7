import type { RedisEndpoint } from '../../../core/protocols/redis-options.ts'
import type { RedisArgument, RedisReply } from '../../../core/protocols/redis-transport.ts'
import type { CancelTask } from '../../../core/protocols/scheduler.ts'
import type { Redirection } from '../batch/error-reply-rule.ts'
import { RedisServer, type ServerMaker } from '../server/redis-server.ts'
import { parseInfo } from '../server/server-look.ts'
import { askServer } from './ask-server.ts'
import { keySlot } from './key-slot.ts'
import type { DataServer, RedisTopology } from './redis-topology.ts'
import { type NodeAddress, parseSlotMap, type SlotMap } from './slot-map.ts'

/** How often the map is read when all is well, in milliseconds: a replica that was added gives no other sign. */
const CALM_MS = 5000
/** How often while a slot has no connected primary. */
const ALERT_MS = 100
/** Signs that come in a crowd lead to one look. */
const SOON_MS = 10

interface ShardServers {
  readonly primary: RedisServer
  readonly replicas: readonly RedisServer[]
}

/**
 * A cluster: its map of slots, read from the nodes themselves, and a connection to each of them, the
 * replicas too, so that none has to be made when it is needed.
 *
 * A node that was cut off has an old map, and says so with confidence: no map is taken whose epoch is
 * below that of the last one.
 */
export class ClusterTopology implements RedisTopology {
  readonly kind = 'cluster'
  readonly #seeds: readonly RedisEndpoint[]
  readonly #maker: ServerMaker
  readonly #servers = new Map<string, RedisServer>()
  #map: SlotMap | undefined
  /** The servers of the map's shards, in its order. */
  #shards: readonly ShardServers[] = []
  #epoch = 0
  /** Slots that a `MOVED` told of, until the next map. */
  readonly #moved = new Map<number, RedisServer>()
  #turn = 0
  #cancelLook: CancelTask | undefined
  #looksAtMs = Number.POSITIVE_INFINITY
  #isLooking = false
  #isClosed = false

  /** @param seeds some of its nodes, at least one; the others are reached with what the first one is reached with */
  constructor(seeds: readonly RedisEndpoint[], maker: ServerMaker) {
    this.#seeds = seeds
    this.#maker = maker
  }

  servers(): readonly RedisServer[] {
    return [...this.#servers.values()]
  }

  isReady(): boolean {
    if (this.#map === undefined || this.#map.owners.includes(-1)) return false
    return this.#shards.every(({ primary }) => primary.isConnected)
  }

  primaryFor(key: RedisArgument | undefined): RedisServer | undefined {
    if (key === undefined) return this.#anyPrimary()
    const slot = keySlot(key)
    const server = this.#moved.get(slot) ?? this.#shardOf(slot)?.primary
    return server?.isConnected ? server : undefined
  }

  replicasFor(key: RedisArgument | undefined): readonly RedisServer[] {
    const shard = key === undefined ? this.#shards[0] : this.#shardOf(keySlot(key))
    return (shard?.replicas ?? []).filter((server) => server.isConnected)
  }

  redirected(to: Redirection, from: DataServer): RedisServer | undefined {
    const server = this.#ensure({ host: to.host ?? from.endpoint.host, port: to.port })
    if (to.hasMoved) this.#moved.set(to.slot, server)
    return server
  }

  refresh(): void {
    this.#lookIn(SOON_MS)
  }

  start(): void {
    this.#connectSeeds()
    this.#lookIn(ALERT_MS)
  }

  close(): void {
    this.#isClosed = true
    this.#cancelLook?.()
    for (const server of this.#servers.values()) server.close()
  }

  #connectSeeds(): void {
    for (const { host, port } of this.#seeds) this.#ensure({ host, port })
  }

  #ensure(address: NodeAddress): RedisServer {
    const known = this.#servers.get(`${address.host}:${address.port}`)
    if (known !== undefined) return known
    const { onEvent } = this.#maker
    const [login] = this.#seeds
    if (login === undefined) throw new RangeError('a cluster needs a seed')
    const server = new RedisServer(
      { ...login, ...address },
      {
        ...this.#maker,
        expectation: 'cluster-node',
        onEvent: (event) => {
          onEvent(event)
          if (event.type === 'connected' || event.type === 'lost') this.#lookIn(SOON_MS)
        },
      },
    )
    this.#servers.set(server.id, server)
    if (!this.#isClosed) server.start()
    return server
  }

  #lookIn(delayMs: number): void {
    const { scheduler, clock } = this.#maker
    const atMs = clock.monotonicMs() + delayMs
    if (this.#isClosed || this.#isLooking || atMs >= this.#looksAtMs) return
    this.#cancelLook?.()
    this.#looksAtMs = atMs
    this.#cancelLook = scheduler.after(delayMs, () => {
      this.#look().catch(() => undefined)
    })
  }

  async #look(): Promise<void> {
    this.#looksAtMs = Number.POSITIVE_INFINITY
    this.#isLooking = true
    const connected = this.servers().filter((server) => server.isConnected)
    this.#turn += 1
    // Another one each time: one that is cut off must not be asked for ever.
    const server = connected[this.#turn % Math.max(connected.length, 1)]
    if (server === undefined) this.#connectSeeds()
    else
      this.#read(
        server,
        await askServer(server, [
          ['CLUSTER', 'INFO'],
          ['CLUSTER', 'SLOTS'],
        ]),
      )
    this.#isLooking = false
    this.#lookIn(this.isReady() ? CALM_MS : ALERT_MS)
  }

  #read(server: RedisServer, replies: readonly RedisReply[] | undefined): void {
    if (replies === undefined || this.#isClosed) return
    const [info, slots = null] = replies
    const epoch = Number(parseInfo(info).get('cluster_current_epoch') ?? 0)
    const map = parseSlotMap(slots, server.endpoint.host)
    if (map === undefined || map.shards.length === 0 || epoch < this.#epoch) return
    this.#epoch = epoch
    this.#adopt(map)
  }

  #adopt(map: SlotMap): void {
    const before = this.#map
    this.#map = map
    this.#moved.clear()
    this.#shards = map.shards.map(({ primary, replicas }) => ({
      primary: this.#serving(primary, 'primary'),
      replicas: replicas.map((replica) => this.#serving(replica, 'replica')),
    }))
    this.#dropOthers()
    // The first map, too: nodes that were connected before it give no other sign that there is a primary now.
    if (before === undefined || !haveSamePrimaries(before, map))
      this.#maker.onEvent({
        type: 'topology-changed',
        nodes: this.servers().map((server) => server.node()),
      })
  }

  #serving(address: NodeAddress, role: 'primary' | 'replica'): RedisServer {
    const server = this.#ensure(address)
    server.serveAs(role)
    return server
  }

  /** Seeds may have other names than the map has; they go once the nodes can be reached by those. */
  #dropOthers(): void {
    const wanted = new Set(this.#shards.flatMap(({ primary, replicas }) => [primary, ...replicas]))
    if (![...wanted].some((server) => server.isConnected)) return
    for (const server of this.servers()) {
      if (wanted.has(server)) continue
      server.close()
      this.#servers.delete(server.id)
    }
  }

  #anyPrimary(): RedisServer | undefined {
    for (const { primary } of this.#shards) if (primary.isConnected) return primary
    return undefined
  }

  #shardOf(slot: number): ShardServers | undefined {
    return this.#shards[this.#map?.owners[slot] ?? -1]
  }
}

function haveSamePrimaries(one: SlotMap, other: SlotMap): boolean {
  return one.owners.every((shard, slot) => {
    const before = one.shards[shard]?.primary
    const after = other.shards[other.owners[slot] ?? -1]?.primary
    return before?.host === after?.host && before?.port === after?.port
  })
}

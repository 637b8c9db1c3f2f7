import type { RedisReply } from '../../../core/protocols/redis-transport.ts'
import { SLOTS } from './key-slot.ts'

/** A place in a cluster. */
export interface NodeAddress {
  readonly host: string
  readonly port: number
}

/** A primary and its replicas. */
export interface Shard {
  readonly primary: NodeAddress
  readonly replicas: readonly NodeAddress[]
}

/** Who holds which slot. */
export interface SlotMap {
  readonly shards: readonly Shard[]
  /** By slot: which of the shards; -1 where nobody serves it. */
  readonly owners: Int16Array
}

/**
 * Reads what `CLUSTER SLOTS` answers: a list of `[first, last, primary, ...replicas]`, a node being
 * `[host, port, id, …]`. `undefined` if it is something else.
 *
 * @param askedHost where the answer comes from: a node that doesn't know its own name leaves it out
 */
export function parseSlotMap(reply: RedisReply, askedHost: string): SlotMap | undefined {
  if (!Array.isArray(reply)) return undefined
  const shards = new Map<string, { shard: Shard; index: number }>()
  const owners = new Int16Array(SLOTS).fill(-1)
  for (const range of reply as readonly RedisReply[]) {
    const [first, last, ...nodes] = Array.isArray(range) ? (range as readonly RedisReply[]) : []
    const [primary, ...replicas] = nodes.map((node) => parseNode(node, askedHost))
    if (typeof first !== 'number' || typeof last !== 'number' || primary === undefined)
      return undefined
    const id = `${primary.host}:${primary.port}`
    const known = shards.get(id) ?? {
      shard: { primary, replicas: replicas.filter((node) => node !== undefined) },
      index: shards.size,
    }
    shards.set(id, known)
    owners.fill(known.index, first, last + 1)
  }
  return { shards: [...shards.values()].map(({ shard }) => shard), owners }
}

function parseNode(node: RedisReply, askedHost: string): NodeAddress | undefined {
  const [host, port] = Array.isArray(node) ? (node as readonly RedisReply[]) : []
  if (typeof port !== 'number') return undefined
  const name = host instanceof Uint8Array ? new TextDecoder().decode(host) : ''
  return { host: name === '' || name === '?' ? askedHost : name, port }
}

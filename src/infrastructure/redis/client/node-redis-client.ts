import type { RedisArgument, RedisReply } from '../../../core/protocols/redis-transport.ts'
import { toVendorArguments } from '../connection/redis-vendor.ts'
import { toErrorReply, toReply } from './to-reply.ts'
import type { UserClient, UserListener, UserNode, UserSubscription } from './user-client.ts'

type Words = readonly (string | Buffer)[]

interface Events {
  on(event: string, listener: (...args: never[]) => void): unknown
  off(event: string, listener: (...args: never[]) => void): unknown
}

/** What is used of a single client of node-redis 5 or 6. */
export interface NodeRedisLike extends Events {
  readonly isReady: boolean
  sendCommand(args: Words, options: object): Promise<unknown>
  duplicate(): NodeRedisLike
  connect(): Promise<unknown>
  destroy(): void
  subscribe(
    channel: string,
    listener: (message: Buffer) => void,
    bufferMode: true,
  ): Promise<unknown>
}

/** What is used of a cluster of node-redis 5 or 6. */
export interface NodeRedisClusterLike extends Events {
  readonly isOpen: boolean
  readonly masters: readonly { readonly address: string }[]
  sendCommand(
    key: string | Buffer | undefined,
    isReadonly: boolean,
    args: Words,
    options: object,
  ): Promise<unknown>
  nodeClient(node: { readonly address: string }): NodeRedisLike | Promise<NodeRedisLike>
}

/** RESP types by their first byte: bulk and verbatim strings as bytes, maps and sets as lists, big numbers as text. */
const OPTIONS = {
  timeout: undefined,
  typeMapping: { 36: Buffer, 61: Buffer, 37: Array, 126: Array, 40: String },
}
/** Nothing was sent. */
const OFFLINE: readonly string[] = ['ClientOfflineError', 'ClientClosedError']

/** A client of node-redis, or a cluster of it, as the transport needs it. */
export class NodeRedisClient implements UserClient {
  readonly #client: NodeRedisLike | NodeRedisClusterLike

  constructor(client: NodeRedisLike | NodeRedisClusterLike) {
    this.#client = client
  }

  isReady(): boolean {
    return isCluster(this.#client) ? this.#client.isOpen : this.#client.isReady
  }

  call(
    args: readonly RedisArgument[],
    key: RedisArgument | undefined,
    isRead: boolean,
  ): Promise<RedisReply> {
    const client = this.#client
    const words = toVendorArguments(args)
    if (!isCluster(client)) return settle(client.sendCommand(words, OPTIONS))
    const [name] = key === undefined ? [] : toVendorArguments([key])
    return settle(client.sendCommand(name, isRead, words, OPTIONS))
  }

  nodes(): readonly UserNode[] {
    const client = this.#client
    if (!isCluster(client)) return [nodeOf('client', client)]
    return client.masters.map((master) => ({
      id: master.address,
      call: async (args) => nodeOf('', await client.nodeClient(master)).call(args),
    }))
  }

  subscribe(channel: string, listener: UserListener): UserSubscription {
    const opening = this.#openSubscriber(channel, listener)
    opening.catch(() => listener.onState(false))
    return {
      ping: async () => (await opening).sendCommand(['PING'], OPTIONS),
      close: () => {
        opening.then((subscriber) => subscriber.destroy()).catch(() => undefined)
      },
    }
  }

  onState(listener: (isReady: boolean) => void): () => void {
    const isOver = (): void => listener(false)
    const isUp = (): void => listener(true)
    const events = [
      ['ready', isUp],
      ['connect', isUp],
      ['reconnecting', isOver],
      ['end', isOver],
    ] as const
    for (const [event, heard] of events) this.#client.on(event, heard)
    return () => {
      for (const [event, heard] of events) this.#client.off(event, heard)
    }
  }

  isOffline(error: unknown): boolean {
    return error instanceof Error && OFFLINE.includes(error.constructor.name)
  }

  async #openSubscriber(channel: string, listener: UserListener): Promise<NodeRedisLike> {
    const subscriber = (await this.#anyNode()).duplicate()
    // Its errors are told by what follows from them; without a listener they would end the process.
    subscriber.on('error', () => listener.onState(false))
    await subscriber.connect()
    await subscriber.subscribe(channel, (message) => listener.onMessage(message), true)
    listener.onState(true)
    // It subscribes again by itself before it says that it is ready.
    subscriber.on('ready', () => listener.onState(true))
    return subscriber
  }

  #anyNode(): NodeRedisLike | Promise<NodeRedisLike> {
    const client = this.#client
    if (!isCluster(client)) return client
    const [master] = client.masters
    if (master === undefined) throw new Error('the cluster has no node yet')
    return client.nodeClient(master)
  }
}

function isCluster(client: NodeRedisLike | NodeRedisClusterLike): client is NodeRedisClusterLike {
  return 'masters' in client
}

function nodeOf(id: string, client: NodeRedisLike): UserNode {
  return { id, call: (args) => settle(client.sendCommand(toVendorArguments(args), OPTIONS)) }
}

function settle(reply: Promise<unknown>): Promise<RedisReply> {
  return reply.then(toReply, (error: unknown) => {
    const failure = toErrorReply(error)
    if (failure === undefined) throw error
    return failure
  })
}

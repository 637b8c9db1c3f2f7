import type { RedisArgument, RedisReply } from '../../../core/protocols/redis-transport.ts'
import { toVendorArguments } from '../connection/redis-vendor.ts'
import { toErrorReply, toReply } from './to-reply.ts'
import type { UserClient, UserListener, UserNode, UserSubscription } from './user-client.ts'

/** What is used of a client or a cluster of ioredis 5 or 6. */
export interface IoredisLike {
  readonly status: string
  readonly options?: { readonly host?: string; readonly port?: number }
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>
  duplicate(): IoredisLike
  subscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  disconnect(): void
  on(event: string, listener: (...args: never[]) => void): unknown
  off(event: string, listener: (...args: never[]) => void): unknown
  /** Of a cluster only. */
  nodes?(role: 'master'): readonly IoredisLike[]
}

/** Answers that mean that nothing was sent. */
const OFFLINE = /Connection is closed|isn't writeable|enableOfflineQueue/
/** Status replies that come as bytes like all others, which is all that `callBuffer` gives. */
const STATUS: ReadonlySet<string> = new Set(['OK', 'PONG'])

/** A client of ioredis, or a cluster of it, as the transport needs it. */
export class IoredisClient implements UserClient {
  readonly #client: IoredisLike

  constructor(client: IoredisLike) {
    this.#client = client
  }

  isReady(): boolean {
    return this.#client.status === 'ready'
  }

  call(
    args: readonly RedisArgument[],
    key: RedisArgument | undefined,
    isRead: boolean,
  ): Promise<RedisReply> {
    // What a read of a key finds is a value, even if it says OK.
    return call(this.#client, args, key !== undefined && isRead)
  }

  nodes(): readonly UserNode[] {
    const primaries = this.#client.nodes?.('master')
    if (primaries === undefined)
      return [{ id: 'client', call: (args) => call(this.#client, args, true) }]
    return primaries.map((primary) => ({
      id: `${primary.options?.host}:${primary.options?.port}`,
      call: (args) => call(primary, args, true),
    }))
  }

  subscribe(channel: string, listener: UserListener): UserSubscription {
    const subscriber = this.#client.duplicate()
    const hear = (heard: Buffer, message: Buffer): void => {
      if (heard.toString() === channel) listener.onMessage(message)
    }
    // It subscribes again before it sends what comes later, so an answered PING says that it listens.
    const greet = (): void => {
      subscriber
        .ping()
        .then(() => listener.onState(true))
        .catch(() => undefined)
    }
    subscriber.on('messageBuffer', hear)
    // Its errors are told by what follows from them; without a listener they would be printed.
    subscriber.on('error', () => undefined)
    subscriber.on('close', () => listener.onState(false))
    subscriber.subscribe(channel).then(
      () => {
        listener.onState(true)
        subscriber.on('ready', greet)
      },
      () => undefined,
    )
    return { ping: () => subscriber.ping(), close: () => subscriber.disconnect() }
  }

  onState(listener: (isReady: boolean) => void): () => void {
    const isUp = (): void => listener(true)
    const isOver = (): void => listener(false)
    this.#client.on('ready', isUp)
    this.#client.on('close', isOver)
    return () => {
      this.#client.off('ready', isUp)
      this.#client.off('close', isOver)
    }
  }

  isOffline(error: unknown): boolean {
    return error instanceof Error && OFFLINE.test(error.message)
  }
}

async function call(
  client: IoredisLike,
  args: readonly RedisArgument[],
  isValue: boolean,
): Promise<RedisReply> {
  const [command = '', ...rest] = toVendorArguments(args)
  try {
    const reply = toReply(await client.callBuffer(String(command), ...rest))
    if (isValue || !(reply instanceof Uint8Array) || reply.length > 4) return reply
    const text = new TextDecoder().decode(reply)
    return STATUS.has(text) ? text : reply
  } catch (error) {
    const failure = toErrorReply(error)
    if (failure === undefined) throw error
    return failure
  }
}

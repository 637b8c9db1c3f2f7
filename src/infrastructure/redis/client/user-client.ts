import type { RedisArgument, RedisReply } from '../../../core/protocols/redis-transport.ts'

/** A server that can be asked by itself: for listings, which go node by node. */
export interface UserNode {
  readonly id: string
  call(args: readonly RedisArgument[]): Promise<RedisReply>
}

/** What is told of a subscription. */
export interface UserListener {
  onMessage(message: Uint8Array): void
  /** True whenever messages come from now on, false when they stop. */
  onState(isListening: boolean): void
}

/** A connection of its own that listens. */
export interface UserSubscription {
  /** Rejects if nobody answers. */
  ping(): Promise<unknown>
  /** Ends it. Idempotent. */
  close(): void
}

/** A client that the user has already, in the words that the transport needs. */
export interface UserClient {
  /** True if a command would leave now. */
  isReady(): boolean
  /**
   * Sends a command; error replies come as `RedisFailure`s within the reply or as what it resolves to.
   * Rejects with what the client throws when there is no answer.
   */
  call(
    args: readonly RedisArgument[],
    key: RedisArgument | undefined,
    isRead: boolean,
  ): Promise<RedisReply>
  /** The primaries. */
  nodes(): readonly UserNode[]
  /** Opens a connection like the client's, which listens to one channel. */
  subscribe(channel: string, listener: UserListener): UserSubscription
  /** Told when it has become ready, or no longer is; answers a function that ends it. */
  onState(listener: (isReady: boolean) => void): () => void
  /** True if a rejection says that nothing was sent. */
  isOffline(error: unknown): boolean
}

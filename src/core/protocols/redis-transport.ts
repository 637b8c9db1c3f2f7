/** What stands in a command. Text goes as UTF-8. */
export type RedisArgument = string | Uint8Array

/** A command as it goes over the wire. */
export interface RedisCommand {
  /** Its name first. */
  readonly args: readonly RedisArgument[]
  /** The key that says which node of a cluster gets it; `undefined`: any primary will do. */
  readonly key: RedisArgument | undefined
  /** True if it changes nothing: only then may it be sent twice, or to a replica. */
  readonly isRead: boolean
}

/** A Lua script. One object per script, made once: transports remember its hash by identity. */
export interface RedisScript {
  /** For people: it stands in messages. */
  readonly name: string
  readonly text: string
}

/** A call of a script, by its hash; who doesn't know the hash gets the text. */
export interface RedisScriptCall {
  readonly script: RedisScript
  /** All in one slot. The first one says which node of a cluster runs it; none: any primary. */
  readonly keys: readonly RedisArgument[]
  readonly args: readonly RedisArgument[]
}

export type RedisRequest = RedisCommand | RedisScriptCall

/**
 * What a server answers. Bulk strings are bytes, simple ones (`OK`) text, doubles numbers, and big numbers
 * text; maps and sets are flat lists, as in RESP2. `null` is nil.
 */
export type RedisReply =
  | Uint8Array
  | string
  | number
  | boolean
  | null
  | RedisFailure
  | readonly RedisReply[]

/**
 * Why there is no answer, or only a bad one.
 *
 * `reply`: the server answered with an error, and did nothing. `timeout`: it didn't answer in time.
 * `lost`: the connection broke before it did. `offline`: there is no connection to who would have to
 * answer; nothing was sent. `refused`: the node failed so often lately that it is left alone; nothing was
 * sent. `closed`: the transport was closed.
 */
export type RedisFailureKind = 'reply' | 'timeout' | 'lost' | 'offline' | 'refused' | 'closed'

/** A failure as a value: one command of a batch fails alone, and an outage makes no stack traces. */
export class RedisFailure {
  readonly kind: RedisFailureKind
  /** The first word of an error reply (`OOM`, `NOPERM`, `ERR`, …); empty for the other kinds. */
  readonly code: string
  readonly message: string
  /** True if the command may have been executed all the same, or may yet be. Never true of `offline`, `refused`. */
  readonly mayHaveRun: boolean

  constructor(
    kind: RedisFailureKind,
    message: string,
    options?: { readonly code?: string; readonly mayHaveRun?: boolean },
  ) {
    this.kind = kind
    this.code = options?.code ?? ''
    this.message = message
    this.mayHaveRun = options?.mayHaveRun ?? false
  }
}

/** How a batch is sent. */
export interface RedisSendOptions {
  /** When the batch ends at the latest, in milliseconds from now; the transport's own deadline if not said. */
  readonly deadlineMs?: number
  /**
   * Says that a replica may answer the reads, if the primary is late or gone; absent: none may. What it
   * answers may be old. `witness` is a read that then goes to the same replica, before all others: what
   * comes with it is at least as new as the witness says. It costs nothing as long as the primary answers.
   */
  readonly replica?: { readonly witness: RedisCommand | undefined }
}

/** Which answers came from a replica. */
export interface ReplicaAnswers {
  /** Where they stand in the batch. */
  readonly indices: readonly number[]
  /** What the witness said; `undefined` if there was none to send. */
  readonly witness: RedisReply | undefined
}

/** The answers to a batch. */
export interface RedisReplies {
  /** One per request, in the same order. */
  readonly replies: readonly RedisReply[]
  /** One per replica that had to answer; empty in good times. */
  readonly fromReplicas: readonly ReplicaAnswers[]
}

/** How the breaker of a node stands: everything goes through, nothing does, or one probe. */
export type BreakerPosition = 'closed' | 'open' | 'half-open'

/** A server that the transport knows. */
export interface RedisNode {
  /** `host:port`, or the path of a socket. */
  readonly id: string
  readonly role: 'primary' | 'replica' | 'unknown'
  /** Whether a connection to it stands and the server was looked at. */
  readonly isConnected: boolean
  readonly breaker: BreakerPosition
  /** Random name of the server process: another one means that it was started anew. `undefined` if it wasn't told. */
  readonly runId: string | undefined
  /** Such as `7.0.15`. */
  readonly version: string | undefined
}

/** What the transport says about itself. */
export interface RedisStatus {
  /** What kind of deployment it talks to; `client`: whatever the user's client does. */
  readonly topology: 'standalone' | 'sentinel' | 'cluster' | 'client'
  /** True if every key has a primary that is connected. */
  readonly isReady: boolean
  readonly nodes: readonly RedisNode[]
  /** What is wrong now, or doubtful, the latest last: `CacheError`s. Empty when all is well. */
  readonly problems: readonly Error[]
}

/** What happens to the connections. */
export type RedisTransportEvent =
  /** A node can be used, again or for the first time. Another `runId` than before: its data may be gone. */
  | { readonly type: 'connected'; readonly node: RedisNode }
  /** A node that could be used can't be any more. */
  | { readonly type: 'lost'; readonly node: RedisNode; readonly error: Error }
  /** Who is primary is known for the first time, or has changed, for all keys or for some: what was acknowledged last may be gone. */
  | { readonly type: 'topology-changed'; readonly nodes: readonly RedisNode[] }
  /** Something is wrong or doubtful; told once until it has ended. */
  | { readonly type: 'problem'; readonly error: Error }
  | { readonly type: 'breaker'; readonly node: RedisNode }

/** Who hears a channel. Neither may throw. */
export interface RedisListener {
  onMessage(message: Uint8Array): void
  /** Told `true` whenever messages come from now on, `false` when they stop: what was published in between is lost. */
  onState(isListening: boolean): void
}

/** A wish to hear a channel, kept up over reconnects. */
export interface RedisSubscription {
  /**
   * True once the server has answered on the connection that brings the messages: all that was published
   * before the call has been heard. False if it didn't within the deadline. Never rejects.
   */
  ping(): Promise<boolean>
  /** Ends it. Idempotent. */
  close(): void
}

/** One page of the keys of a node. */
export interface RedisScanPage {
  readonly keys: readonly Uint8Array[]
  /** Hand it back for the next page; `undefined` on the last one. */
  readonly cursor: string | undefined
}

/**
 * The way to a Redis or Valkey, whatever it consists of. Nothing here throws or rejects for what happens
 * outside, nothing waits beyond its deadline, and nothing is ever kept to be sent later: what can't be
 * sent now fails now.
 */
export interface RedisTransport {
  /**
   * Sends a batch; requests to one node leave in one write and are executed in the order given, with
   * others' in between. Requests to several nodes are in no order.
   */
  send(requests: readonly RedisRequest[], options?: RedisSendOptions): Promise<RedisReplies>
  /** Listens to a channel as soon as it can, and from then on; several may listen to one. */
  subscribe(channel: string, listener: RedisListener): RedisSubscription
  /**
   * Some of the keys of one node, of which `status()` says the id; every key that stays during the whole
   * listing comes at least once. A failure ends the listing: cursors don't outlive a connection or a failover.
   */
  scan(
    nodeId: string,
    cursor: string | undefined,
    options: { readonly match: string; readonly count: number },
  ): Promise<RedisScanPage | RedisFailure>
  status(): RedisStatus
  /** Told of each change; answers a function that ends it. A listener must not throw. */
  onEvent(listener: (event: RedisTransportEvent) => void): () => void
  /** Ends all connections; what is on its way fails. Idempotent. */
  close(): Promise<void>
}

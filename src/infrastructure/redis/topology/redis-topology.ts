import type { RedisArgument, RedisStatus } from '../../../core/protocols/redis-transport.ts'
import type { Redirection } from '../batch/error-reply-rule.ts'
import type { RedisServer } from '../server/redis-server.ts'

/** A server as its users see it. */
export type DataServer = Pick<
  RedisServer,
  'id' | 'endpoint' | 'isConnected' | 'node' | 'admit' | 'report' | 'write'
>

/** Who holds what: the part of a transport that differs between a single server, Sentinel and Cluster. */
export interface RedisTopology {
  readonly kind: RedisStatus['topology']
  /** All servers that are known, each with a connection that is kept up. */
  servers(): readonly DataServer[]
  /** True if every key has a primary that is connected. */
  isReady(): boolean
  /** Who takes writes of the key, verified; `undefined` if nobody does just now. Without a key: any primary. */
  primaryFor(key: RedisArgument | undefined): DataServer | undefined
  /** Connected servers that hold copies of what the key's primary holds, the best first. */
  replicasFor(key: RedisArgument | undefined): readonly DataServer[]
  /** The server that a `MOVED` or an `ASK` of `from` points to, connected or not. */
  redirected(to: Redirection, from: DataServer): DataServer | undefined
  /** Something doesn't fit what is known: look again, soon. `from` is who gave reason to. */
  refresh(from: DataServer | undefined): void
  /** Begins to connect. */
  start(): void
  /** Ends all connections. Idempotent. */
  close(): void
}

import type { Duration } from '../value-objects/duration.ts'

/** A place, as users write it: `host:port`, `[::1]:6379`, `host`, or an object. */
export type RedisAddressInput = string | { readonly host: string; readonly port?: number }

/** Who we are to the servers, and how we speak to them. */
export interface RedisLoginOptions {
  readonly username?: string
  readonly password?: string
  /** Number of the database; 0 if not said. A cluster has no other. */
  readonly database?: number
  /** True, or options for Node's `tls.connect` such as `ca`; false if not said and no URL says `rediss:`. */
  readonly tls?: boolean | Readonly<Record<string, unknown>>
  /** When a command fails at the latest, and a connection without answers; 250 ms if not said. */
  readonly timeout?: Duration
  /** How long connecting and logging in may take; one second if not said. */
  readonly connectTimeout?: Duration
}

/** A single server. */
export interface RedisServerOptions extends RedisLoginOptions {
  /** `redis://user:password@host:6379/0`, `rediss://` for TLS, `unix:///path` for a socket. */
  readonly url?: string
  readonly host?: string
  readonly port?: number
  /** Path of a Unix socket. */
  readonly path?: string
}

/** A primary with replicas, of which Sentinels say who is who. */
export interface RedisSentinelOptions extends RedisLoginOptions {
  /** Some of the Sentinels, as `host:port` or objects; the others are learned from them. */
  readonly sentinels: readonly RedisAddressInput[]
  /** What the Sentinels call the primary: `mymaster`. */
  readonly name: string
  /** Of the Sentinels themselves, if they have one; `username` and `password` are those of the data nodes. */
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
}

/** A Redis Cluster. */
export interface RedisClusterOptions extends RedisLoginOptions {
  /** Some of the nodes, as `host:port` or objects; the others are learned from them. */
  readonly cluster: readonly RedisAddressInput[]
}

/** A client that exists already; what it does when servers fail is its own business. */
export interface RedisClientOptions {
  /** A connected client or cluster of node-redis 5 or later, or of ioredis 5 or later. */
  readonly client: unknown
  readonly timeout?: Duration
}

/** Where Redis is: a URL, or options. */
export type RedisOptions =
  | string
  | RedisServerOptions
  | RedisSentinelOptions
  | RedisClusterOptions
  | RedisClientOptions

/** Where a server is, and who we are to it. */
export interface RedisEndpoint {
  readonly host: string
  readonly port: number
  /** Path of a Unix socket in place of host and port; `undefined`: TCP. */
  readonly path: string | undefined
  /** Options for `tls.connect`; `undefined`: no TLS. */
  readonly tls: Readonly<Record<string, unknown>> | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

import type { RedisServer } from '../server/redis-server.ts'
import type { RedisTopology } from './redis-topology.ts'

/** A single server: it holds everything, or nobody does. */
export class StandaloneTopology implements RedisTopology {
  readonly kind = 'standalone'
  readonly #server: RedisServer
  readonly #servers: readonly RedisServer[]

  constructor(server: RedisServer) {
    this.#server = server
    this.#servers = [server]
  }

  servers(): readonly RedisServer[] {
    return this.#servers
  }

  isReady(): boolean {
    return this.#server.isConnected
  }

  primaryFor(): RedisServer | undefined {
    return this.#server.isConnected ? this.#server : undefined
  }

  replicasFor(): readonly RedisServer[] {
    return []
  }

  redirected(): undefined {
    return undefined
  }

  /** It has become a replica: behind the name of a managed Redis there may be another server by now. */
  refresh(): void {
    this.#server.reconnect('it is no primary any more')
  }

  start(): void {
    this.#server.start()
  }

  close(): void {
    this.#server.close()
  }
}

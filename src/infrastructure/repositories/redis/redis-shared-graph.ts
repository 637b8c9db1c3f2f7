import { CacheError } from '../../../core/exceptions/cache-error.ts'
import type { EdgeChange, SharedGraph } from '../../../core/protocols/dependency-graph.ts'
import type { RedisTransport } from '../../../core/protocols/redis-transport.ts'
import { changeEdgesCall } from '../redis-scripts/change-edges-call.ts'
import { type CacheIdentity, type LogNames, logNames } from './key-names.ts'
import { answered } from './unavailable.ts'

/** Most edges that are shared: a walk over all of them holds up the server for a tenth of a second. */
const MAX_SHARED_EDGES = 100_000
/** Most changes in one script. */
const MAX_TOGETHER = 500

/** What depends on what, beside the log in Redis. */
export class RedisSharedGraph implements SharedGraph {
  readonly #transport: RedisTransport
  readonly #names: LogNames
  readonly #maxEdges: number

  constructor(
    transport: RedisTransport,
    cache: CacheIdentity,
    maxEdges: number = MAX_SHARED_EDGES,
  ) {
    this.#transport = transport
    this.#names = logNames(cache)
    this.#maxEdges = maxEdges
  }

  async change(changes: readonly EdgeChange[]): Promise<void> {
    for (let at = 0; at < changes.length; at += MAX_TOGETHER) {
      const some = changes.slice(at, at + MAX_TOGETHER)
      const call = changeEdgesCall(this.#names, some, this.#maxEdges)
      const { replies } = await this.#transport.send([call])
      if (answered('share dependencies', replies[0]) !== 1) {
        throw new CacheError(
          'CACHE_OPTION_INVALID',
          `Cannot share dependencies: expected at most ${this.#maxEdges} in all`,
        )
      }
    }
  }
}

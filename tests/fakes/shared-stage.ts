import type { CacheOptions } from '../../src/cache-options.ts'
import { createSharedCache, type PlatformCache } from '../../src/module.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'
import { fakeRandom } from './fake-random.ts'
import { SharedLink } from './shared-link.ts'
import { SharedServers } from './shared-servers.ts'

/** A cache that shares servers with others, and its way to them. */
export interface SharedNode {
  readonly cache: PlatformCache
  readonly link: SharedLink
}

/** Nodes that share servers, on one clock that the test moves. */
export interface SharedStage {
  readonly servers: SharedServers
  readonly time: FakeClock
  /** Opens one more node; it joins when promises settle. */
  node(options?: CacheOptions, start?: { readonly isCut: boolean }): SharedNode
  /** Lets everything settle that needs no time. */
  settle(): Promise<void>
  /** Closes all nodes. */
  close(): Promise<void>
}

export function sharedStage(): SharedStage {
  const time = createFakeClock()
  const servers = new SharedServers(() => time.clock.monotonicMs())
  const open: PlatformCache[] = []
  let nodes = 0
  return {
    servers,
    time,
    node(options, start) {
      const link = new SharedLink(servers)
      link.isCut = start?.isCut === true
      nodes += 1
      const random = fakeRandom(0.5, `n${nodes}-`)
      const { clock, scheduler } = time
      const cache = createSharedCache(
        { clock, scheduler, random, ...options },
        {
          ...{ log: link, graph: link, close: async () => {} },
          openStore: (namespace) => link.open(namespace),
        },
      )
      open.push(cache)
      return { cache, link }
    },
    settle: () => time.advance(0),
    async close() {
      for (const cache of open.splice(0)) await cache.close()
    },
  }
}

import type { Sharing } from '../application/services/namespace-ports.ts'
import type { Clock } from '../core/protocols/clock.ts'
import type { SharedGraph } from '../core/protocols/dependency-graph.ts'
import type { Random } from '../core/protocols/random.ts'
import type { Scheduler } from '../core/protocols/scheduler.ts'
import type { SharedLog } from '../core/protocols/shared-log.ts'
import type { SweepStore } from '../core/protocols/sweep-store.ts'

/** What servers that several nodes share are opened with. */
export interface SharedServersParts {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** Told of what a server couldn't do, and of what was given up because of it. */
  readonly report: (did: string, error: unknown) => void
  /** The name of this node, unique, without white space. */
  readonly node: string
  /** The name of the cache. */
  readonly cache: string
}

/** Servers that several nodes share: the log of a cache and the values of its namespaces. */
export interface SharedServers {
  readonly log: SharedLog
  readonly openStore: Sharing['openStore']
  /** For how long the marks of keys have to be remembered, in milliseconds; a minute if not said. */
  readonly recentMarksMs?: number
  /** What depends on what, for all nodes; absent: each has to be told. */
  readonly graph?: SharedGraph
  /** For who removes there what invalidations have reached; absent: nobody does. */
  readonly sweepStore?: SweepStore
  close(): Promise<void>
}

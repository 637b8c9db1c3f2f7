import type { RemoteOrigin } from '../../src/application/services/coherence/judge-remote-entry.ts'
import type { SharedLoad } from '../../src/application/services/coherence/shared-load.ts'
import type { Flight } from '../../src/application/services/single-flight.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { SimulatedValue } from './redis-command.ts'
import type { Send } from './simulated-node.ts'

/** What the tiers need of their node. */
export interface TierSurroundings {
  readonly name: string
  readonly nowMs: () => number
  readonly send: Send
  readonly post: (act: () => void) => void
  readonly isConnected: () => boolean
  readonly catchUp: () => void
  readonly onOverflow: () => void
}

export interface FoundValue {
  readonly value: SimulatedValue
  readonly origin: RemoteOrigin
}

export type Answer = (version: number | undefined) => void

export interface Waiter {
  readonly answer: Answer
  /** How many more flights it may be handed on to. */
  readonly hops: number
}

export interface Load {
  readonly key: CacheKey
  readonly flight: Flight
  readonly shared: SharedLoad
  readonly startedAtMs: number
  readonly token: string
  readonly waiters: Waiter[]
  endFactory: () => void
  found: FoundValue | undefined
  computed: number
}

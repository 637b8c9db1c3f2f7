import type { RemoteOrigin } from '../../src/application/services/coherence/judge-remote-entry.ts'
import type { SharedLoad } from '../../src/application/services/coherence/shared-load.ts'
import type { Flight } from '../../src/application/services/single-flight.ts'
import type { InvalidationScope } from '../../src/core/entities/invalidation-mark.ts'
import type { KeyMatcher } from '../../src/core/protocols/regex-engine.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { ReadAnswer } from './history.ts'
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
  readonly matcherOf: (scope: InvalidationScope) => KeyMatcher | undefined
}

export interface FoundValue {
  readonly value: SimulatedValue
  readonly origin: RemoteOrigin
}

/** Gets the answer; `undefined`: the factory was too slow, or nothing was found. */
export type Answer = (answer: ReadAnswer | undefined) => void

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

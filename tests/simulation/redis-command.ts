import type { LogAnswer, LogRead, PendingMark } from '../../src/core/protocols/shared-log.ts'
import type { RejectedValue } from '../../src/core/protocols/shared-store.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'

/** A value as it lies in a tier: which version of the truth it is, and where it was born. */
export interface SimulatedValue {
  readonly version: number
  readonly birth: LogPosition
}

/** Checks of the scripts that an ablation can leave out. */
export interface ScriptGuards {
  readonly storeNeedsLease: boolean
  readonly setYieldsToMarks: boolean
  readonly markDropsLease: boolean
  readonly serversAreKnown: boolean
  readonly absentNodesCount: boolean
  readonly loadsNeedLease: boolean
  readonly softAndHardApart: boolean
  readonly closuresApart: boolean
  readonly prolongsWhatIsThere: boolean
  readonly waitsForAll: boolean
}

export type RedisCommand =
  | {
      readonly type: 'read'
      readonly node: string
      readonly server: string
      readonly servers: readonly string[]
      readonly read: LogRead
    }
  | {
      readonly type: 'found'
      readonly node: string
      readonly server: string
      readonly servers: readonly string[]
      readonly expected: string | undefined
      readonly generation: string
      readonly ancestors: readonly string[]
      /** Run id of a server of values that is the reason; another node may have founded for it. */
      readonly unlessKnown: string | undefined
    }
  | { readonly type: 'append'; readonly pending: PendingMark }
  | {
      readonly type: 'set'
      readonly key: string
      readonly version: number
      readonly pending: PendingMark
      readonly since: LogPosition
    }
  | { readonly type: 'get'; readonly key: string }
  | {
      readonly type: 'load'
      readonly key: CacheKey
      readonly token: string
      readonly leaseMs: number
      readonly rejected: RejectedValue
    }
  | {
      readonly type: 'store'
      readonly key: string
      readonly token: string
      readonly value: SimulatedValue
    }
  | {
      readonly type: 'renew'
      readonly key: string
      readonly token: string
      readonly leaseMs: number
    }
  | {
      /** Stores a value again with a longer life, if it is still there. */
      readonly type: 'prolong'
      readonly key: CacheKey
      readonly value: SimulatedValue
    }
  | {
      /** In a cluster: what a mark of a key does where its value lies. With a token, the lease goes to that. */
      readonly type: 'drop'
      readonly key: CacheKey
      readonly token: string | undefined
      readonly leaseMs: number
      /** Leaves the value where it is. */
      readonly isSoft: boolean
    }
  | {
      readonly type: 'nodes'
      readonly position: LogPosition
      readonly leaseMs: number
    }

export type RedisReply =
  | { readonly type: 'log'; readonly answer: LogAnswer }
  | {
      readonly type: 'position'
      readonly position: LogPosition | undefined
      readonly isStored: boolean
    }
  | {
      readonly type: 'value'
      readonly value: SimulatedValue | undefined
      readonly position: LogPosition | undefined
    }
  | { readonly type: 'leased' }
  | { readonly type: 'held' }
  | { readonly type: 'done'; readonly isDone: boolean }

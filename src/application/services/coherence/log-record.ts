/**
 * What a node and a distributed log say to each other. Whoever drives the state machines of this folder
 * turns these into commands of Redis, or requests to Kafka.
 */
import type { InvalidationMark } from '../../../core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'

/**
 * A mark as the log holds it. The `id` is its maker's and unique: after a failover that lost marks others
 * take their places, and only the id tells the mark at place 100 from the one that was there before.
 */
export interface LogRecord {
  readonly id: string
  readonly seq: number
  readonly mark: InvalidationMark
  /** Its maker waits for all nodes: who applies it reads again at once, which says so. */
  readonly isAwaited: boolean
}

/** Up to which record a node has applied the log, without a gap. At `seq` 0 there is no record, and the id is empty. */
export interface LogHorizon {
  readonly position: LogPosition
  readonly id: string
}

/** One read of the log, which is the heartbeat too. */
export interface LogRead {
  /** Tells the answer of this read from those of earlier ones. */
  readonly ticket: number
  /** Read from this record, itself included. `undefined`: the node starts, and asks for the scope marks instead. */
  readonly horizon: LogHorizon | undefined
  /** The node checks in: all that it knows is in the log of the server that it speaks to. */
  readonly vouches: boolean
  readonly limit: number
}

/** What the log answers to a read, as of one moment. */
export interface LogAnswer {
  /** `undefined`: there is no log, or none any more. */
  readonly generation: string | undefined
  /** The generations that this one took the place of, newest first. */
  readonly ancestors: readonly string[]
  readonly tail: { readonly seq: number; readonly id: string }
  /** The record at the horizon and those after it, oldest first. */
  readonly records: readonly LogRecord[]
  /**
   * For a node that starts: the newest mark of each scope but keys; and where values lie on other servers
   * than the log, also the key marks of the last minute.
   */
  readonly scopes: readonly PositionedMark[]
  /** False: this server isn't known to hold a copy of this log. It came back from a disk, say, with whatever lay there. */
  readonly isKnownServer: boolean
  /** How many nodes took part under an earlier server and haven't checked in with this one. */
  readonly absentNodes: number
}

/** A mark that is under way to the log. */
export interface PendingMark {
  readonly id: string
  readonly mark: InvalidationMark
  readonly isAwaited: boolean
}

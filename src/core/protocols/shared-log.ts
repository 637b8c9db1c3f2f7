import type { InvalidationMark, InvalidationScope } from '../entities/invalidation-mark.ts'
import type { LogPosition } from '../value-objects/log-position.ts'
import type { PositionedMark } from './invalidation-log.ts'

/**
 * A mark as the log holds it. The `id` is its maker's and unique: after a failover that lost marks others
 * take their places, and only the id tells the mark at place 100 from the one that was there before.
 */
export interface LogRecord {
  readonly id: string
  readonly seq: number
  /** `undefined`: a newer version wrote it, and nobody here can tell what it reaches; or it is no mark, but `retires`. */
  readonly mark: InvalidationMark | undefined
  /** In place of a mark: nothing is left of what hard marks of tags, patterns and so on reached, up to this seq. */
  readonly retires?: number
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
  /** Read from this record, itself included. `undefined`: the node starts, and asks for the scope marks instead. */
  readonly horizon: LogHorizon | undefined
  /** The node checks in: all that it knows is in the log of the server that it speaks to. */
  readonly vouches: boolean
  /** Most records of the answer. */
  readonly limit: number
}

/** What the log answers to a read, as of one moment. */
export interface LogAnswer {
  /** `undefined`: there is no log, or none any more. */
  readonly generation: string | undefined
  /** The generations that this one took the place of, newest first. */
  readonly ancestors: readonly string[]
  /** The newest record; the id is empty at `seq` 0, and where that record is gone. */
  readonly tail: { readonly seq: number; readonly id: string }
  /** The record at the horizon and those after it, oldest first. */
  readonly records: readonly LogRecord[]
  /**
   * For a node that starts: the newest mark of each scope but keys; and where values lie on other servers
   * than the log, also the key marks of the last minute.
   */
  readonly scopes: readonly PositionedMark[]
  /** For a node that starts: whatever was born before this seq is invalid, since not all marks are known any more; 0: all are. */
  readonly floorSeq: number
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

/** Where a mark stands. */
export interface AppendedMark extends LogPosition {
  /** What it reaches, if that is more than was asked: other nodes have said what depends on it. */
  readonly scope?: InvalidationScope
}

/** What a new generation begins with. */
export interface LogFounding {
  /** The generation that has to be there; `undefined`: there must be no log. */
  readonly expected: string | undefined
  /** The generations that it takes the place of, newest first. */
  readonly ancestors: readonly string[]
}

/** Who hears from a shared log. None of these may throw. */
export interface SharedLogListener {
  /** The log can be spoken to. `server` names the process that holds it: another name, or the same once more, is another connection. */
  onConnected(server: string): void
  /** Nothing that was asked of it will be answered any more. */
  onDisconnected(): void
  /** Somebody has appended something, up to this place if it is known. */
  onDoorbell(position: LogPosition | undefined): void
  /** A server of values, not of the log, was replaced by its replica: what marks deleted last may be there again. */
  onValuesReplaced(): void
}

/**
 * The invalidation log of a cache on servers that several nodes share, as a node's state machine drives it
 * (`CoherenceSession`): no call waits beyond its deadline, and each rejects with what went wrong.
 */
export interface SharedLog {
  /** Connects, and goes on telling; answers a function that ends it, and resolves once the log knows. Called once. */
  listen(listener: SharedLogListener): () => void | Promise<void>
  read(read: LogRead): Promise<LogAnswer>
  /** Begins a new generation if nobody else has; resolves when one is there, whoever began it. */
  found(founding: LogFounding): Promise<void>
  /**
   * Adds a mark, and removes what lies under its key if it is a hard mark of a key. Rejects if the log
   * isn't there, or nobody knows whether it took the mark.
   */
  append(pending: PendingMark): Promise<AppendedMark>
  /** True if each node has applied the log up to this position, or can't be coherent any more if a lease lasts `leaseMs`. */
  haveAllApplied(position: LogPosition, leaseMs: number): Promise<boolean>
}

/**
 * Follows the log of a cache, and says until when this node is known to have heard of every mark.
 *
 * Pure: inputs with the monotonic time in, effects out. Reads are inclusive: the record at the horizon has
 * to come first, with the id that this node remembers, or something is lost. What is lost decides:
 * - trimmed on the server that we know: L1 and the table of marks begin anew (`forget`, `start`);
 * - another generation that descends from ours: the same;
 * - anything else (no log, a log that fell behind our horizon, other records in their places, a server
 *   that came from a disk, a generation that doesn't know ours): this node founds a new generation.
 *
 * A log that fell back can't be mended by saying the lost marks again: values born beyond its end are
 * about, and the next marks would stand at places below those births, and not reach them.
 *
 * After a failover to a replica that everybody knows, no node alone can tell that nothing was lost: a
 * mark may be known only to its maker. So each node checks in, once it has found all that it knows in the
 * new server's log. Nobody is coherent before all that took part have; if one doesn't come in time, its
 * marks may be lost, and a new generation begins.
 */

import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type {
  LogAnswer,
  LogHorizon,
  LogRead,
  LogRecord,
  PendingMark,
} from '../../../core/protocols/shared-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { CoherenceLease, type CoherenceLeaseSettings } from './coherence-lease.ts'
import { type AcknowledgedMark, isOwnMarkMissing, recordsAfter } from './records-after.ts'

/** How a node follows a log; spans in milliseconds. */
export interface FollowerSettings extends CoherenceLeaseSettings {
  readonly heartbeatMs: number
  /** How soon to read again after a failure, or while others haven't checked in. */
  readonly retryMs: number
  /** How long others may take to check in with a new server before a new generation begins. */
  readonly settleMs: number
  readonly maxPageRecords: number
}

export const DEFAULT_FOLLOWER_SETTINGS: FollowerSettings = Object.freeze({
  coherenceLeaseMs: 1500,
  heartbeatMs: 300,
  retryMs: 50,
  settleMs: 1000,
  distrustMs: 500,
  maxPageRecords: 500,
})

/** Generations that a log remembers to have come from. */
const MAX_ANCESTORS = 16

/** Why all that the node holds is worth nothing any more. */
export type ForgetCause =
  | 'gap'
  | 'generation'
  | 'rollback'
  | 'no-log'
  | 'unknown-server'
  | 'absent-nodes'
  | 'unreadable'

export type FollowerEffect =
  | { readonly type: 'read'; readonly ticket: number; readonly read: LogRead }
  /** Begin a new generation with an id of its own, if the log's is still `expected`; answer with `onFounded`. */
  | {
      readonly type: 'found'
      readonly ticket: number
      readonly expected: string | undefined
      readonly ancestors: readonly string[]
    }
  | { readonly type: 'apply'; readonly id: string; readonly positioned: PositionedMark }
  /** Nothing is left, where all nodes share it, of what hard marks of scopes reached up to a seq. */
  | { readonly type: 'retire'; readonly position: LogPosition; readonly upToSeq: number }
  /** Drop L1, fence every flight. */
  | { readonly type: 'forget'; readonly cause: ForgetCause }
  /** Begin at this place, with these marks and no others. */
  | {
      readonly type: 'start'
      readonly position: LogPosition
      readonly scopes: readonly PositionedMark[]
      /** Whatever was born before is invalid; 0: nothing is for that. */
      readonly floorSeq: number
    }
  /** The log of the server just connected to is ours: marks may be appended from now on. */
  | { readonly type: 'verified' }

type Effects = readonly FollowerEffect[]

interface RunningRead {
  readonly ticket: number
  /** Where it reads from. An own mark that is acknowledged meanwhile may move this node's horizon on. */
  readonly horizon: LogHorizon | undefined
  readonly sentAtMs: number
  readonly vouches: boolean
}

export class LogFollower {
  readonly #settings: FollowerSettings
  #horizon: LogHorizon | undefined
  /** The generations that this node has left, newest first. */
  #left: readonly string[] = []
  #server: string | undefined
  /** The server in whose log this node has found all that it knows. */
  #verifiedServer: string | undefined
  #isVerifiedNow = false
  /** Everybody who took part has checked in with the server that answers. */
  #isSettled = false
  #running: RunningRead | undefined
  #lastTicket = 0
  #isReadDue = false
  #nextReadAtMs = Number.POSITIVE_INFINITY
  readonly #lease: CoherenceLease
  #absentSinceMs: number | undefined
  #acknowledged: readonly AcknowledgedMark[] = []

  constructor(settings: FollowerSettings = DEFAULT_FOLLOWER_SETTINGS) {
    this.#settings = settings
    this.#lease = new CoherenceLease(settings)
  }

  /** Up to where this node has applied the log; `undefined` before it has started, and while it starts anew. */
  get horizon(): LogPosition | undefined {
    return this.#horizon?.position
  }

  get coherentUntilMs(): number {
    return this.#lease.untilMs
  }

  /** True while this node is known to have heard of every mark up to a lease ago: only then any tier may answer. */
  isCoherentAt(nowMs: number): boolean {
    return this.#lease.isHeldAt(nowMs)
  }

  /**
   * True while this node can tell whether what lies in other tiers is valid: coherent, and nobody is awaited
   * after a failover. Before that, marks may stand at places that were others' when a value was born.
   */
  canJudgeAt(nowMs: number): boolean {
    return this.#isSettled && this.isCoherentAt(nowMs)
  }

  /** True if marks may be appended: connected, and the log there is the one that this node follows. */
  get isVerified(): boolean {
    return this.#isVerifiedNow
  }

  /** When `onTick` has something to do next. */
  get deadlineMs(): number {
    const isIdle = this.#server !== undefined && this.#running === undefined
    return isIdle ? this.#nextReadAtMs : Number.POSITIVE_INFINITY
  }

  /** Connected to the server of this run id, which claims to be the primary. Answers of earlier connections don't count any more. */
  onConnected(server: string, nowMs: number): Effects {
    this.#server = server
    this.#isVerifiedNow = false
    if (server !== this.#verifiedServer) this.#isSettled = false
    this.#running = undefined
    this.#absentSinceMs = undefined
    return [this.#read(nowMs)]
  }

  onDisconnected(): void {
    this.#server = undefined
    this.#isVerifiedNow = false
    this.#running = undefined
  }

  /** Somebody appended something, up to `position` if that is known. */
  onDoorbell(position: LogPosition | undefined, nowMs: number): Effects {
    const known = this.#horizon?.position
    const isOld =
      position !== undefined &&
      known?.generation === position.generation &&
      known.seq >= position.seq
    return isOld ? [] : this.#readSoon(nowMs)
  }

  onTick(nowMs: number): Effects {
    return nowMs >= this.deadlineMs ? [this.#read(nowMs)] : []
  }

  /** The read, or the founding, failed or took too long. */
  onFailed(ticket: number, nowMs: number): void {
    if (this.#running?.ticket !== ticket) return
    this.#running = undefined
    this.#nextReadAtMs = nowMs + this.#settings.retryMs
  }

  /** Whoever founded it, a generation is there: see which. */
  onFounded(ticket: number, nowMs: number): Effects {
    if (this.#running?.ticket !== ticket) return []
    this.#running = undefined
    return [this.#read(nowMs)]
  }

  onAnswer(ticket: number, answer: LogAnswer, nowMs: number): Effects {
    const running = this.#running
    if (running?.ticket !== ticket) return []
    this.#running = undefined
    const { generation } = answer
    if (generation === undefined) return this.#found('no-log', answer, nowMs)
    if (!answer.isKnownServer) return this.#found('unknown-server', answer, nowMs)
    if (running.horizon === undefined) {
      return this.#start(generation, running, { answer, nowMs })
    }
    const mine = running.horizon.position.generation
    if (generation === mine) return this.#continue(running.horizon, running, { answer, nowMs })
    if (!answer.ancestors.includes(mine)) return this.#found('generation', answer, nowMs)
    return this.#startOver('generation', nowMs)
  }

  /**
   * The log has taken a mark of this node. It counts from now on, ahead of others' marks below it.
   * Acknowledgements of a connection that was given up must not come here: they count as lost.
   */
  onAppended({ id, mark }: PendingMark, position: LogPosition, nowMs: number): Effects {
    const horizon = this.#horizon?.position
    if (horizon?.generation !== position.generation) {
      // Places of two generations can't be compared, so what the mark reaches is unknown: everything.
      this.#lease.revoke()
      return [{ type: 'forget', cause: 'generation' }, ...this.#readSoon(nowMs)]
    }
    const apply: FollowerEffect = { type: 'apply', id, positioned: { position, mark } }
    if (position.seq === horizon.seq + 1) this.#horizon = { position, id }
    if (position.seq <= horizon.seq + 1) return [apply]
    this.#acknowledged = [
      ...this.#acknowledged,
      { seq: position.seq, id, ticket: this.#lastTicket },
    ]
    return [apply, ...this.#readSoon(nowMs)]
  }

  #readSoon(nowMs: number): Effects {
    if (this.#server === undefined) return []
    if (this.#running === undefined) return [this.#read(nowMs)]
    this.#isReadDue = true
    return []
  }

  #read(nowMs: number): FollowerEffect {
    this.#lastTicket += 1
    this.#isReadDue = false
    this.#nextReadAtMs = nowMs + this.#settings.heartbeatMs
    const vouches = this.#horizon === undefined || this.#server === this.#verifiedServer
    const ticket = this.#lastTicket
    this.#running = { ticket, horizon: this.#horizon, sentAtMs: nowMs, vouches }
    const limit = this.#settings.maxPageRecords
    return { type: 'read', ticket, read: { horizon: this.#horizon, vouches, limit } }
  }

  #found(cause: ForgetCause, answer: LogAnswer, nowMs: number): Effects {
    const mine = this.#horizon?.position.generation
    const known = [answer.generation, ...answer.ancestors, mine, ...this.#left]
    const ancestors = [...new Set(known.filter((one) => one !== undefined))]
    this.#lease.revoke()
    this.#absentSinceMs = undefined
    this.#lastTicket += 1
    this.#running = {
      ticket: this.#lastTicket,
      horizon: undefined,
      sentAtMs: nowMs,
      vouches: false,
    }
    return [
      { type: 'forget', cause },
      {
        type: 'found',
        ticket: this.#lastTicket,
        expected: answer.generation,
        ancestors: ancestors.slice(0, MAX_ANCESTORS),
      },
    ]
  }

  /** Gives up the place in the log; the next read asks for a new one. */
  #startOver(cause: ForgetCause, nowMs: number): Effects {
    const mine = this.#horizon?.position.generation
    if (mine !== undefined && cause === 'generation') {
      this.#left = [mine, ...this.#left].slice(0, MAX_ANCESTORS)
    }
    this.#horizon = undefined
    this.#acknowledged = []
    this.#lease.revoke()
    return [{ type: 'forget', cause }, this.#read(nowMs)]
  }

  #start(
    generation: string,
    running: RunningRead,
    { answer, nowMs }: { readonly answer: LogAnswer; readonly nowMs: number },
  ): Effects {
    const position: LogPosition = { generation, seq: answer.tail.seq }
    this.#horizon = { position, id: answer.tail.id }
    const { scopes, floorSeq } = answer
    const start: FollowerEffect = { type: 'start', position, scopes, floorSeq }
    return [start, ...this.#caughtUp(running, answer, nowMs)]
  }

  /** Goes on in the generation that this node knows. */
  #continue(
    horizon: LogHorizon,
    running: RunningRead,
    { answer, nowMs }: { readonly answer: LogAnswer; readonly nowMs: number },
  ): Effects {
    const isVerified = this.#verifiedServer === this.#server
    const records = recordsAfter(horizon, answer)
    if (records === 'rollback' || isOwnMarkMissing(this.#acknowledged, answer, running.ticket)) {
      return this.#found('rollback', answer, nowMs)
    }
    // On a server that we don't know yet, what was trimmed might have been other marks than ours.
    if (records === 'gap') {
      return isVerified ? this.#startOver('gap', nowMs) : this.#found('rollback', answer, nowMs)
    }
    // Written by a newer version: it may reach everything, so this node begins behind it.
    if (records.some(isUnreadable)) return this.#startOver('unreadable', nowMs)
    const applied = this.#apply(horizon.position.generation, records)
    const seq = this.#horizon?.position.seq ?? answer.tail.seq
    this.#acknowledged = this.#acknowledged.filter((own) => own.seq > seq)
    if (answer.tail.seq > seq) return [...applied, this.#read(nowMs)]
    return [...applied, ...this.#caughtUp(running, answer, nowMs)]
  }

  #apply(generation: string, records: readonly LogRecord[]): FollowerEffect[] {
    const effects: FollowerEffect[] = []
    for (const { seq, id, mark, isAwaited, retires } of records) {
      // An own mark that was acknowledged meanwhile counts already: what began after it needn't end for it.
      if (seq <= (this.#horizon?.position.seq ?? -1)) continue
      const position = { generation, seq }
      this.#horizon = { position, id }
      if (isAwaited) this.#isReadDue = true
      if (retires !== undefined) effects.push({ type: 'retire', position, upToSeq: retires })
      // An own mark that was acknowledged beyond the horizon was applied then.
      const isApplied = this.#acknowledged.some((own) => own.seq === seq && own.id === id)
      if (mark === undefined || isApplied) continue
      effects.push({ type: 'apply', id, positioned: { position, mark } })
    }
    return effects
  }

  #caughtUp(running: RunningRead, answer: LogAnswer, nowMs: number): Effects {
    this.#verifiedServer = this.#server
    const verified: Effects = this.#isVerifiedNow ? [] : [{ type: 'verified' }]
    this.#isVerifiedNow = true
    if (!running.vouches) return [...verified, this.#read(nowMs)]
    if (answer.absentNodes > 0) return [...verified, ...this.#awaitOthers(answer, nowMs)]
    this.#absentSinceMs = undefined
    this.#isSettled = true
    this.#lease.extend(running.sentAtMs, nowMs)
    return this.#isReadDue ? [...verified, this.#read(nowMs)] : verified
  }

  #awaitOthers(answer: LogAnswer, nowMs: number): Effects {
    this.#isSettled = false
    this.#absentSinceMs ??= nowMs
    if (nowMs - this.#absentSinceMs >= this.#settings.settleMs) {
      return this.#found('absent-nodes', answer, nowMs)
    }
    this.#nextReadAtMs = nowMs + this.#settings.retryMs
    return []
  }
}

function isUnreadable({ mark, retires }: LogRecord): boolean {
  return mark === undefined && retires === undefined
}

/**
 * A node's part in a cache that it shares: what follows from the log, from its own invalidations, and from
 * a connection that comes and goes, in the order that keeps the invariants.
 *
 * Pure: inputs with the monotonic time in, effects out. Whoever drives it does the I/O, hands the answers
 * in, and calls `onTick` when `deadlineMs` has come.
 *
 * An invalidation fences and drops here at once, goes to the log, and fences and drops here again when it
 * has its place. It is propagated if the log has answered so, or if it is read back from the log. If the
 * answer doesn't come in time nobody knows, and the outbox says it again: a mark that stands twice in the
 * log only drops more.
 */
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { AppendedMark, LogAnswer, PendingMark } from '../../../core/protocols/shared-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { FollowerEffect, LogFollower } from './log-follower.ts'
import type { Outbox } from './outbox.ts'
import type { ForgottenMarks, RecentMarks } from './recent-marks.ts'

/** How a node invalidates; spans in milliseconds. */
export interface SessionSettings {
  readonly coherenceLeaseMs: number
  /** How soon to say again what the log refused, and to ask again whether all nodes have applied a mark. */
  readonly retryMs: number
}

/** How much faster a node's clock may run than another's: 2 %, far above what quartz does. */
const CLOCK_DRIFT = 1.02

export type SessionEffect =
  | Exclude<FollowerEffect, { readonly type: 'verified' }>
  /** Fence and drop what the mark reaches, wherever in the log it will stand. */
  | { readonly type: 'fence'; readonly pending: PendingMark }
  /** Answer with `onAppended` or `onAppendFailed`. A redelivery is a plain mark, also of what was a `set`. */
  | { readonly type: 'append'; readonly pending: PendingMark; readonly isRedelivery: boolean }
  /** Ask the log whether every node has applied it, or can't be coherent any more; answer with `onNodes`. */
  | { readonly type: 'ask-nodes'; readonly id: string; readonly position: LogPosition }
  /** The invalidation may be answered. */
  | { readonly type: 'settled'; readonly id: string; readonly position: LogPosition | undefined }
  | { readonly type: 'expire'; readonly forgotten: ForgottenMarks }

type Effects = readonly SessionEffect[]

/** Somebody waits for the end of an invalidation. */
interface Call {
  readonly pending: PendingMark
  /** When to answer whatever has become of it. */
  readonly untilMs: number
  readonly position: LogPosition | undefined
  readonly askAtMs: number
  /** Id of an earlier mark over the same scope that waits in the outbox: once this one has its place, that one says nothing more. */
  readonly supersedes: string | undefined
}

export interface SessionParts {
  readonly follower: LogFollower
  readonly outbox: Outbox
  readonly recent: RecentMarks
}

export class CoherenceSession {
  readonly #parts: SessionParts
  readonly #settings: SessionSettings
  readonly #calls = new Map<string, Call>()
  /** Sent on this connection, not answered. */
  readonly #underWay = new Map<string, PendingMark>()
  #redeliverAtMs = Number.POSITIVE_INFINITY
  #isConnected = false
  #generation: string | undefined

  constructor(parts: SessionParts, settings: SessionSettings) {
    this.#parts = parts
    this.#settings = settings
  }

  /** When `onTick` has something to do next. */
  get deadlineMs(): number {
    let earliest = Math.min(this.#parts.follower.deadlineMs, this.#redeliverAtMs)
    for (const { untilMs, askAtMs } of this.#calls.values()) {
      earliest = Math.min(earliest, untilMs, askAtMs)
    }
    return earliest
  }

  onConnected(server: string, nowMs: number): Effects {
    this.onDisconnected()
    this.#isConnected = true
    return this.#with(this.#parts.follower.onConnected(server, nowMs), nowMs)
  }

  /** What was under way counts as not said, and is said again on the next connection. */
  onDisconnected(): void {
    this.#isConnected = false
    this.#redeliverAtMs = Number.POSITIVE_INFINITY
    this.#parts.follower.onDisconnected()
    for (const pending of this.#underWay.values()) this.#parts.outbox.add(pending)
    this.#underWay.clear()
  }

  onDoorbell(position: LogPosition | undefined, nowMs: number): Effects {
    return this.#with(this.#parts.follower.onDoorbell(position, nowMs), nowMs)
  }

  onAnswer(ticket: number, answer: LogAnswer, nowMs: number): Effects {
    return this.#with(this.#parts.follower.onAnswer(ticket, answer, nowMs), nowMs)
  }

  onFounded(ticket: number, nowMs: number): Effects {
    return this.#with(this.#parts.follower.onFounded(ticket, nowMs), nowMs)
  }

  onFailed(ticket: number, nowMs: number): void {
    this.#parts.follower.onFailed(ticket, nowMs)
  }

  /** Begins an invalidation that is answered by `untilMs`, with or without the log; at once while there is no connection. */
  invalidate(pending: PendingMark, untilMs: number, nowMs: number): Effects {
    const fence: SessionEffect = { type: 'fence', pending }
    if (!this.#isConnected) {
      this.#parts.outbox.add(pending)
      return [fence, { type: 'settled', id: pending.id, position: undefined }]
    }
    this.#calls.set(pending.id, {
      pending,
      untilMs: Math.max(untilMs, nowMs),
      position: undefined,
      askAtMs: Number.POSITIVE_INFINITY,
      supersedes: this.#parts.outbox.supersededBy(pending.mark),
    })
    if (this.#parts.follower.isVerified) return [fence, this.#append(pending, false)]
    this.#parts.outbox.add(pending)
    return [fence]
  }

  /** The log holds the mark, at this place. Only for answers of the present connection. */
  onAppended(id: string, appended: AppendedMark, nowMs: number): Effects {
    const pending = this.#underWay.get(id)
    if (pending === undefined) return []
    this.#underWay.delete(id)
    const { generation, seq, scope = pending.mark.scope } = appended
    const position = { generation, seq }
    const whole = { ...pending, mark: { ...pending.mark, scope } }
    const effects = this.#with(this.#parts.follower.onAppended(whole, position, nowMs), nowMs)
    return [...effects, ...this.#confirm(id, position, nowMs)]
  }

  onAppendFailed(id: string, nowMs: number): void {
    const pending = this.#underWay.get(id)
    if (pending === undefined) return
    this.#underWay.delete(id)
    this.#deliverLater(pending, nowMs)
  }

  /** What `ask-nodes` found out. */
  onNodes(id: string, haveAllApplied: boolean): Effects {
    const call = this.#calls.get(id)
    if (call?.position === undefined || !haveAllApplied) return []
    this.#calls.delete(id)
    return [{ type: 'settled', id, position: call.position }]
  }

  /**
   * A server of values, not of the log, was replaced by its replica, which may hold again what a mark
   * has deleted: says all recent marks again.
   */
  onValuesReplaced(newId: () => string): Effects {
    for (const { mark } of this.#parts.recent.list()) {
      this.#parts.outbox.add({ id: newId(), mark, isAwaited: false })
    }
    return this.#deliver()
  }

  onTick(nowMs: number): Effects {
    const effects: SessionEffect[] = [
      ...this.#with(this.#parts.follower.onTick(nowMs), nowMs),
      ...this.#expireCalls(nowMs),
    ]
    if (nowMs >= this.#redeliverAtMs) effects.push(...this.#deliver())
    const forgotten = this.#parts.recent.expire(nowMs)
    if (forgotten.expired.length > 0 || forgotten.floor !== undefined) {
      effects.push({ type: 'expire', forgotten })
    }
    return effects
  }

  #expireCalls(nowMs: number): SessionEffect[] {
    const effects: SessionEffect[] = []
    for (const [id, call] of this.#calls) {
      if (nowMs >= call.untilMs) {
        this.#calls.delete(id)
        // Whether the log has it is unknown: until that is settled, nothing that it reaches is served.
        if (call.position === undefined) this.#deliverLater(call.pending, nowMs)
        effects.push({ type: 'settled', id, position: call.position })
      } else if (call.position !== undefined && nowMs >= call.askAtMs) {
        this.#calls.set(id, { ...call, askAtMs: nowMs + this.#settings.retryMs })
        effects.push({ type: 'ask-nodes', id, position: call.position })
      }
    }
    return effects
  }

  #deliverLater(pending: PendingMark, nowMs: number): void {
    this.#parts.outbox.add(pending)
    this.#redeliverAtMs = Math.min(this.#redeliverAtMs, nowMs + this.#settings.retryMs)
  }

  #append(pending: PendingMark, isRedelivery: boolean): SessionEffect {
    this.#underWay.set(pending.id, pending)
    return { type: 'append', pending, isRedelivery }
  }

  #deliver(): SessionEffect[] {
    this.#redeliverAtMs = Number.POSITIVE_INFINITY
    if (!this.#parts.follower.isVerified) return []
    const due = this.#parts.outbox.list().filter(({ id }) => !this.#underWay.has(id))
    return due.map((pending) => this.#append(pending, true))
  }

  /** The log holds it, as its answer or the log itself says. */
  #confirm(id: string, position: LogPosition, nowMs: number): SessionEffect[] {
    this.#parts.outbox.settle(id)
    const call = this.#calls.get(id)
    if (call === undefined || call.position !== undefined) return []
    if (call.supersedes !== undefined) this.#parts.outbox.settle(call.supersedes)
    if (!call.pending.isAwaited) {
      this.#calls.delete(id)
      return [{ type: 'settled', id, position }]
    }
    // Who hasn't read the log since the mark was there can't be coherent for longer than its lease.
    const untilMs = nowMs + this.#settings.coherenceLeaseMs * CLOCK_DRIFT
    const askAtMs = nowMs + this.#settings.retryMs
    this.#calls.set(id, { ...call, position, untilMs, askAtMs })
    return [{ type: 'ask-nodes', id, position }]
  }

  /** Turns what the follower says into what is to be done, and notes what it means for the other parts. */
  #with(effects: readonly FollowerEffect[], nowMs: number): SessionEffect[] {
    const all: SessionEffect[] = []
    for (const effect of effects) {
      switch (effect.type) {
        case 'apply':
          this.#parts.recent.note(effect.positioned, nowMs)
          all.push(effect, ...this.#confirm(effect.id, effect.positioned.position, nowMs))
          break
        case 'start':
          all.push({ ...effect, scopes: this.#scopesAt(effect.position, effect.scopes) })
          break
        case 'verified':
          all.push(...this.#deliver())
          break
        case 'read':
        case 'found':
        case 'retire':
        case 'forget':
          all.push(effect)
          break
      }
    }
    return all
  }

  /** What stands at the start: what the log says, and in the same generation what this node still remembers. */
  #scopesAt(position: LogPosition, scopes: readonly PositionedMark[]): readonly PositionedMark[] {
    const isSame = this.#generation === position.generation
    this.#generation = position.generation
    if (isSame) return [...scopes, ...this.#parts.recent.list()]
    this.#parts.recent.clear()
    return scopes
  }
}

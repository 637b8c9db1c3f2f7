/**
 * Drives the state machines of a node (`CoherenceSession`): does what they want of the shared log, hands
 * the answers in, keeps their time, and tells the namespaces what came of it. To the rest of the
 * application it is the invalidation log of the cache.
 */
import type { InvalidationMark } from '../../../core/entities/invalidation-mark.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type {
  AppendOptions,
  InvalidationLog,
  LogPage,
  PositionedMark,
} from '../../../core/protocols/invalidation-log.ts'
import type { Random } from '../../../core/protocols/random.ts'
import type { CancelTask, Scheduler } from '../../../core/protocols/scheduler.ts'
import type { AppendedMark, PendingMark, SharedLog } from '../../../core/protocols/shared-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { FlightMembership } from '../single-flight.ts'
import { CoherenceSession, type SessionEffect, type SessionParts } from './coherence-session.ts'
import { type CoherenceTarget, CoherenceTargets, type NodeListener } from './coherence-targets.ts'
import { CoherenceWaiters } from './coherence-waiters.ts'
import type { ForgetCause } from './log-follower.ts'
import { ReadWaiters } from './read-waiters.ts'

/** Where a node stands that has never seen the log. */
const NOWHERE: LogPosition = Object.freeze({ generation: 'none', seq: 0 })

/** How much faster a node's clock may run than another's; see `CoherenceSession`. */
const CLOCK_DRIFT = 1.02

/** Spans in milliseconds. */
export interface CoherenceNodeSettings {
  readonly coherenceLeaseMs: number
  readonly retryMs: number
  /** How long an invalidation waits for the log before it is answered without it. */
  readonly deadlineMs: number
  /**
   * How long after its marks were said to be retired this node forgets them: nothing that was read before may
   * still be under way.
   */
  readonly retireAfterMs: number
}

export interface CoherenceNodePorts {
  readonly log: SharedLog
  readonly parts: SessionParts
  readonly settings: CoherenceNodeSettings
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** Told of what the shared log couldn't do, and of what the node gave up because of it. */
  readonly report: (did: string, error: unknown) => void
}

/** Appends a mark in another way than alone: with the value that it stands for. Answers the place of the mark. */
export type AppendWith = (pending: PendingMark) => Promise<AppendedMark>

export class CoherenceNode implements InvalidationLog {
  readonly #ports: CoherenceNodePorts
  readonly #session: CoherenceSession
  readonly #targets = new CoherenceTargets()
  readonly #listeners = new Set<(mark: PositionedMark) => void>()
  readonly #fenceListeners = new Set<(mark: PositionedMark) => void>()
  /** Who waits until this node is coherent. */
  readonly #awaiting = new CoherenceWaiters()
  readonly #waiting = new Map<string, (position: LogPosition | undefined) => void>()
  readonly #appendWith = new Map<string, AppendWith>()
  readonly #catchingUp = new ReadWaiters()
  #hasPlace = false
  #connection = 0
  #isConnected = false
  #isClosed = false
  #armedAtMs = Number.POSITIVE_INFINITY
  #cancelTimer: CancelTask | undefined
  #endListening: (() => void | Promise<void>) | undefined

  constructor(ports: CoherenceNodePorts) {
    this.#ports = ports
    this.#session = new CoherenceSession(ports.parts, ports.settings)
  }

  /** Connects; call it once everybody listens. */
  start(): void {
    this.#endListening = this.#ports.log.listen({
      onConnected: (server) => {
        this.#connection += 1
        this.#isConnected = true
        this.#perform(this.#session.onConnected(server, this.#nowMs))
      },
      onDisconnected: () => {
        this.#connection += 1
        this.#isConnected = false
        this.#session.onDisconnected()
        this.#catchingUp.endAll()
        this.#arm()
      },
      onDoorbell: (position) => this.#perform(this.#session.onDoorbell(position, this.#nowMs)),
      onValuesReplaced: () =>
        this.#perform(this.#session.onValuesReplaced(() => this.#ports.random.token())),
    })
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** True while this node is known to have heard of every mark: only then any tier may answer. */
  get isCoherent(): boolean {
    return this.#ports.parts.follower.isCoherentAt(this.#nowMs)
  }

  /** True if it may judge what other tiers hold, too; see `LogFollower.canJudgeAt`. */
  get canJudge(): boolean {
    return this.#ports.parts.follower.canJudgeAt(this.#nowMs)
  }

  /** Until when, on the monotonic clock. */
  get coherentUntilMs(): number {
    return this.#ports.parts.follower.coherentUntilMs
  }

  /** How many marks the log hasn't taken yet. */
  get pendingMarks(): number {
    return this.#ports.parts.outbox.size
  }

  get coherenceLeaseMs(): number {
    return this.#ports.settings.coherenceLeaseMs
  }

  /** Up to where this node has applied the log; `undefined` while it has no place in it. */
  get horizon(): LogPosition | undefined {
    return this.#ports.parts.follower.horizon
  }

  /** True once this node is coherent; false if it isn't when the time is up, or is closed before. */
  whenCoherent(timeoutMs: number): Promise<boolean> {
    if (this.isCoherent || this.#isClosed) return Promise.resolve(this.isCoherent)
    return this.#awaiting.wait(this.#ports.scheduler, timeoutMs)
  }

  head(): LogPosition {
    return this.#ports.parts.follower.horizon ?? NOWHERE
  }

  /** True if a mark that isn't delivered yet reaches what has this key and these memberships. */
  isAwaitingMark(namespace: string, member: FlightMembership): boolean {
    const { outbox } = this.#ports.parts
    return outbox.size > 0 && outbox.covers(namespace, member)
  }

  /** Joins a namespace, which begins with what is known of it. */
  register(namespace: string, target: CoherenceTarget): void {
    const keys = this.horizon === undefined ? undefined : this.#ports.parts.recent.list()
    this.#targets.add(namespace, target, keys)
  }

  append(mark: InvalidationMark, options?: AppendOptions): Promise<LogPosition | undefined> {
    return this.#invalidate(mark, options?.isAwaited === true, undefined)
  }

  /** As `append`, with what stores the value that the mark stands for; redelivered, if need be, without it. */
  appendWith(mark: InvalidationMark, append: AppendWith): Promise<LogPosition | undefined> {
    return this.#invalidate(mark, false, append)
  }

  /** Resolves once the log was read again, from now on, or can't be. */
  catchUp(): Promise<void> {
    if (!this.#isConnected || this.#isClosed) return Promise.resolve()
    const isCaughtUp = this.#catchingUp.wait()
    this.#perform(this.#session.onDoorbell(undefined, this.#nowMs))
    return isCaughtUp
  }

  /** A node keeps no history of marks. */
  read(): LogPage {
    return { marks: [], isContinuous: false }
  }

  subscribe(listener: (mark: PositionedMark) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  watch(listener: NodeListener): void {
    this.#targets.watch(listener)
  }

  onFence(listener: (mark: PositionedMark) => void): () => void {
    this.#fenceListeners.add(listener)
    return () => this.#fenceListeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#awaiting.settleAll(false)
    this.#cancelTimer?.()
    const ended = this.#endListening?.()
    this.#catchingUp.endAll()
    for (const settle of this.#waiting.values()) settle(undefined)
    this.#waiting.clear()
    await ended
  }

  get #nowMs(): number {
    return this.#ports.clock.monotonicMs()
  }

  #invalidate(
    mark: InvalidationMark,
    isAwaited: boolean,
    append: AppendWith | undefined,
  ): Promise<LogPosition | undefined> {
    const closed = 'Cannot invalidate: the cache is closed'
    if (this.#isClosed) return Promise.reject(new CacheError('CACHE_CLOSED', closed))
    const id = this.#ports.random.token()
    if (append !== undefined) this.#appendWith.set(id, append)
    const untilMs = this.#nowMs + this.#ports.settings.deadlineMs
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) this.#armedAtMs = Number.NaN // Armed anew: see #arm.
      this.#waiting.set(id, resolve)
      this.#perform(this.#session.invalidate({ id, mark, isAwaited }, untilMs, this.#nowMs))
    })
  }

  #perform(effects: readonly SessionEffect[]): void {
    if (this.#isClosed) return
    for (const effect of effects) this.#performOne(effect)
    if (this.#awaiting.size > 0 && this.isCoherent) this.#awaiting.settleAll(true)
    this.#arm()
  }

  #performOne(effect: SessionEffect): void {
    switch (effect.type) {
      case 'read':
        this.#read(effect)
        break
      case 'found':
        void this.#ask(
          this.#ports.log.found(effect),
          () => this.#session.onFounded(effect.ticket, this.#nowMs),
          () => this.#session.onFailed(effect.ticket, this.#nowMs),
        )
        break
      case 'append':
        this.#append(effect.pending, effect.isRedelivery)
        break
      case 'ask-nodes':
        void this.#ask(
          this.#ports.log.haveAllApplied(
            effect.position,
            this.#ports.settings.coherenceLeaseMs * CLOCK_DRIFT,
          ),
          (haveAll) => this.#session.onNodes(effect.id, haveAll),
          () => undefined,
        )
        break
      case 'settled':
        this.#settle(effect.id, effect.position)
        break
      case 'apply':
        this.#targets.note(effect.positioned)
        for (const listener of this.#listeners) listener(effect.positioned)
        break
      case 'retire':
        this.#retire({ ...effect.position, seq: effect.upToSeq })
        break
      case 'fence':
        this.#fence(effect.pending.mark)
        break
      case 'forget':
        this.#forget(effect.cause)
        break
      case 'start':
        this.#start(effect)
        break
      case 'expire':
        this.#targets.expire(effect.forgotten)
        break
    }
  }

  #read({ ticket, read }: SessionEffect & { readonly type: 'read' }): void {
    this.#catchingUp.onSent(ticket)
    const isDone = this.#ask(
      this.#ports.log.read(read),
      (answer) => this.#session.onAnswer(ticket, answer, this.#nowMs),
      () => this.#session.onFailed(ticket, this.#nowMs),
    )
    void isDone.then(() => this.#catchingUp.onEnded(ticket))
  }

  /** Hands an answer in, unless the connection that it was asked on is gone: then nothing was said. */
  #ask<T>(
    asked: Promise<T>,
    onAnswer: (answer: T) => readonly SessionEffect[],
    onFailure: () => void,
  ): Promise<void> {
    const connection = this.#connection
    return asked.then(
      (answer) => {
        if (connection === this.#connection) this.#perform(onAnswer(answer))
      },
      (error: unknown) => {
        if (connection !== this.#connection || this.#isClosed) return
        this.#ports.report('tries again', error)
        onFailure()
        this.#arm()
      },
    )
  }

  #append(pending: PendingMark, isRedelivery: boolean): void {
    const appendWith = isRedelivery ? undefined : this.#appendWith.get(pending.id)
    void this.#ask(
      appendWith === undefined ? this.#ports.log.append(pending) : appendWith(pending),
      (position) => this.#session.onAppended(pending.id, position, this.#nowMs),
      () => this.#session.onAppendFailed(pending.id, this.#nowMs),
    )
  }

  #settle(id: string, position: LogPosition | undefined): void {
    this.#waiting.get(id)?.(position)
    this.#waiting.delete(id)
    this.#appendWith.delete(id)
  }

  /** What is about to be marked is invalid from here on, wherever the mark will stand: beyond the horizon in any case. */
  #fence(mark: InvalidationMark): void {
    const { generation, seq } = this.head()
    const positioned = { position: { generation, seq: seq + 1 }, mark }
    for (const listener of this.#fenceListeners) listener(positioned)
  }

  #forget(cause: ForgetCause): void {
    // Who has never had a place in the log holds nothing.
    if (this.#hasPlace) {
      const why = new Error(`the log is not continuous: ${cause}`)
      this.#ports.report('forgot all that it held', why)
    }
    this.#hasPlace = false
    this.#targets.forget()
  }

  #start({ position, scopes, floorSeq }: SessionEffect & { readonly type: 'start' }): void {
    this.#hasPlace = true
    this.#targets.start({ ...position, seq: floorSeq }, scopes)
  }

  #retire(position: LogPosition): void {
    this.#ports.scheduler.after(this.#ports.settings.retireAfterMs, () => {
      if (this.#isClosed || this.horizon?.generation !== position.generation) return
      this.#targets.retire(position)
    })
  }

  #arm(): void {
    const dueMs = this.#session.deadlineMs
    if (dueMs === this.#armedAtMs || this.#isClosed) return
    this.#cancelTimer?.()
    this.#armedAtMs = dueMs
    if (dueMs === Number.POSITIVE_INFINITY) return
    // The process must not end while somebody waits, though nothing may be under way: while it connects, say.
    const kind = this.#waiting.size > 0 ? 'deadline' : 'after'
    this.#cancelTimer = this.#ports.scheduler[kind](Math.max(0, dueMs - this.#nowMs), () => {
      this.#armedAtMs = Number.POSITIVE_INFINITY
      this.#perform(this.#session.onTick(this.#nowMs))
    })
  }
}

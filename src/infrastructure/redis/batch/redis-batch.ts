import {
  RedisFailure,
  type RedisReplies,
  type RedisReply,
  type RedisRequest,
  type RedisSendOptions,
  type ReplicaAnswers,
} from '../../../core/protocols/redis-transport.ts'
import type { Deadline, DeadlineWatch } from '../connection/deadline-watch.ts'
import type { DataServer, RedisTopology } from '../topology/redis-topology.ts'
import { BatchPart, encodeRetries, type PartOwner, type Retry } from './batch-part.ts'
import { encodeRequest, isRead, requestKey } from './encode-request.ts'
import { type ErrorReplyRule, errorReplyRule, parseRedirection } from './error-reply-rule.ts'
import type { LargeKeys } from './large-keys.ts'

/** A read that the primary hasn't answered by then goes to a replica too, in milliseconds (notes, section 5.4). */
const HEDGE_MS = 50
/** How long to wait before something is sent again that may go better then, in milliseconds. */
const AGAIN_MS = 20
/** How often requests of a batch are sent again at most: what is redirected for ever ends. */
const MAX_ROUNDS = 8

/** What the batches of a transport share. */
export interface RedisBatchPorts {
  readonly topology: RedisTopology
  readonly watch: DeadlineWatch
  readonly largeKeys: LargeKeys
  readonly deadlineMs: number
  /** Told of each error reply that says something about the server. Must not throw. */
  readonly onErrorReply: (server: DataServer, failure: RedisFailure, rule: ErrorReplyRule) => void
}

const OFFLINE = new RedisFailure('offline', 'there is no connection to the server')
const REFUSED = new RedisFailure('refused', 'the server failed too often lately')
const NONE: readonly ReplicaAnswers[] = Object.freeze([])

interface ReplicaPart {
  readonly indices: number[]
  witness: RedisReply | undefined
}

/**
 * One batch on its way: sent by parts to the servers, redirected, sent again, hedged, and settled as a
 * whole. In good times there is one part, and nothing of the rest is made.
 */
export class RedisBatch implements Deadline, PartOwner {
  dueAtMs: number
  readonly #ports: RedisBatchPorts
  readonly #requests: readonly RedisRequest[]
  readonly #replica: RedisSendOptions['replica']
  readonly #resolve: (replies: RedisReplies) => void
  readonly #replies: (RedisReply | undefined)[]
  readonly #endAtMs: number
  readonly #parts: BatchPart[] = []
  #unsettled: number
  #rounds = 0
  #later: Retry[] | undefined
  /** Reads that went to a replica, with the first failure of the two that would make it final. */
  #hedged: Map<number, RedisFailure | undefined> | undefined
  #fromReplicas: Map<BatchPart, ReplicaPart> | undefined

  constructor(
    ports: RedisBatchPorts,
    requests: readonly RedisRequest[],
    options: RedisSendOptions | undefined,
    resolve: (replies: RedisReplies) => void,
  ) {
    this.#ports = ports
    this.#requests = requests
    this.#replica = options?.replica
    this.#resolve = resolve
    this.#unsettled = requests.length
    this.#replies = new Array<RedisReply | undefined>(requests.length).fill(undefined)
    const nowMs = ports.watch.nowMs()
    this.#endAtMs = nowMs + (options?.deadlineMs ?? ports.deadlineMs)
    this.dueAtMs =
      this.#replica === undefined ? this.#endAtMs : Math.min(this.#endAtMs, nowMs + HEDGE_MS)
  }

  start(): void {
    this.#ports.watch.add(this)
    const server = this.#onlyPrimary()
    const admission = server?.admit() ?? 'refuse'
    if (server === undefined) this.#sendAll([...this.#requests.keys()].map(plainly))
    else if (admission === 'refuse') this.#failAll([...this.#requests.keys()], REFUSED)
    else {
      const part = new BatchPart(this, { server, admission, isReplica: false }, undefined)
      this.#parts.push(part)
      const commands = this.#requests.map((request) => encodeRequest(request, false))
      part.send(commands, this.#ports.largeKeys.hasLarge(this.#requests))
    }
  }

  onDue(): void {
    if (this.#ports.watch.nowMs() >= this.#endAtMs) {
      this.#expire()
      return
    }
    this.dueAtMs = this.#endAtMs
    const later = this.#later
    this.#later = undefined
    if (later !== undefined) this.#sendAll(later)
    this.#hedge(this.#unanswered(), undefined)
  }

  receive(part: BatchPart, index: number | undefined, reply: RedisReply): void {
    const answers = this.#fromReplicas?.get(part)
    if (index === undefined) {
      if (answers !== undefined) answers.witness = reply
    } else if (reply instanceof RedisFailure) this.#receiveFailure(part, index, reply)
    else {
      if (this.#replies[index] === undefined) answers?.indices.push(index)
      this.#settle(index, reply)
    }
  }

  ended(part: BatchPart): void {
    const { again, failed } = part
    if (again !== undefined && this.#unsettled > 0) {
      this.#rounds += 1
      this.#sendAll(again)
    }
    for (const [failure, indices] of failed ?? []) this.#failAll(indices, failure)
  }

  /** The server that all requests go to, as almost always; `undefined` if there are several, or none. */
  #onlyPrimary(): DataServer | undefined {
    let only: DataServer | undefined
    for (const request of this.#requests) {
      const server = this.#ports.topology.primaryFor(requestKey(request))
      if (server === undefined || (only !== undefined && server !== only)) return undefined
      only = server
    }
    return only
  }

  #sendAll(retries: readonly Retry[]): void {
    const groups = new Map<DataServer, Retry[]>()
    const homeless: number[] = []
    for (const retry of retries) {
      if (this.#replies[retry.index] !== undefined) continue
      const server = retry.server ?? this.#primaryFor(retry.index)
      if (server === undefined) homeless.push(retry.index)
      else group(groups, server, retry)
    }
    for (const [server, ofServer] of groups) this.#sendPart(server, ofServer)
    this.#failAll(homeless, OFFLINE)
  }

  #sendPart(server: DataServer, retries: readonly Retry[]): void {
    const admission = server.admit()
    if (admission === 'refuse') {
      this.#failAll(
        retries.map(({ index }) => index),
        REFUSED,
      )
      return
    }
    const { commands, places } = encodeRetries(this.#requests, retries)
    const part = new BatchPart(this, { server, admission, isReplica: false }, places)
    this.#parts.push(part)
    part.send(
      commands,
      this.#ports.largeKeys.hasLarge(retries.map(({ index }) => this.#request(index))),
    )
  }

  #receiveFailure(part: BatchPart, index: number, failure: RedisFailure): void {
    if (failure.kind !== 'reply') {
      part.failLater(index, failure)
      return
    }
    const rule = errorReplyRule(failure.code)
    this.#ports.onErrorReply(part.server, failure, rule)
    if (rule.action === 'answer' && !part.isReplica) {
      this.#settle(index, failure)
      return
    }
    const retry = part.isReplica ? undefined : this.#retryFor(part, index, failure)
    if (retry === undefined) part.failLater(index, failure)
    else if (retry.isLater) this.#sendLater(retry)
    else part.sendAgain(retry)
  }

  /** `undefined`: it isn't sent again. */
  #retryFor({ server }: BatchPart, index: number, failure: RedisFailure): Retry | undefined {
    const { topology } = this.#ports
    const { action } = errorReplyRule(failure.code)
    if (action === 'follow' || action === 'find-primary' || action === 'elsewhere')
      topology.refresh(server)
    if (this.#rounds >= MAX_ROUNDS) return undefined
    switch (action) {
      case 'text':
        return { index, server, form: 'text', isLater: false }
      case 'again':
        return { index, server, form: 'plain', isLater: true }
      case 'find-primary':
        return { index, server: undefined, form: 'plain', isLater: true }
      case 'follow':
      case 'ask': {
        const to = parseRedirection(failure.message)
        const target = to && topology.redirected(to, server)
        const form = action === 'ask' ? 'ask' : 'plain'
        return target && { index, server: target, form, isLater: !target.isConnected }
      }
      case 'elsewhere':
      case 'answer':
        return undefined
    }
  }

  #sendLater(retry: Retry): void {
    if (this.#later === undefined) this.#rounds += 1
    this.#later = [...(this.#later ?? []), retry]
    this.dueAtMs = Math.min(this.dueAtMs, this.#ports.watch.nowMs() + AGAIN_MS)
  }

  /** Reads may still be answered by a replica; all else has failed. */
  #failAll(indices: readonly number[], failure: RedisFailure): void {
    for (const index of indices) this.#failHedged(index, failure)
    const others = indices.filter(
      (index) => this.#replies[index] === undefined && !this.#hedged?.has(index),
    )
    this.#hedge(others, failure)
    for (const index of others) if (!this.#hedged?.has(index)) this.#settle(index, failure)
  }

  /** Of a read that is on its way to two servers, the second failure is final. */
  #failHedged(index: number, failure: RedisFailure): void {
    if (!this.#hedged?.has(index)) return
    const first = this.#hedged.get(index)
    if (first === undefined) this.#hedged.set(index, failure)
    else this.#settle(index, first)
  }

  /**
   * Sends reads to replicas, where that is allowed and there are any.
   *
   * @param failure what the primary said; `undefined`: it may still answer
   */
  #hedge(indices: readonly number[], failure: RedisFailure | undefined): void {
    if (this.#replica === undefined) return
    const groups = new Map<DataServer, number[]>()
    this.#hedged ??= new Map()
    for (const index of indices) {
      const request = this.#request(index)
      if (!isRead(request) || this.#hedged.has(index)) continue
      const [replica] = this.#ports.topology.replicasFor(requestKey(request))
      if (replica === undefined) continue
      this.#hedged.set(index, failure)
      group(groups, replica, index)
    }
    for (const [server, ofServer] of groups) this.#sendToReplica(server, ofServer)
  }

  /** The witness goes first: what a replica says after it is at least as new. */
  #sendToReplica(server: DataServer, indices: readonly number[]): void {
    const admission = server.admit()
    if (admission === 'refuse') {
      this.#failAll(indices, REFUSED)
      return
    }
    const witness = this.#replica?.witness
    const words = indices.map((index) => encodeRequest(this.#request(index), false))
    const places = witness === undefined ? indices : [undefined, ...indices]
    const part = new BatchPart(this, { server, admission, isReplica: true }, places)
    this.#parts.push(part)
    this.#fromReplicas ??= new Map()
    this.#fromReplicas.set(part, { indices: [], witness: undefined })
    part.send(witness === undefined ? words : [witness.args, ...words], false)
  }

  #settle(index: number, reply: RedisReply): void {
    if (this.#replies[index] !== undefined) return
    this.#replies[index] = reply
    if (reply instanceof Uint8Array)
      this.#ports.largeKeys.note(requestKey(this.#request(index)), reply.length)
    this.#unsettled -= 1
    if (this.#unsettled > 0) return
    this.#ports.watch.remove(this)
    // All are there: nobody else writes into it any more.
    this.#resolve({ replies: this.#replies as readonly RedisReply[], fromReplicas: this.#used() })
  }

  #used(): readonly ReplicaAnswers[] {
    if (this.#fromReplicas === undefined) return NONE
    return [...this.#fromReplicas.values()].filter(({ indices }) => indices.length > 0)
  }

  #expire(): void {
    for (const part of this.#parts) part.expire()
    for (const index of this.#unanswered())
      this.#settle(index, new RedisFailure('timeout', 'no answer in time', { mayHaveRun: true }))
  }

  #unanswered(): readonly number[] {
    return [...this.#replies.keys()].filter((index) => this.#replies[index] === undefined)
  }

  #primaryFor(index: number): DataServer | undefined {
    return this.#ports.topology.primaryFor(requestKey(this.#request(index)))
  }

  #request(index: number): RedisRequest {
    const request = this.#requests[index]
    if (request === undefined) throw new RangeError(`no request ${index}`)
    return request
  }
}

function plainly(index: number): Retry {
  return { index, server: undefined, form: 'plain', isLater: false }
}

function group<T>(groups: Map<DataServer, T[]>, server: DataServer, item: T): void {
  const items = groups.get(server)
  if (items === undefined) groups.set(server, [item])
  else items.push(item)
}

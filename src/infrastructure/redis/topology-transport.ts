import { CacheError } from '../../core/exceptions/cache-error.ts'
import type { Clock } from '../../core/protocols/clock.ts'
import type { Random } from '../../core/protocols/random.ts'
import {
  RedisFailure,
  type RedisListener,
  type RedisReplies,
  type RedisReply,
  type RedisRequest,
  type RedisScanPage,
  type RedisSendOptions,
  type RedisStatus,
  type RedisSubscription,
  type RedisTransport,
  type RedisTransportEvent,
} from '../../core/protocols/redis-transport.ts'
import type { Scheduler } from '../../core/protocols/scheduler.ts'
import type { ErrorReplyRule } from './batch/error-reply-rule.ts'
import { LargeKeys } from './batch/large-keys.ts'
import { RedisBatch, type RedisBatchPorts } from './batch/redis-batch.ts'
import { connectFailure } from './connection/connect-failure.ts'
import { DeadlineWatch } from './connection/deadline-watch.ts'
import { ProblemList } from './server/problem-list.ts'
import type { ServerMaker } from './server/redis-server.ts'
import { scanServer } from './server/scan-server.ts'
import { Subscriber } from './subscriber.ts'
import type { DataServer, RedisTopology } from './topology/redis-topology.ts'

/** What the transport takes from outside. */
export interface TopologyTransportPorts {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** When a batch ends if it says nothing else, and a connection without answers, in milliseconds. */
  readonly deadlineMs: number
  readonly connectTimeoutMs: number
}

/** Such a problem counts until nothing was heard of it for this long, in milliseconds. */
const REPLY_PROBLEM_MS = 10_000
const SUBSCRIBER = 'subscriber'

/** The way to Redis over connections of our own, whoever is primary. */
export class TopologyTransport implements RedisTransport {
  readonly #ports: TopologyTransportPorts
  readonly #problems: ProblemList
  readonly #topology: RedisTopology
  readonly #batchPorts: RedisBatchPorts
  readonly #subscriber: Subscriber
  readonly #listeners = new Set<(event: RedisTransportEvent) => void>()
  #isClosed = false

  /** Begins to connect at once. */
  constructor(
    ports: TopologyTransportPorts,
    createTopology: (maker: ServerMaker) => RedisTopology,
  ) {
    this.#ports = ports
    this.#problems = new ProblemList((error) => this.#emit({ type: 'problem', error }))
    const watch = new DeadlineWatch(ports.clock, ports.scheduler)
    this.#topology = createTopology({
      ...ports,
      watch,
      problems: this.#problems,
      onEvent: (event) => this.#onEvent(event),
    })
    this.#batchPorts = {
      topology: this.#topology,
      watch,
      largeKeys: new LargeKeys(),
      deadlineMs: ports.deadlineMs,
      onErrorReply: (server, failure, rule) => this.#onErrorReply(server, failure, rule),
    }
    this.#subscriber = new Subscriber({
      ...ports,
      watch,
      endpoint: () => this.#topology.primaryFor(undefined)?.endpoint,
      onFailure: (error) => this.#onSubscriberFailure(error),
    })
    this.#topology.start()
  }

  send(requests: readonly RedisRequest[], options?: RedisSendOptions): Promise<RedisReplies> {
    if (requests.length === 0 || this.#isClosed)
      return Promise.resolve({ replies: requests.map(closed), fromReplicas: [] })
    return new Promise((resolve) => {
      new RedisBatch(this.#batchPorts, requests, options, resolve).start()
    })
  }

  subscribe(channel: string, listener: RedisListener): RedisSubscription {
    return this.#subscriber.subscribe(channel, listener)
  }

  scan(
    nodeId: string,
    cursor: string | undefined,
    options: { readonly match: string; readonly count: number },
  ): Promise<RedisScanPage | RedisFailure> {
    const server = this.#topology.servers().find(({ id }) => id === nodeId)
    if (server === undefined)
      return Promise.resolve(new RedisFailure('offline', `there is no node ${nodeId}`))
    return scanServer(server, cursor, options)
  }

  status(): RedisStatus {
    return {
      topology: this.#topology.kind,
      isReady: !this.#isClosed && this.#topology.isReady(),
      nodes: this.#topology.servers().map((server) => server.node()),
      problems: this.#problems.current(this.#ports.clock.monotonicMs()),
    }
  }

  onEvent(listener: (event: RedisTransportEvent) => void): () => void {
    // A function of its own, so that one that listens twice is told twice.
    const own = (event: RedisTransportEvent): void => listener(event)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#subscriber.close()
    this.#topology.close()
    return Promise.resolve()
  }

  #onEvent(event: RedisTransportEvent): void {
    this.#emit(event)
    if (event.type === 'connected' || event.type === 'topology-changed') {
      this.#subscriber.revise()
      this.#problems.end(SUBSCRIBER)
    }
  }

  #onErrorReply(server: DataServer, failure: RedisFailure, { problem }: ErrorReplyRule): void {
    if (problem === undefined) return
    const topic = `reply ${server.id} ${failure.code}`
    const nowMs = this.#ports.clock.monotonicMs()
    if (this.#problems.isRecent(topic, nowMs)) return
    const error = new CacheError(problem, `Cannot use Redis at ${server.id}: ${failure.message}`)
    this.#problems.report(topic, error, nowMs, REPLY_PROBLEM_MS)
  }

  #onSubscriberFailure(cause: unknown): void {
    const error = connectFailure(this.#topology.primaryFor(undefined)?.id ?? 'its primary', cause)
    this.#problems.report(SUBSCRIBER, error, this.#ports.clock.monotonicMs(), REPLY_PROBLEM_MS)
  }

  #emit(event: RedisTransportEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function closed(): RedisReply {
  return new RedisFailure('closed', 'the transport is closed')
}

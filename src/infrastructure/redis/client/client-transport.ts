import {
  RedisFailure,
  type RedisListener,
  type RedisNode,
  type RedisReplies,
  type RedisReply,
  type RedisRequest,
  type RedisScanPage,
  type RedisSendOptions,
  type RedisStatus,
  type RedisSubscription,
  type RedisTransport,
  type RedisTransportEvent,
} from '../../../core/protocols/redis-transport.ts'
import { encodeRequest, isRead, requestKey } from '../batch/encode-request.ts'
import { connectFailure } from '../connection/connect-failure.ts'
import { type Deadline, DeadlineWatch } from '../connection/deadline-watch.ts'
import { CircuitBreaker } from '../server/circuit-breaker.ts'
import { ProblemList } from '../server/problem-list.ts'
import { scanServer } from '../server/scan-server.ts'
import { judgeServer, LOOK_COMMANDS, type ServerLook } from '../server/server-look.ts'
import type { TopologyTransportPorts } from '../topology-transport.ts'
import type { UserClient } from './user-client.ts'

/** What the transport takes from outside. How long connecting takes is up to the client. */
export type ClientTransportPorts = Pick<
  TopologyTransportPorts,
  'clock' | 'scheduler' | 'deadlineMs'
>

const NAME = 'client'
const OFFLINE = new RedisFailure('offline', 'the client is not connected')
const REFUSED = new RedisFailure('refused', 'the server failed too often lately')
const CLOSED = new RedisFailure('closed', 'the transport is closed')

/**
 * The way to Redis over a client that the user has already. Where it sends commands, and what it does
 * when servers fail, is its own business; deadlines and breaker are ours. The client stays open when the
 * transport closes. No replica is ever asked.
 */
export class ClientTransport implements RedisTransport {
  readonly #client: UserClient
  readonly #ports: ClientTransportPorts
  readonly #watch: DeadlineWatch
  readonly #problems: ProblemList
  readonly #breaker = new CircuitBreaker()
  readonly #listeners = new Set<(event: RedisTransportEvent) => void>()
  readonly #stopListening: () => void
  #look: ServerLook | undefined
  #isClosed = false

  constructor(client: UserClient, ports: ClientTransportPorts) {
    this.#client = client
    this.#ports = ports
    this.#watch = new DeadlineWatch(ports.clock, ports.scheduler)
    this.#problems = new ProblemList((error) => this.#emit({ type: 'problem', error }))
    this.#stopListening = client.onState((isReady) => this.#onState(isReady))
    if (client.isReady()) this.#onState(true)
  }

  async send(requests: readonly RedisRequest[], options?: RedisSendOptions): Promise<RedisReplies> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return { replies: requests.map(() => refusal), fromReplicas: [] }
    const nowMs = this.#ports.clock.monotonicMs()
    const admission = this.#breaker.admit(nowMs)
    if (admission === 'refuse') return { replies: requests.map(() => REFUSED), fromReplicas: [] }
    const calls = requests.map((request) => this.#call(request))
    const replies = await this.#within(options?.deadlineMs ?? this.#ports.deadlineMs, calls)
    const hasFailed = replies.some(
      (reply) => reply instanceof RedisFailure && reply.kind !== 'reply',
    )
    const outcome = hasFailed ? 'failure' : 'success'
    if (this.#breaker.report(outcome, admission, this.#ports.clock.monotonicMs()))
      this.#emit({ type: 'breaker', node: this.#node(NAME) })
    return { replies, fromReplicas: [] }
  }

  subscribe(channel: string, listener: RedisListener): RedisSubscription {
    let isListening = false
    let isOver = this.#isClosed
    if (isOver) return { ping: () => Promise.resolve(false), close: () => undefined }
    const subscription = this.#client.subscribe(channel, {
      onMessage: (message) => {
        if (!isOver) listener.onMessage(message)
      },
      onState: (state) => {
        if (isOver || state === isListening) return
        isListening = state
        listener.onState(state)
      },
    })
    return {
      ping: async () => {
        const [reply] = await this.#within(this.#ports.deadlineMs, [
          subscription.ping().then(
            () => null,
            () => OFFLINE,
          ),
        ])
        return reply === null
      },
      close: () => {
        isOver = true
        subscription.close()
      },
    }
  }

  scan(
    nodeId: string,
    cursor: string | undefined,
    options: { readonly match: string; readonly count: number },
  ): Promise<RedisScanPage | RedisFailure> {
    const node = this.#client.nodes().find(({ id }) => id === nodeId)
    if (node === undefined || this.#refusal() !== undefined) return Promise.resolve(OFFLINE)
    return scanServer(
      {
        node: () => this.#node(nodeId),
        admit: () => 'pass',
        report: () => undefined,
        write: (commands, _, sink) => {
          const calls = commands.map((words) => this.#settle(node.call(words)))
          this.#within(this.#ports.deadlineMs, calls)
            .then((replies) => {
              for (const [position, reply] of replies.entries()) sink.onReply(position, reply)
            })
            .catch(() => undefined)
        },
      },
      cursor,
      options,
    )
  }

  status(): RedisStatus {
    return {
      topology: 'client',
      isReady: this.#refusal() === undefined,
      nodes: this.#client.nodes().map(({ id }) => this.#node(id)),
      problems: this.#problems.current(this.#ports.clock.monotonicMs()),
    }
  }

  onEvent(listener: (event: RedisTransportEvent) => void): () => void {
    const own = (event: RedisTransportEvent): void => listener(event)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#stopListening()
    return Promise.resolve()
  }

  #refusal(): RedisFailure | undefined {
    if (this.#isClosed) return CLOSED
    return this.#client.isReady() ? undefined : OFFLINE
  }

  async #call(request: RedisRequest): Promise<RedisReply> {
    const send = (withText: boolean): Promise<RedisReply> =>
      this.#settle(
        this.#client.call(encodeRequest(request, withText), requestKey(request), isRead(request)),
      )
    const reply = await send(false)
    const isUnknown = reply instanceof RedisFailure && reply.code === 'NOSCRIPT'
    return isUnknown && 'script' in request ? send(true) : reply
  }

  #settle(reply: Promise<RedisReply>): Promise<RedisReply> {
    return reply.catch((error: unknown) => {
      if (this.#client.isOffline(error)) return OFFLINE
      const message = error instanceof Error ? error.message : String(error)
      return new RedisFailure('lost', message, { mayHaveRun: true })
    })
  }

  /** All of them, as far as they are there when the time is up. */
  #within(ms: number, calls: readonly Promise<RedisReply>[]): Promise<readonly RedisReply[]> {
    return new Promise((resolve) => {
      const late = new RedisFailure('timeout', 'no answer in time', { mayHaveRun: true })
      const replies: RedisReply[] = calls.map(() => late)
      let unanswered = calls.length
      const finish = (): void => {
        this.#watch.remove(deadline)
        resolve([...replies])
      }
      const deadline: Deadline = { dueAtMs: Number.POSITIVE_INFINITY, onDue: finish }
      this.#watch.add(deadline)
      deadline.dueAtMs = this.#watch.nowMs() + ms
      if (unanswered === 0) finish()
      for (const [index, call] of calls.entries())
        call
          .then((reply) => {
            replies[index] = reply
            unanswered -= 1
            if (unanswered === 0) finish()
          })
          .catch(() => undefined)
    })
  }

  #onState(isReady: boolean): void {
    if (isReady) this.#examine().catch((error: unknown) => this.#report(error))
    else if (this.#look !== undefined) {
      this.#look = undefined
      const error = connectFailure(NAME, new Error('the client has lost its connection'))
      this.#emit({ type: 'lost', node: this.#node(NAME), error })
    }
  }

  /** What is wrong is said; the client is used all the same, since it is the user's choice. */
  async #examine(): Promise<void> {
    const [node] = this.#client.nodes()
    if (node === undefined) return
    const calls = LOOK_COMMANDS.map((words) => this.#settle(node.call(words)))
    const replies = await this.#within(this.#ports.deadlineMs, calls)
    this.#look = judgeServer(replies, NAME, node.id === NAME ? 'primary' : 'cluster-node')
    this.#problems.end(NAME)
    for (const warning of this.#look.warnings) this.#report(warning)
    this.#breaker.reset()
    this.#emit({ type: 'connected', node: this.#node(NAME) })
  }

  #report(error: unknown): void {
    if (this.#isClosed) return
    this.#problems.report(NAME, connectFailure(NAME, error), this.#ports.clock.monotonicMs())
  }

  #node(id: string): RedisNode {
    return {
      id,
      role: 'primary',
      isConnected: this.#client.isReady(),
      breaker: this.#breaker.position,
      runId: this.#look?.runId,
      version: this.#look?.version,
    }
  }

  #emit(event: RedisTransportEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

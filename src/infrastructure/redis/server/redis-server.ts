import { CacheError } from '../../../core/exceptions/cache-error.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type { Random } from '../../../core/protocols/random.ts'
import type { RedisEndpoint } from '../../../core/protocols/redis-options.ts'
import type {
  RedisArgument,
  RedisNode,
  RedisTransportEvent,
} from '../../../core/protocols/redis-transport.ts'
import type { CancelTask, Scheduler } from '../../../core/protocols/scheduler.ts'
import { connectFailure } from '../connection/connect-failure.ts'
import type { DeadlineWatch } from '../connection/deadline-watch.ts'
import { reconnectDelay } from '../connection/reconnect-delay.ts'
import { failOffline, RedisConnection, type ReplySink } from '../connection/redis-connection.ts'
import { speaksPlainText, speaksTls } from '../connection/speaks-tls.ts'
import { type Admission, CircuitBreaker } from './circuit-breaker.ts'
import type { ProblemList } from './problem-list.ts'
import { lookAtServer, type ServerExpectation, type ServerLook } from './server-look.ts'

/** What all servers of a transport share. */
export interface RedisServerPorts {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly watch: DeadlineWatch
  readonly problems: ProblemList
  /** Passed on to each connection. */
  readonly deadlineMs: number
  readonly connectTimeoutMs: number
  readonly expectation: ServerExpectation
  /** Told of what happens to the connection and the breaker. Must not throw. */
  readonly onEvent: (event: RedisTransportEvent) => void
}

/** What a topology makes its servers with. */
export type ServerMaker = Omit<RedisServerPorts, 'expectation'>

/** Retrying what only a person can put right: often enough to notice, too seldom for a storm. */
const FAULT_RETRY_MS = 2000
/** Faults that time alone may heal. */
const PASSING_CODES: readonly string[] = ['CACHE_REDIS_UNREACHABLE', 'CACHE_REDIS_BUSY']
/** After a failed attempt the lane of large values rests this long; they go the common way meanwhile. */
const BULK_RETRY_MS = 1000

/** Nobody waits for the answer. */
const NOBODY: ReplySink = { onReply: () => undefined }

/** One server: the connections to it, kept up as long as it is wanted, and the breaker before it. */
export class RedisServer {
  readonly id: string
  readonly endpoint: RedisEndpoint
  readonly #ports: RedisServerPorts
  readonly #breaker = new CircuitBreaker()
  #main: RedisConnection | undefined
  #bulk: RedisConnection | undefined
  #bulkRestsUntilMs = 0
  #look: ServerLook | undefined
  #role: RedisNode['role'] = 'unknown'
  /** In a cluster a replica answers reads only on connections that ask for it. */
  #answersAsReplica = false
  #failedAttempts = 0
  #cancelRetry: CancelTask | undefined
  #isClosed = false

  constructor(endpoint: RedisEndpoint, ports: RedisServerPorts) {
    this.id = endpoint.path ?? `${endpoint.host}:${endpoint.port}`
    this.endpoint = endpoint
    this.#ports = ports
  }

  get isConnected(): boolean {
    return this.#main?.isOpen === true
  }

  node(): RedisNode {
    return {
      id: this.id,
      role: this.#role,
      isConnected: this.isConnected,
      breaker: this.#breaker.position,
      runId: this.#look?.runId,
      version: this.#look?.version,
    }
  }

  /** Begins to connect, and doesn't give up before `close`. */
  start(): void {
    this.#connect().catch((error: unknown) => this.#retry(error))
  }

  /** Asks the breaker. Whoever gets in has to `report` how it went. */
  admit(): Admission {
    const before = this.#breaker.position
    const admission = this.#breaker.admit(this.#ports.clock.monotonicMs())
    if (this.#breaker.position !== before) this.#tell({ type: 'breaker', node: this.node() })
    return admission
  }

  report(outcome: 'success' | 'failure', admission: Admission): void {
    const hasChanged = this.#breaker.report(outcome, admission, this.#ports.clock.monotonicMs())
    if (hasChanged) this.#tell({ type: 'breaker', node: this.node() })
  }

  /** As the connection's `write`. Fails as `offline` if there is none. */
  write(commands: readonly (readonly RedisArgument[])[], isBulk: boolean, sink: ReplySink): void {
    const lane = isBulk ? this.#bulkLane() : this.#main
    if (lane === undefined) failOffline(commands.length, sink)
    else lane.write(commands, sink)
  }

  /** Says who it is by the word of those who know better; in a cluster a replica may then be read from. */
  serveAs(role: 'primary' | 'replica'): void {
    this.#role = role
    const asReplica = role === 'replica' && this.#ports.expectation === 'cluster-node'
    if (asReplica === this.#answersAsReplica) return
    this.#answersAsReplica = asReplica
    // A primary must not: demoted again, it would answer reads as if it still were one.
    this.#main?.write([[asReplica ? 'READONLY' : 'READWRITE']], NOBODY)
  }

  /** Gives up the connection, to make another: the name may lead to another server by now. */
  reconnect(why: string): void {
    const connection = this.#main
    if (connection === undefined) return
    connection.close()
    this.#lost(new Error(why))
  }

  /** Ends the connections. Idempotent. */
  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
    this.#ports.problems.end(`connect ${this.id}`)
    this.#dropConnections()
  }

  async #connect(): Promise<void> {
    const main = await RedisConnection.open(this.endpoint, {
      ...this.#ports,
      // Until it stands, its end is the failure of what is asked on it.
      onLost: (error) => {
        if (this.#main === main) this.#lost(error)
      },
    })
    try {
      const look = await lookAtServer(main, this.id, this.#ports.expectation)
      if (this.#isClosed || !main.isOpen) throw new Error('the connection was lost at once')
      this.#stand(main, look)
    } catch (error) {
      main.close()
      throw error
    }
  }

  #stand(main: RedisConnection, look: ServerLook): void {
    const { problems, clock } = this.#ports
    this.#main = main
    this.#look = look
    this.#role = look.role
    if (this.#answersAsReplica) main.write([['READONLY']], NOBODY)
    this.#failedAttempts = 0
    this.#breaker.reset()
    problems.end(`connect ${this.id}`)
    problems.end(`server ${this.id}`)
    for (const warning of look.warnings)
      problems.report(`server ${this.id}`, warning, clock.monotonicMs())
    this.#tell({ type: 'connected', node: this.node() })
  }

  async #retry(cause: unknown): Promise<void> {
    if (this.#isClosed) return
    const { problems, clock, random, scheduler } = this.#ports
    const error = await this.#explain(cause)
    if (this.#isClosed) return
    problems.report(`connect ${this.id}`, error, clock.monotonicMs())
    const delayMs = PASSING_CODES.includes(error.code)
      ? reconnectDelay(this.#failedAttempts, random.next())
      : FAULT_RETRY_MS
    this.#failedAttempts += 1
    this.#cancelRetry = scheduler.after(delayMs, () => this.start())
  }

  /** A server that doesn't expect TLS, or expects it, doesn't say so: it is asked in the other way. */
  async #explain(cause: unknown): Promise<CacheError> {
    const error = connectFailure(this.id, cause)
    if (!leadsNowhere(cause)) return error
    const expectsTls = this.endpoint.tls === undefined
    const isMismatch = await (expectsTls ? speaksTls : speaksPlainText)(this.endpoint)
    if (!isMismatch) return error
    return new CacheError(
      'CACHE_REDIS_TLS_FAILED',
      `Cannot use Redis at ${this.id}: ${expectsTls ? 'it expects TLS; write rediss:// or give tls' : 'it speaks no TLS; write redis://'}`,
      { cause },
    )
  }

  #lost(cause: unknown): void {
    this.#dropConnections()
    if (this.#isClosed) return
    this.#tell({ type: 'lost', node: this.node(), error: connectFailure(this.id, cause) })
    this.#retry(cause).catch(() => undefined)
  }

  #dropConnections(): void {
    this.#main?.close()
    this.#bulk?.close()
    this.#main = undefined
    this.#bulk = undefined
  }

  #bulkLane(): RedisConnection | undefined {
    if (this.#bulk?.isOpen) return this.#bulk
    const nowMs = this.#ports.clock.monotonicMs()
    if (this.#main === undefined || nowMs < this.#bulkRestsUntilMs) return this.#main
    this.#bulkRestsUntilMs = nowMs + BULK_RETRY_MS
    this.#openBulk(this.#main).catch(() => undefined)
    return this.#main
  }

  async #openBulk(main: RedisConnection): Promise<void> {
    const bulk = await RedisConnection.open(this.endpoint, {
      ...this.#ports,
      onLost: () => undefined,
    })
    // The main one's end is the end of both.
    if (this.#main === main) this.#bulk = bulk
    else bulk.close()
  }

  #tell(event: RedisTransportEvent): void {
    this.#ports.onEvent(event)
  }
}

function leadsNowhere(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    /closed unexpectedly|ECONNRESET|Connection timeout|no answer to the greeting/.test(
      cause.message,
    )
  )
}

import type { RedisEndpoint } from '../../../core/protocols/redis-options.ts'
import {
  type RedisArgument,
  RedisFailure,
  type RedisReply,
} from '../../../core/protocols/redis-transport.ts'
import { errorReplyCode } from '../batch/error-reply-rule.ts'
import type { Deadline, DeadlineWatch } from './deadline-watch.ts'
import {
  clientOptions,
  loadRedisVendor,
  type RedisVendor,
  toVendorArguments,
  type VendorClient,
} from './redis-vendor.ts'

/** Takes the answers to what was written. */
export interface ReplySink {
  /** Called once per command, in order, never before `write` returns. Must not throw. */
  onReply(position: number, reply: RedisReply): void
}

/** What a connection is opened with. */
export interface ConnectionPorts {
  readonly watch: DeadlineWatch
  /** An answer that is due for longer ends the connection, in milliseconds. */
  readonly deadlineMs: number
  /** How long connecting, greeting and authenticating may take, in milliseconds. */
  readonly connectTimeoutMs: number
  /** Told once, when the connection that stood has ended by itself. */
  readonly onLost: (error: unknown) => void
}

const OFFLINE = new RedisFailure('offline', 'there is no connection')

/** Commands that left together. The server answers in order, so the oldest batch tells how late it is. */
interface Written {
  readonly writtenAtMs: number
  unanswered: number
}

/**
 * One connection to one server, from its opening to its end: a client of `@redis/client` with all that
 * it does over time switched off (reconnects, queueing, timeouts). It is never used again once it was
 * lost, so nothing of one life can reach into the next.
 */
export class RedisConnection {
  readonly #client: VendorClient
  readonly #vendor: RedisVendor
  readonly #ports: ConnectionPorts
  readonly #written: Written[] = []
  readonly #deadline: Deadline
  #phase: 'opening' | 'standing' | 'over' = 'opening'
  /** The vendor's client can't be destroyed before its socket is there, nor twice. */
  #hasSocket = false
  #firstError: unknown
  #end: 'timeout' | 'lost' | 'closed' = 'lost'
  /** One for all that its end leaves unanswered. */
  #endFailure: RedisFailure | undefined

  /**
   * Connects, greets and authenticates.
   *
   * @throws what the vendor's client throws; a failure by its `connectFailure`
   */
  static async open(endpoint: RedisEndpoint, ports: ConnectionPorts): Promise<RedisConnection> {
    const connection = new RedisConnection(endpoint, ports, await loadRedisVendor())
    await connection.#connect()
    return connection
  }

  private constructor(endpoint: RedisEndpoint, ports: ConnectionPorts, vendor: RedisVendor) {
    this.#vendor = vendor
    this.#ports = ports
    this.#client = vendor.createClient(clientOptions(endpoint, vendor, ports.connectTimeoutMs))
    // Without a listener an error would end the process.
    this.#client.on('error', (error) => this.#onError(error))
    this.#client.on('connect', () => this.#onSocket())
    // A connection without work keeps nobody's process alive; the watch does as long as somebody waits.
    this.#client.unref()
    this.#deadline = { dueAtMs: 0, onDue: () => this.#checkOldest() }
  }

  get isOpen(): boolean {
    return this.#phase === 'standing' && this.#client.isReady
  }

  /** How many commands wait for their answer. */
  get inFlight(): number {
    let count = 0
    for (const { unanswered } of this.#written) count += unanswered
    return count
  }

  /** Sends commands in one write with all others of this turn of the event loop. */
  write(commands: readonly (readonly RedisArgument[])[], sink: ReplySink): void {
    if (!this.isOpen) {
      failOffline(commands.length, sink)
      return
    }
    const { watch, deadlineMs } = this.#ports
    const batch: Written = { writtenAtMs: watch.nowMs(), unanswered: commands.length }
    if (this.#written.length === 0) {
      this.#deadline.dueAtMs = batch.writtenAtMs + deadlineMs
      watch.add(this.#deadline)
    }
    this.#written.push(batch)
    for (let at = 0; at < commands.length; at += 1) this.#send(commands[at] ?? [], batch, at, sink)
  }

  /** Resolves once the server has confirmed it. Rejects if it doesn't, or the connection is lost. */
  async subscribe(channel: string, listener: (message: Uint8Array) => void): Promise<void> {
    await this.#client.subscribe(channel, listener, true)
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#client.unsubscribe(channel)
  }

  /** Ends it at once; what is unanswered fails. Idempotent. */
  close(): void {
    this.#finish('closed')
  }

  async #connect(): Promise<void> {
    const { watch, connectTimeoutMs } = this.#ports
    const greeting: Deadline = {
      dueAtMs: Number.POSITIVE_INFINITY,
      // The vendor's own timeout ends with the TCP handshake, which a frozen server's kernel completes.
      onDue: () => this.#finish('timeout'),
    }
    watch.add(greeting)
    greeting.dueAtMs = watch.nowMs() + connectTimeoutMs
    try {
      await this.#client.connect()
    } catch (error) {
      this.#firstError ??= error
    } finally {
      watch.remove(greeting)
    }
    const error = this.#openingError()
    if (error !== undefined) {
      this.#finish('lost')
      throw error
    }
    this.#phase = 'standing'
  }

  #openingError(): unknown {
    if (this.#end === 'timeout')
      return new Error(`no answer to the greeting within ${this.#ports.connectTimeoutMs} ms`)
    if (this.#phase === 'opening' && this.#client.isReady) return undefined
    return this.#firstError ?? new Error('the connection was closed while it was opened')
  }

  #send(args: readonly RedisArgument[], batch: Written, position: number, sink: ReplySink): void {
    this.#client.sendCommand(toVendorArguments(args)).then(
      (reply) => {
        this.#answered(batch)
        // By the type mapping below, a reply is made of nothing else; nested errors are the exception.
        sink.onReply(position, this.#translate(reply))
      },
      (error: unknown) => {
        this.#answered(batch)
        sink.onReply(position, this.#toFailure(error))
      },
    )
  }

  #answered(batch: Written): void {
    batch.unanswered -= 1
    while (this.#written[0]?.unanswered === 0) this.#written.shift()
    if (this.#written.length === 0) this.#ports.watch.remove(this.#deadline)
  }

  /** The answers come in order: if the oldest isn't late, none is. */
  #checkOldest(): void {
    const { watch, deadlineMs } = this.#ports
    const oldest = this.#written[0]
    if (oldest === undefined) {
      watch.remove(this.#deadline)
      return
    }
    this.#deadline.dueAtMs = oldest.writtenAtMs + deadlineMs
    if (this.#deadline.dueAtMs > watch.nowMs()) return
    watch.remove(this.#deadline)
    this.#finish('timeout')
    this.#ports.onLost(new Error(`no answer within ${deadlineMs} ms`))
  }

  /** While it is opened, errors are left to what `connect` throws: the vendor's client isn't to be disturbed. */
  #onError(error: unknown): void {
    this.#firstError ??= error
    if (this.#phase !== 'standing') return
    this.#finish('lost')
    this.#ports.onLost(error)
  }

  #onSocket(): void {
    this.#hasSocket = true
    if (this.#phase === 'over') this.#destroy()
  }

  #finish(end: 'timeout' | 'lost' | 'closed'): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#end = end
    if (this.#hasSocket) this.#destroy()
  }

  /** What is unanswered is rejected in here. A client that has closed by itself throws when asked to. */
  #destroy(): void {
    if (this.#client.isOpen) this.#client.destroy()
  }

  #translate(reply: unknown): RedisReply {
    if (Array.isArray(reply)) return reply.map((item: unknown) => this.#translate(item))
    if (reply instanceof this.#vendor.ErrorReply) return this.#toFailure(reply)
    return reply as RedisReply
  }

  #toFailure(error: unknown): RedisFailure {
    if (error instanceof this.#vendor.ErrorReply)
      return new RedisFailure('reply', error.message, { code: errorReplyCode(error.message) })
    this.#endFailure ??= new RedisFailure(this.#end, describe(error), { mayHaveRun: true })
    return this.#endFailure
  }
}

/** Answers commands that there is no connection for. */
export function failOffline(count: number, sink: ReplySink): void {
  queueMicrotask(() => {
    for (let position = 0; position < count; position += 1) sink.onReply(position, OFFLINE)
  })
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

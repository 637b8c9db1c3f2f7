import type { RedisEndpoint } from '../../../core/protocols/redis-options.ts'
import { RedisFailure, type RedisReply } from '../../../core/protocols/redis-transport.ts'
import type { CancelTask } from '../../../core/protocols/scheduler.ts'
import { connectFailure } from '../connection/connect-failure.ts'
import { reconnectDelay } from '../connection/reconnect-delay.ts'
import { RedisConnection } from '../connection/redis-connection.ts'
import type { ServerMaker } from '../server/redis-server.ts'
import { readSentinelAnswers, type SentinelAnswers, sentinelQuestions } from './sentinel-answers.ts'

/** The channel in which a Sentinel announces a new primary. The plus is part of its name. */
const SWITCH = '+switch-master'

/** Who listens to a Sentinel. */
export interface SentinelLinkPorts {
  readonly maker: Pick<
    ServerMaker,
    'watch' | 'deadlineMs' | 'connectTimeoutMs' | 'scheduler' | 'random' | 'clock' | 'problems'
  >
  /** What the Sentinels call the primary. */
  readonly name: string
  /** It has announced something, or can be asked now, or no more. Must not throw. */
  readonly onNews: () => void
}

/** The connection to one Sentinel, kept up: it is asked, and listened to. */
export class SentinelLink {
  readonly #endpoint: RedisEndpoint
  readonly #ports: SentinelLinkPorts
  #connection: RedisConnection | undefined
  #answers: SentinelAnswers | undefined
  #failedAttempts = 0
  #cancelRetry: CancelTask | undefined
  #isClosed = false

  constructor(endpoint: RedisEndpoint, ports: SentinelLinkPorts) {
    this.#endpoint = endpoint
    this.#ports = ports
  }

  get id(): string {
    return `${this.#endpoint.host}:${this.#endpoint.port}`
  }

  /** What it said the last time; `undefined` while it doesn't answer. */
  get answers(): SentinelAnswers | undefined {
    return this.#answers
  }

  start(): void {
    this.#open().catch((error: unknown) => this.#retry(error))
  }

  /** Resolves when it has answered, or won't. */
  async ask(): Promise<void> {
    const connection = this.#connection
    if (connection === undefined) return
    const replies = await new Promise<readonly RedisReply[]>((resolve) => {
      const questions = sentinelQuestions(this.#ports.name)
      const received: RedisReply[] = []
      connection.write(questions, {
        onReply: (position, reply) => {
          received[position] = reply
          if (position === questions.length - 1) resolve(received)
        },
      })
    })
    if (this.#connection !== connection) return
    this.#answers = readSentinelAnswers(replies)
    this.#judge(replies)
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
    this.#connection?.close()
    this.#connection = undefined
    this.#answers = undefined
    this.#ports.maker.problems.end(`sentinel ${this.id}`)
  }

  async #open(): Promise<void> {
    const connection = await RedisConnection.open(this.#endpoint, {
      ...this.#ports.maker,
      onLost: (error) => {
        if (this.#connection === connection) this.#lose(error)
      },
    })
    if (this.#isClosed) {
      connection.close()
      return
    }
    this.#connection = connection
    this.#failedAttempts = 0
    connection.subscribe(SWITCH, () => this.#ports.onNews()).catch(() => undefined)
    this.#ports.onNews()
  }

  #judge(replies: readonly RedisReply[]): void {
    const { problems, clock } = this.#ports.maker
    const topic = `sentinel ${this.id}`
    const failure = replies.find((reply) => reply instanceof RedisFailure)
    if (failure === undefined) problems.end(topic)
    else
      problems.report(
        topic,
        connectFailure(this.id, new Error(failure.message)),
        clock.monotonicMs(),
      )
  }

  #lose(error: unknown): void {
    this.#connection = undefined
    this.#answers = undefined
    this.#ports.onNews()
    this.#retry(error)
  }

  #retry(error: unknown): void {
    if (this.#isClosed) return
    const { problems, clock, scheduler, random } = this.#ports.maker
    problems.report(`sentinel ${this.id}`, connectFailure(this.id, error), clock.monotonicMs())
    const delayMs = reconnectDelay(this.#failedAttempts, random.next())
    this.#failedAttempts += 1
    this.#cancelRetry = scheduler.after(delayMs, () => this.start())
  }
}

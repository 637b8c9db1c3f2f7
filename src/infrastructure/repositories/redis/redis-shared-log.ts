import type { Random } from '../../../core/protocols/random.ts'
import {
  RedisFailure,
  type RedisReply,
  type RedisRequest,
  type RedisTransport,
} from '../../../core/protocols/redis-transport.ts'
import type { Scheduler } from '../../../core/protocols/scheduler.ts'
import type {
  AppendedMark,
  LogAnswer,
  LogFounding,
  LogRead,
  PendingMark,
  SharedLog,
  SharedLogListener,
} from '../../../core/protocols/shared-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { closureCall, readClosureReply } from '../redis-scripts/change-edges-call.ts'
import { foundLogCall, nodesCall } from '../redis-scripts/found-log-call.ts'
import type { LogLimits } from '../redis-scripts/mark-call.ts'
import { OTHER_SERVER, readLogCall, readLogReply } from '../redis-scripts/read-log-call.ts'
import { wordText } from '../redis-scripts/words-of.ts'
import { AppendQueue } from './append-queue.ts'
import { type CacheIdentity, type LogNames, logNames } from './key-names.ts'
import { floorFaults, logAnswer } from './log-answer.ts'
import { type HoldingServer, LogServer } from './log-server.ts'
import { answered, unavailable } from './unavailable.ts'
import { valuesLayout } from './values-layout.ts'

/** What the log of a cache in Redis works with. */
export interface RedisSharedLogPorts {
  readonly transport: RedisTransport
  readonly scheduler: Scheduler
  readonly random: Random
  readonly cache: CacheIdentity
  /** Of this node, unique, without white space. */
  readonly node: string
  readonly limits: LogLimits
  /** Told of what can't be read, and of what was given up because of it. */
  readonly report: (did: string, error: unknown) => void
}

/** How much of the past a log keeps unless something else is said. */
export const DEFAULT_LOG_LIMITS: LogLimits = Object.freeze({
  maxRecords: 100_000,
  maxScopes: 100_000,
})

/** After how long a node that doesn't read any more is forgotten; and what counts as recent in a cluster. In milliseconds. */
const FORGET_NODE_MS = 10_000
const RECENT_MS = 60_000
/** Generations that a log remembers to have come from. */
const MAX_ANCESTORS = 16

/** The invalidation log of a cache, in Redis. */
export class RedisSharedLog implements SharedLog {
  readonly #ports: RedisSharedLogPorts
  readonly #names: LogNames
  readonly #server: LogServer
  readonly #queue: AppendQueue
  readonly #areValuesApart: () => boolean
  #listener: SharedLogListener | undefined
  /** What the log said of itself last. */
  #lineage: readonly string[] = []
  /** Servers of values that came back with old data; the log has to begin anew for each. */
  readonly #restored = new Set<string>()

  constructor(ports: RedisSharedLogPorts) {
    this.#ports = ports
    this.#names = logNames(ports.cache)
    this.#areValuesApart = valuesLayout(ports.transport)
    this.#queue = new AppendQueue({ ...ports, names: this.#names })
    this.#server = new LogServer({
      ...ports,
      names: this.#names,
      onConnected: (server) => this.#listener?.onConnected(server),
      onDisconnected: () => this.#listener?.onDisconnected(),
      onValuesReplaced: () => this.#listener?.onValuesReplaced(),
      onValuesRestored: (server) => {
        this.#restored.add(server)
        this.#distrustRestored()
      },
    })
  }

  /** As the protocol says; what it answers resolves once the other nodes needn't wait for this one any more. */
  listen(listener: SharedLogListener): () => Promise<void> {
    this.#listener = listener
    const doorbell = this.#ports.transport.subscribe(this.#names.doorbell, {
      onMessage: (message) => listener.onDoorbell(positionIn(wordText(message))),
      // What was said while nobody listened here is lost.
      onState: (isListening) => {
        if (isListening) listener.onDoorbell(undefined)
      },
    })
    const endServer = this.#server.start()
    return () => {
      this.#listener = undefined
      doorbell.close()
      endServer()
      return this.#leave()
    }
  }

  async read({ horizon, vouches, limit }: LogRead): Promise<LogAnswer> {
    const asked = 'read the invalidation log'
    const holder = this.#holder(asked)
    const isApart = this.#areValuesApart()
    const call = readLogCall(this.#names, {
      node: this.#ports.node,
      server: holder.name,
      servers: holder.copies,
      from: horizon?.position,
      vouches,
      limit,
      forgetNodeMs: FORGET_NODE_MS,
      isVerified: holder.isTold && isApart,
      recentMs: isApart ? RECENT_MS : 0,
    })
    const reading = readLogReply(await this.#ask(asked, call))
    if ('fault' in reading) throw unavailable(asked, reading.fault)
    for (const fault of floorFaults(reading)) {
      this.#ports.report('takes a mark for one that reaches everything', new Error(fault))
    }
    const { generation, ancestors } = reading
    this.#lineage = generation === undefined ? [] : [generation, ...ancestors]
    if (this.#restored.size > 0) this.#distrustRestored()
    return logAnswer(reading)
  }

  async found(founding: LogFounding): Promise<void> {
    await this.#found(founding, undefined)
  }

  async append(pending: PendingMark): Promise<AppendedMark> {
    const { mark } = pending
    if (mark.scope.kind !== 'dependency') return this.#queue.append(pending)
    const asked = 'see what depends on what is invalidated'
    const names = [mark.scope.dependency, ...mark.scope.closure]
    const reply = await this.#ask(asked, closureCall(this.#names, [...new Set(names)]))
    const scope = { ...mark.scope, closure: readClosureReply(reply) }
    const position = await this.#queue.append({ ...pending, mark: { ...mark, scope } })
    return { ...position, scope }
  }

  async haveAllApplied(position: LogPosition, leaseMs: number): Promise<boolean> {
    const call = nodesCall(this.#names, position, leaseMs)
    return (await this.#ask('ask what the other nodes have applied', call)) === 1
  }

  #holder(asked: string): HoldingServer {
    const { holder } = this.#server
    if (holder === undefined) throw unavailable(asked, 'nobody is known to hold it')
    return holder
  }

  async #found(founding: LogFounding, unlessKnown: string | undefined): Promise<void> {
    const asked = 'begin a new generation of the invalidation log'
    const holder = this.#holder(asked)
    const servers = [...holder.copies, ...this.#restored]
    const call = foundLogCall(this.#names, {
      ...founding,
      generation: this.#ports.random.token(),
      servers,
      server: holder.name,
      unlessKnown,
    })
    await this.#ask(asked, call)
  }

  /** Marks of keys lie in no table: who has old values back can't be trusted with any that is older than now. */
  #distrustRestored(): void {
    const [expected] = this.#lineage
    if (expected === undefined) return
    const ancestors = this.#lineage.slice(0, MAX_ANCESTORS)
    for (const server of this.#restored) {
      this.#found({ expected, ancestors }, server).then(
        () => this.#restored.delete(server),
        (error: unknown) => this.#ports.report('tries again to begin a new generation', error),
      )
    }
  }

  /** What this node knows is in the log: nobody needs to wait for it. If this gets lost, it is forgotten by and by. */
  async #leave(): Promise<void> {
    const { nodes } = this.#names
    const args = ['HDEL', nodes, this.#ports.node]
    await this.#ports.transport.send([{ args, key: nodes, isRead: false }])
  }

  async #ask(asked: string, request: RedisRequest): Promise<RedisReply> {
    const { replies } = await this.#ports.transport.send([request])
    const [reply] = replies
    if (reply instanceof RedisFailure && reply.code === OTHER_SERVER) this.#server.suspect()
    return answered(asked, reply)
  }
}

/** `generation-seq`, where the generation may have the sign too. */
function positionIn(message: string): LogPosition | undefined {
  const at = message.lastIndexOf('-')
  const seq = Number(message.slice(at + 1))
  if (at < 1 || !Number.isSafeInteger(seq)) return undefined
  return { generation: message.slice(0, at), seq }
}

import {
  RedisFailure,
  type RedisNode,
  type RedisTransport,
  type RedisTransportEvent,
} from '../../../core/protocols/redis-transport.ts'
import type { CancelTask, Scheduler } from '../../../core/protocols/scheduler.ts'
import { readServerReply, serverCall } from '../redis-scripts/server-call.ts'
import type { LogNames } from './key-names.ts'
import { valuesLayout } from './values-layout.ts'

/** Who has the log. */
export interface HoldingServer {
  /** Its run id; where it doesn't tell, what the transport calls it. */
  readonly name: string
  /** Run ids of the servers that hold a copy, itself included. */
  readonly copies: readonly string[]
  /** True if it has said its name by itself. */
  readonly isTold: boolean
}

export interface LogServerPorts {
  readonly transport: RedisTransport
  readonly scheduler: Scheduler
  readonly names: LogNames
  readonly onConnected: (server: string) => void
  readonly onDisconnected: () => void
  /** A replica has taken over a server of values that isn't the log's. */
  readonly onValuesReplaced: () => void
  /** A server of values, not the log's, was started anew, and has data: from a disk, so it may be old. */
  readonly onValuesRestored: (server: string) => void
}

/** How soon to ask again who has the log, while nobody says so, in milliseconds. */
const RETRY_MS = 100
/** How often to look for replicas that came or went, in milliseconds. */
const REVIEW_MS = 5000
/** Whoever may not be asked says so with these. */
const DENIED: readonly string[] = ['NOPERM', 'ERR']

/** Follows which server holds the log, by what happens to the connections, and by asking it. */
export class LogServer {
  readonly #ports: LogServerPorts
  readonly #areValuesApart: () => boolean
  #holder: HoldingServer | undefined
  #inquiry = 0
  #cancelRetry: CancelTask | undefined
  /** What was a primary, or a replica, when it was looked at last. */
  #nodes: readonly RedisNode[] = []
  #isOver = false

  constructor(ports: LogServerPorts) {
    this.#ports = ports
    this.#areValuesApart = valuesLayout(ports.transport)
  }

  get holder(): HoldingServer | undefined {
    return this.#holder
  }

  /** Begins to follow; answers a function that ends it. */
  start(): () => void {
    const { transport, scheduler } = this.#ports
    const endEvents = transport.onEvent((event) => this.#onEvent(event))
    const endReviews = scheduler.every(REVIEW_MS, () => this.#inquire())
    this.#nodes = transport.status().nodes
    this.#inquire()
    return () => {
      this.#isOver = true
      endEvents()
      endReviews()
      this.#cancelRetry?.()
    }
  }

  /** Another server has answered than the one that holds the log, as far as is known here. */
  suspect(): void {
    this.#disconnect()
    this.#inquire()
  }

  #onEvent(event: RedisTransportEvent): void {
    switch (event.type) {
      case 'lost':
        if (this.#isHolder(event.node)) this.#disconnect()
        this.#inquire()
        break
      case 'connected':
        // Without having been lost: what was asked before may have failed all the same.
        if (this.#isHolder(event.node)) this.#disconnect()
        this.#inquire()
        this.#reviewValues()
        break
      case 'topology-changed':
        if (!this.#areValuesApart()) this.#disconnect()
        this.#inquire()
        this.#reviewValues()
        break
      case 'problem':
      case 'breaker':
        break
    }
  }

  #isHolder({ id, runId }: RedisNode): boolean {
    if (this.#holder === undefined) return false
    if (this.#ports.transport.status().topology === 'client') return true
    return this.#holder.name === runId || this.#holder.name === id
  }

  #disconnect(): void {
    if (this.#holder === undefined) return
    this.#holder = undefined
    this.#ports.onDisconnected()
  }

  #inquire(): void {
    this.#inquiry += 1
    const inquiry = this.#inquiry
    this.#cancelRetry?.()
    const again = (): void => {
      this.#cancelRetry = this.#ports.scheduler.after(RETRY_MS, () => this.#inquire())
    }
    this.#ask().then((holder) => {
      if (inquiry !== this.#inquiry || this.#isOver) return
      if (holder === undefined) again()
      else this.#adopt(holder)
    }, again)
  }

  async #ask(): Promise<HoldingServer | undefined> {
    const { transport, names } = this.#ports
    const { replies } = await transport.send([serverCall(names)])
    const [reply = null] = replies
    if (reply instanceof RedisFailure) {
      return DENIED.includes(reply.code) ? unnamed(transport.status().nodes) : undefined
    }
    const facts = readServerReply(reply)
    const { nodes } = transport.status()
    if (facts === undefined) return unnamed(nodes)
    const copies = nodes.filter(({ id }) => facts.replicas.includes(id)).map(({ runId }) => runId)
    const known = copies.filter((runId) => runId !== undefined)
    return { name: facts.runId, copies: [facts.runId, ...known], isTold: true }
  }

  #adopt(holder: HoldingServer): void {
    const isSame = this.#holder?.name === holder.name
    if (!isSame) this.#disconnect()
    this.#holder = holder
    if (!isSame) this.#ports.onConnected(holder.name)
  }

  /** In a cluster: which primaries aren't what they were. */
  #reviewValues(): void {
    const before = this.#nodes
    const status = this.#ports.transport.status()
    this.#nodes = status.nodes.map((node) => known(node, before))
    if (!this.#areValuesApart()) return
    for (const { id, role, runId } of this.#nodes) {
      const earlier = before.find((node) => node.id === id)
      if (role !== 'primary' || earlier === undefined || runId === this.#holder?.name) continue
      if (earlier.role === 'replica') this.#ports.onValuesReplaced()
      else if (runId !== undefined && earlier.runId !== undefined && earlier.runId !== runId) {
        this.#reviewRestart(id, runId)
      }
    }
  }

  #reviewRestart(id: string, runId: string): void {
    const isRestored = this.#ports.transport.scan(id, undefined, { match: '*', count: 100 })
    void isRestored.then((page) => {
      const isEmpty =
        !(page instanceof RedisFailure) && page.keys.length === 0 && page.cursor === undefined
      if (!isEmpty && !this.#isOver) this.#ports.onValuesRestored(runId)
    })
  }
}

/** A server that may not say who it is goes by its address: that it was started anew isn't seen then. */
function unnamed(nodes: readonly RedisNode[]): HoldingServer {
  const name = nodes.find(({ role }) => role !== 'replica')?.id ?? 'unknown'
  return { name, copies: [name], isTold: false }
}

/** Of a node that is away for the moment, what it was. */
function known(node: RedisNode, before: readonly RedisNode[]): RedisNode {
  if (node.role !== 'unknown' && node.runId !== undefined) return node
  const earlier = before.find(({ id }) => id === node.id)
  return earlier === undefined ? node : { ...node, role: earlier.role, runId: earlier.runId }
}

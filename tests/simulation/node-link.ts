/** The connection of a simulated node: opened again and again, closed when an answer is overdue. */

import type { RedisCommand, RedisReply } from './redis-command.ts'
import type { ServerLife } from './redis-servers.ts'
import { type LinkState, SimulatedConnection, type Surroundings } from './simulated-connection.ts'

export const COMMAND_DEADLINE_MS = 250

/** What a link tells its node. */
export interface LinkEvents {
  readonly post: (act: () => void) => void
  readonly onConnected: (runId: string) => void
  /** Before those who wait for answers are told that none will come. */
  readonly onDisconnected: () => void
}

export class NodeLink {
  readonly #world: Surroundings
  readonly #state: LinkState
  readonly #events: LinkEvents
  #connection: SimulatedConnection | undefined
  #lost: (() => void)[] = []

  constructor(world: Surroundings, state: LinkState, events: LinkEvents) {
    this.#world = world
    this.#state = state
    this.#events = events
    this.#connectSoon()
  }

  /** The server that it is connected to. */
  get server(): ServerLife | undefined {
    return this.#connection?.life
  }

  /** The process has died. */
  abandon(): void {
    this.#connection?.close()
  }

  /** The network, or the server, has closed the connection. */
  cut(): void {
    const connection = this.#connection
    this.#events.post(() => {
      if (connection !== undefined && connection === this.#connection) this.#disconnect()
    })
  }

  /** @param onLost called if no answer will come on this connection */
  send(command: RedisCommand, onReply: (reply: RedisReply) => void, onLost: () => void): void {
    const connection = this.#connection
    if (connection === undefined) {
      onLost()
      return
    }
    let isOpen = true
    const tellLost = (): void => {
      isOpen = false
      onLost()
    }
    this.#lost.push(tellLost)
    connection.send(command, (reply) => {
      this.#events.post(() => {
        if (!isOpen) return
        isOpen = false
        this.#lost.splice(this.#lost.indexOf(tellLost), 1)
        onReply(reply)
      })
    })
    this.#world.time.after(COMMAND_DEADLINE_MS, () => {
      if (!isOpen) return
      // What has come in by now is read first.
      this.#events.post(() => {
        if (isOpen && connection === this.#connection) this.#disconnect()
      })
    })
  }

  #connectSoon(): void {
    const { time, random, servers } = this.#world
    time.after(random.between(5, 50), () => {
      this.#events.post(() => {
        const { primary } = servers
        if (primary === undefined || this.#state.isCut) {
          this.#connectSoon()
          return
        }
        this.#connection = new SimulatedConnection(this.#world, this.#state, primary)
        this.#events.onConnected(primary.runId)
      })
    })
  }

  #disconnect(): void {
    this.#connection?.close()
    this.#connection = undefined
    this.#events.onDisconnected()
    const lost = this.#lost
    this.#lost = []
    for (const tell of lost) tell()
    this.#connectSoon()
  }
}

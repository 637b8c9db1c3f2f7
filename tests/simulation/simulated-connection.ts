/** One connection of a node to a primary: in order both ways, with delays, and with faults. */

import type { RedisCommand, RedisReply } from './redis-command.ts'
import type { RedisServers, ServerLife } from './redis-servers.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** What is wrong with the way between one node and the servers. */
export interface LinkState {
  /** Nothing gets through, and nobody is told. */
  losesRequests: boolean
  losesAnswers: boolean
  /** Connections are closed and refused. */
  isCut: boolean
  losesDoorbells: boolean
  maxDelayMs: number
}

export function soundLink(): LinkState {
  return {
    losesRequests: false,
    losesAnswers: false,
    isCut: false,
    losesDoorbells: false,
    maxDelayMs: 1,
  }
}

/** What the world around a connection is made of. */
export interface Surroundings {
  readonly time: SimulatedTime
  readonly random: SeededRandom
  readonly servers: RedisServers
}

export class SimulatedConnection {
  readonly life: ServerLife
  readonly #world: Surroundings
  readonly #link: LinkState
  readonly #unanswered = new Set<RedisCommand>()
  #requestsAtMs = 0
  #answersAtMs = 0
  isOpen = true

  constructor(world: Surroundings, link: LinkState, life: ServerLife) {
    this.#world = world
    this.#link = link
    this.life = life
  }

  /** @param onReply called while the connection is open, or never */
  send(command: RedisCommand, onReply: (reply: RedisReply) => void): void {
    const { time, random } = this.#world
    this.#unanswered.add(command)
    if (this.#link.losesRequests || this.#link.isCut) return
    this.#requestsAtMs = Math.max(
      this.#requestsAtMs,
      time.nowMs + random.between(0.05, this.#link.maxDelayMs),
    )
    time.at(this.#requestsAtMs, () => this.#arrive(command, onReply))
  }

  /** What lies in the network, or in the server's sockets, may be executed yet, and what wasn't answered may be sent again. */
  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    const { time, random, servers } = this.#world
    for (const command of this.#unanswered) {
      if (command.type === 'get' || !random.chance(0.1)) continue
      time.after(random.between(0, 3000), () => {
        const { primary } = servers
        if (primary !== undefined) servers.execute(primary, command)
      })
    }
  }

  #arrive(command: RedisCommand, onReply: (reply: RedisReply) => void): void {
    const { time, random, servers } = this.#world
    if (!this.life.isAlive) return
    if (time.nowMs < this.life.frozenUntilMs) {
      time.at(this.life.frozenUntilMs, () => this.#arrive(command, onReply))
      return
    }
    const reply = servers.execute(this.life, command)
    if (this.#link.losesAnswers || this.#link.isCut) return
    this.#answersAtMs = Math.max(
      this.#answersAtMs,
      time.nowMs + random.between(0.05, this.#link.maxDelayMs),
    )
    time.at(this.#answersAtMs, () => {
      if (!this.isOpen || !this.life.isAlive) return
      this.#unanswered.delete(command)
      onReply(reply)
    })
  }
}

/** A primary and its replica, and what can befall them. */
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import type { RedisCommand, RedisReply, ScriptGuards } from './redis-command.ts'
import { RedisState } from './redis-state.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** One life of a server process. */
export interface ServerLife {
  readonly runId: string
  readonly state: RedisState
  /** What its clock is ahead of the world's. */
  readonly clockAheadMs: number
  isAlive: boolean
  /** Until then it executes nothing. */
  frozenUntilMs: number
}

interface Replica {
  readonly life: ServerLife
  /** What it has still to execute, oldest first. */
  readonly backlog: {
    readonly atMs: number
    readonly command: RedisCommand
    readonly serverMs: number
  }[]
}

const WRITES: ReadonlySet<RedisCommand['type']> = new Set([
  'read',
  'found',
  'append',
  'set',
  'load',
  'store',
  'renew',
  'prolong',
  'drop',
])

export class RedisServers {
  readonly #time: SimulatedTime
  readonly #random: SeededRandom
  readonly #guards: ScriptGuards
  readonly #isClustered: boolean
  #lives = 0
  #primary: ServerLife
  #replica: Replica
  #snapshot: RedisState
  /** How far the replica is behind. */
  lagMs = 1
  /** Called with the place of each new mark. */
  onMark: (position: LogPosition) => void = () => undefined
  /** Called for each mark that a primary executed. */
  onExecuted: (id: string) => void = () => undefined
  /** Called when a primary has given the lease of a key to a load. */
  onLeased: (token: string, key: CacheKey) => void = () => undefined
  /** In a cluster: called when a mark has dropped the value and the lease of a key. */
  onDropped: (key: CacheKey) => void = () => undefined

  constructor(
    time: SimulatedTime,
    random: SeededRandom,
    guards: ScriptGuards,
    isClustered = false,
  ) {
    this.#isClustered = isClustered
    this.#time = time
    this.#random = random
    this.#guards = guards
    this.#primary = this.#newLife(new RedisState(guards, this.#isClustered))
    this.#replica = { life: this.#newLife(new RedisState(guards, this.#isClustered)), backlog: [] }
    this.#snapshot = new RedisState(guards, this.#isClustered)
  }

  /** The primary that answers; `undefined`: there is none now. */
  get primary(): ServerLife | undefined {
    return this.#primary.isAlive ? this.#primary : undefined
  }

  /** The run ids of all servers that hold the data. */
  get members(): readonly string[] {
    return [this.#primary.runId, this.#replica.life.runId]
  }

  execute(life: ServerLife, command: RedisCommand): RedisReply {
    const serverMs = this.#time.nowMs + life.clockAheadMs
    const before = life.state.position
    const reply = life.state.execute(command, serverMs)
    if (WRITES.has(command.type) && life === this.#primary) {
      const earliest = this.#replica.backlog.at(-1)?.atMs ?? 0
      const atMs = Math.max(earliest, this.#time.nowMs + this.lagMs)
      this.#replica.backlog.push({ atMs, command, serverMs })
    }
    if (command.type === 'load' && reply.type === 'leased')
      this.onLeased(command.token, command.key)
    if (command.type === 'drop') this.onDropped(command.key)
    const after = life.state.position
    if ((command.type === 'append' || command.type === 'set') && after?.seq !== before?.seq) {
      this.onExecuted(command.pending.id)
      if (after !== undefined) this.onMark(after)
    }
    return reply
  }

  /** What a read of the replica finds. */
  executeOnReplica(command: RedisCommand & { readonly type: 'get' }): RedisReply {
    this.#catchUp()
    return this.#replica.life.state.execute(command, this.#time.nowMs)
  }

  saveSnapshot(): void {
    this.#snapshot = this.#primary.state.copy()
  }

  /** One value leaves, for want of space. */
  evict(key: string): void {
    this.#primary.state.values.delete(key)
  }

  flushAll(): void {
    this.#primary.state.flushAll()
    this.#attachReplica()
  }

  freeze(forMs: number): void {
    this.#primary.frozenUntilMs = Math.max(this.#primary.frozenUntilMs, this.#time.nowMs + forMs)
  }

  /** What hasn't reached the replica by now never will. */
  kill(): void {
    this.#catchUp()
    this.#replica.backlog.length = 0
    this.#primary.isAlive = false
  }

  /** The process comes back, with what lay on its disk. */
  restart(from: 'empty' | 'snapshot'): void {
    const state =
      from === 'empty' ? new RedisState(this.#guards, this.#isClustered) : this.#snapshot.copy()
    this.#primary.isAlive = false
    this.#primary = this.#newLife(state)
    this.#attachReplica()
  }

  /** The replica takes over with what it has got; the old primary is gone. */
  failOver(): void {
    this.kill()
    this.#primary = this.#replica.life
    this.#attachReplica()
  }

  #catchUp(): void {
    const { backlog, life } = this.#replica
    for (
      let [next] = backlog;
      next !== undefined && next.atMs <= this.#time.nowMs;
      [next] = backlog
    ) {
      backlog.shift()
      life.state.execute(next.command, next.serverMs)
    }
  }

  #attachReplica(): void {
    this.#replica = { life: this.#newLife(this.#primary.state.copy()), backlog: [] }
  }

  #newLife(state: RedisState): ServerLife {
    this.#lives += 1
    return {
      runId: `server-${this.#lives}`,
      state,
      clockAheadMs: this.#random.between(-3_600_000, 3_600_000),
      isAlive: true,
      frozenUntilMs: 0,
    }
  }
}

/** What lies in a simulated Redis, and the commands and scripts that it executes, each at one stroke. */

import {
  describeScope,
  type InvalidationMark,
  type InvalidationScope,
} from '../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import type { LogAnswer, LogRecord, PendingMark } from '../../src/core/protocols/shared-log.ts'
import type { RejectedValue } from '../../src/core/protocols/shared-store.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import type { RedisCommand, RedisReply, ScriptGuards, SimulatedValue } from './redis-command.ts'

interface Lease {
  readonly token: string
  readonly untilMs: number
}

interface RegisteredNode {
  readonly server: string
  readonly position: LogPosition | undefined
  readonly atMs: number
}

/** Few, so that nodes fall behind what is left. */
const KEPT_RECORDS = 5
/** Whoever was silent for longer than this when the server was lost took nothing along that others don't know. */
const SILENT_AFTER_MS = 10_000

export class RedisState {
  readonly values: Map<string, SimulatedValue>
  readonly #leases: Map<string, Lease>
  readonly #scopes: Map<string, PositionedMark>
  readonly #nodes: Map<string, RegisteredNode>
  #generation: string | undefined
  #ancestors: readonly string[] = []
  #servers: ReadonlySet<string> = new Set()
  #foundedAtMs = 0
  #seq = 0
  #records: readonly LogRecord[] = []
  readonly #guards: ScriptGuards
  /** In a cluster: nodes that start learn the key marks of the last minute, too. */
  readonly #keepsKeyMarks: boolean

  constructor(guards: ScriptGuards, keepsKeyMarks: boolean, from?: RedisState) {
    this.#guards = guards
    this.#keepsKeyMarks = keepsKeyMarks
    this.values = new Map(from === undefined ? [] : from.values)
    this.#leases = new Map(from === undefined ? [] : from.#leases)
    this.#scopes = new Map(from === undefined ? [] : from.#scopes)
    this.#nodes = new Map(from === undefined ? [] : from.#nodes)
    if (from === undefined) return
    this.#generation = from.#generation
    this.#ancestors = from.#ancestors
    this.#servers = from.#servers
    this.#foundedAtMs = from.#foundedAtMs
    this.#seq = from.#seq
    this.#records = from.#records
  }

  copy(): RedisState {
    return new RedisState(this.#guards, this.#keepsKeyMarks, this)
  }

  flushAll(): void {
    for (const map of [this.values, this.#leases, this.#scopes, this.#nodes]) map.clear()
    this.#generation = undefined
    this.#ancestors = []
    this.#servers = new Set()
    this.#seq = 0
    this.#records = []
  }

  get position(): LogPosition | undefined {
    if (this.#generation === undefined) return undefined
    return { generation: this.#generation, seq: this.#seq }
  }

  execute(command: RedisCommand, serverMs: number): RedisReply {
    switch (command.type) {
      case 'read':
        return { type: 'log', answer: this.#read(command, serverMs) }
      case 'found':
        return { type: 'done', isDone: this.#found(command, serverMs) }
      case 'append':
        return { type: 'position', position: this.#append(command.pending), isStored: false }
      case 'set':
        return this.#set(command)
      case 'get':
        return { type: 'value', value: this.values.get(command.key), position: this.position }
      case 'load':
        return this.#load(command, serverMs)
      case 'store':
        return { type: 'done', isDone: this.#store(command, serverMs) }
      case 'prolong':
        return { type: 'done', isDone: this.#prolong(command) }
      case 'drop':
        this.#drop(command, serverMs)
        return { type: 'done', isDone: true }
      case 'renew':
        return { type: 'done', isDone: this.#renew(command, serverMs) }
      case 'nodes':
        return { type: 'done', isDone: this.#haveAllApplied(command, serverMs) }
    }
  }

  #read(command: RedisCommand & { type: 'read' }, serverMs: number): LogAnswer {
    const { node, server, read } = command
    const isKnownServer = this.#servers.has(server) || !this.#guards.serversAreKnown
    const isOurs =
      read.horizon === undefined || read.horizon.position.generation === this.#generation
    if (this.#generation !== undefined && isKnownServer) {
      this.#servers = new Set([...this.#servers, ...command.servers])
      if (read.vouches && isOurs) {
        const position = read.horizon?.position
        this.#nodes.set(node, { server, position, atMs: serverMs })
      }
    }
    const fromSeq = read.horizon?.position.seq ?? Number.POSITIVE_INFINITY
    const records = isOurs ? this.#records.filter(({ seq }) => seq >= fromSeq) : []
    return {
      generation: this.#generation,
      ancestors: this.#ancestors,
      tail: { seq: this.#seq, id: this.#records.at(-1)?.id ?? '' },
      records: records.slice(0, read.limit),
      scopes: read.horizon === undefined ? [...this.#scopes.values()] : [],
      floorSeq: 0,
      isKnownServer,
      absentNodes: this.#guards.absentNodesCount ? this.#absentNodes(server) : 0,
    }
  }

  #found(command: RedisCommand & { type: 'found' }, serverMs: number): boolean {
    if (this.#generation !== command.expected) return false
    if (command.unlessKnown !== undefined && this.#servers.has(command.unlessKnown)) return false
    this.#generation = command.generation
    this.#ancestors = command.ancestors
    this.#servers = new Set([command.server, ...command.servers])
    this.#seq = 0
    this.#records = []
    this.#scopes.clear()
    this.#foundedAtMs = serverMs
    // What they knew doesn't matter any more, but they may be coherent for a lease yet.
    for (const name of this.#nodes.keys()) {
      this.#nodes.set(name, { server: command.server, position: undefined, atMs: serverMs })
    }
    return true
  }

  #append({ id, mark, isAwaited }: PendingMark): LogPosition | undefined {
    const generation = this.#generation
    if (generation === undefined) return undefined
    this.#seq += 1
    const position = { generation, seq: this.#seq }
    const { scope } = mark
    if (scope.kind === 'key') {
      if (!mark.soft) this.values.delete(scope.key)
      if (this.#guards.markDropsLease) this.#leases.delete(scope.key)
    }
    if (scope.kind !== 'key' || mark.soft || this.#keepsKeyMarks) {
      for (const name of this.#fieldsOf(mark)) this.#scopes.set(name, { position, mark })
    }
    this.#records = [
      ...this.#records.slice(-KEPT_RECORDS + 1),
      { id, seq: this.#seq, mark, isAwaited },
    ]
    return position
  }

  /** As the table of scope marks names its fields: soft and hard ones apart, and a dependency under each name that it reaches. */
  #fieldsOf({ scope, soft }: InvalidationMark): readonly string[] {
    const { softAndHardApart, closuresApart } = this.#guards
    const kind = soft && softAndHardApart ? 'soft' : 'hard'
    if (scope.kind !== 'dependency' || !closuresApart) return [`${kind} ${describeScope(scope)}`]
    return scope.closure.map((name) => `${kind} dependency ${name}`)
  }

  /** A mark that came since the call began may be of a newer value: then this is a mark like any other, and stores nothing. */
  #set(command: RedisCommand & { type: 'set' }): RedisReply {
    const { key, since, version, pending } = command
    const isOvertaken =
      this.#guards.setYieldsToMarks &&
      (since.generation !== this.#generation ||
        this.#seq - since.seq > this.#records.length ||
        this.#records.some(
          ({ seq, mark }) => seq > since.seq && (mark === undefined || reaches(mark.scope, key)),
        ))
    const birth = this.#append(pending)
    if (birth !== undefined && !isOvertaken) this.values.set(key, { version, birth })
    return { type: 'position', position: birth, isStored: !isOvertaken }
  }

  #load(command: RedisCommand & { type: 'load' }, serverMs: number): RedisReply {
    const { key, token, leaseMs, rejected } = command
    const value = this.values.get(key)
    if (value !== undefined && !isRejected(value, rejected)) {
      return { type: 'value', value, position: this.position }
    }
    const isHeld = this.#leaseOf(key, serverMs) !== undefined
    if (isHeld && this.#guards.loadsNeedLease) return { type: 'held' }
    this.#leases.set(key, { token, untilMs: serverMs + leaseMs })
    return { type: 'leased' }
  }

  #store(command: RedisCommand & { type: 'store' }, serverMs: number): boolean {
    const { key, token, value } = command
    const isHolder = this.#leaseOf(key, serverMs)?.token === token
    if (!isHolder && this.#guards.storeNeedsLease) return false
    this.#leases.delete(key)
    this.values.set(key, value)
    return true
  }

  #prolong({ key, value }: RedisCommand & { type: 'prolong' }): boolean {
    const there = this.values.get(key)
    const { generation, seq } = value.birth
    const isThere =
      there?.version === value.version &&
      there.birth.generation === generation &&
      there.birth.seq === seq
    if (!isThere && this.#guards.prolongsWhatIsThere) return false
    this.values.set(key, value)
    return true
  }

  #drop(command: RedisCommand & { type: 'drop' }, serverMs: number): void {
    const { key, token, leaseMs, isSoft } = command
    if (!isSoft) this.values.delete(key)
    if (this.#guards.markDropsLease) this.#leases.delete(key)
    if (token !== undefined) this.#leases.set(key, { token, untilMs: serverMs + leaseMs })
  }

  #renew(command: RedisCommand & { type: 'renew' }, serverMs: number): boolean {
    const { key, token, leaseMs } = command
    if (this.#leaseOf(key, serverMs)?.token !== token) return false
    this.#leases.set(key, { token, untilMs: serverMs + leaseMs })
    return true
  }

  /** Silence is compared by the clock of the server that noted it. */
  #absentNodes(server: string): number {
    const nodes = [...this.#nodes.values()].filter((one) => one.server !== server)
    const newestMs = new Map<string, number>()
    for (const { server: old, atMs } of nodes) {
      newestMs.set(old, Math.max(atMs, newestMs.get(old) ?? atMs))
    }
    return nodes.filter((one) => (newestMs.get(one.server) ?? 0) - one.atMs <= SILENT_AFTER_MS)
      .length
  }

  /** Whoever hasn't said so may yet serve what it computed by itself, for a lease from the beginning of that. */
  #haveAllApplied(
    { position, leaseMs }: RedisCommand & { type: 'nodes' },
    serverMs: number,
  ): boolean {
    if (!this.#guards.waitsForAll) return true
    // Who isn't listed in a young generation may be coherent in the one before it.
    if (this.#generation !== position.generation || serverMs - this.#foundedAtMs <= leaseMs) {
      return false
    }
    return [...this.#nodes.values()].every(
      (one) => one.position?.generation === position.generation && one.position.seq >= position.seq,
    )
  }

  #leaseOf(key: string, serverMs: number): Lease | undefined {
    const lease = this.#leases.get(key)
    return lease !== undefined && serverMs < lease.untilMs ? lease : undefined
  }
}

/** As much as a script can tell: only another key is surely not meant. */
function reaches(scope: InvalidationScope, key: string): boolean {
  return scope.kind !== 'key' || scope.key === key
}

function isRejected({ birth, version }: SimulatedValue, rejected: RejectedValue): boolean {
  if (rejected === 'none' || rejected === 'any') return rejected === 'any'
  const { generation, seq } = rejected.birth
  return birth.generation === generation && birth.seq === seq && version === rejected.createdAtMs
}

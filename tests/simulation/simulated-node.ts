/** A node: drives the state machines, has a connection that comes and goes, pauses, and crashes. */

import {
  CoherenceSession,
  type SessionEffect,
} from '../../src/application/services/coherence/coherence-session.ts'
import type { InvalidationScope } from '../../src/core/entities/invalidation-mark.ts'
import type { PendingMark } from '../../src/core/protocols/shared-log.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import { appendInCluster, type SetValue } from './append-in-cluster.ts'
import { newMark } from './new-mark.ts'
import { COMMAND_DEADLINE_MS, NodeLink } from './node-link.ts'
import { NodeTiers } from './node-tiers.ts'
import type { RedisCommand, RedisReply } from './redis-command.ts'
import { type LinkState, soundLink } from './simulated-connection.ts'
import { compiled, MEMBERS, type World } from './world.ts'

/** Hands a command to the servers; `onLost` if no answer will come on this connection. */
export type Send = (
  command: RedisCommand,
  onReply: (reply: RedisReply) => void,
  onLost: () => void,
) => void

export class SimulatedNode {
  readonly name: string
  readonly link: LinkState = soundLink()
  readonly tiers: NodeTiers
  readonly #world: World
  readonly #session: CoherenceSession
  readonly #rate: number
  readonly #offsetMs: number
  readonly #canCompile: boolean
  readonly #sets = new Map<string, SetValue>()
  readonly #awaited = new Set<string>()
  readonly #overflowMarks = new Set<string>()
  readonly #connection: NodeLink
  /** The same, where the log and the values lie on the same servers. */
  readonly #values: NodeLink
  #valuesServer: string | undefined
  #backlog: (() => void)[] = []
  #armedAtMs = Number.POSITIVE_INFINITY
  #isPaused = false
  isAlive = true

  constructor(world: World, name: string) {
    const { safeguards, random } = world
    this.name = name
    this.#world = world
    this.#rate = random.between(0.995, 1.005)
    this.#offsetMs = random.between(0, 1e9)
    this.#canCompile = !world.isRich || random.chance(0.7)
    const parts = {
      follower: safeguards.newFollower(safeguards.follower),
      outbox: safeguards.newOutbox(),
      recent: safeguards.newRecent(),
    }
    this.#session = new CoherenceSession(parts, {
      coherenceLeaseMs: safeguards.follower.coherenceLeaseMs,
      retryMs: 50,
    })
    this.tiers = new NodeTiers(world, parts, {
      name,
      nowMs: () => this.nowMs,
      send: (command, onReply, onLost) => this.#values.send(command, onReply, onLost),
      post: (act) => this.post(act),
      isConnected: () => this.#connection.server !== undefined && this.#values.server !== undefined,
      catchUp: () => this.#perform(this.#session.onDoorbell(undefined, this.nowMs)),
      onOverflow: () => this.#markAll(),
      matcherOf: this.#canCompile ? compiled : () => undefined,
    })
    this.#connection = new NodeLink(world, this.link, {
      post: (act) => this.post(act),
      onConnected: (runId) => this.#perform(this.#session.onConnected(runId, this.nowMs)),
      onDisconnected: () => this.#session.onDisconnected(),
    })
    this.#values =
      world.values === world.servers
        ? this.#connection
        : new NodeLink({ ...world, servers: world.values }, this.link, {
            post: (act) => this.post(act),
            onConnected: (runId) => this.#onValuesConnected(runId),
            onDisconnected: () => undefined,
          })
  }

  /** Its own monotonic clock. */
  get nowMs(): number {
    return this.#offsetMs + this.#world.time.nowMs * this.#rate
  }

  get isRunning(): boolean {
    return this.isAlive && !this.#isPaused
  }

  /** Lets something happen in this process, after its pause if it has one, or never if it is dead. */
  post(act: () => void): void {
    if (!this.isAlive) return
    if (this.#isPaused) {
      this.#backlog.push(act)
      return
    }
    act()
    this.#arm()
  }

  pause(forMs: number): void {
    if (!this.isRunning) return
    this.#isPaused = true
    this.#world.time.after(forMs, () => this.resume())
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    const backlog = this.#backlog
    this.#backlog = []
    for (const act of backlog) this.post(act)
  }

  crash(): void {
    this.isAlive = false
    this.#connection.abandon()
  }

  /** The network, or the server, has closed the connection. */
  cutConnection(): void {
    this.#connection.cut()
  }

  onDoorbell(position: { readonly generation: string; readonly seq: number }): void {
    this.post(() => {
      if (this.#connection.server === undefined) return
      this.#perform(this.#session.onDoorbell(position, this.nowMs))
    })
  }

  /** Writes the truth and invalidates what shows the old one. */
  invalidate(scope: InvalidationScope, how: { isAwaited: boolean; isSoft: boolean }): void {
    const versions = this.#world.truth.write(scope)
    const pending = this.#newMark(scope, 'invalidate', how)
    if (how.isAwaited) this.#awaited.add(pending.id)
    this.#marked(pending, versions)
    this.#perform(this.#session.invalidate(pending, this.nowMs + COMMAND_DEADLINE_MS, this.nowMs))
  }

  /** Says that everything may be old, although nothing was written. */
  #markAll(): void {
    const { truth } = this.#world
    const pending = this.#newMark({ kind: 'namespace' }, 'invalidate')
    this.#marked(pending, truth.versionsOf({ kind: 'namespace' }))
    this.#overflowMarks.add(pending.id)
    this.#perform(this.#session.invalidate(pending, this.nowMs + COMMAND_DEADLINE_MS, this.nowMs))
  }

  /** Writes the truth of a key and says what it is. */
  set(key: CacheKey): void {
    const versions = this.#world.truth.write({ kind: 'key', key })
    const pending = this.#newMark({ kind: 'key', key }, 'set')
    const untilMs = this.nowMs + COMMAND_DEADLINE_MS
    const since = this.tiers.local.position
    this.#sets.set(pending.id, {
      key,
      version: versions.get(key) ?? 0,
      since,
      calledAtMs: this.nowMs,
    })
    this.#marked(pending, versions)
    this.#perform(this.#session.invalidate(pending, untilMs, this.nowMs))
  }

  get pendingMarks(): number {
    return this.tiers.pendingMarks
  }

  #marked({ id, mark }: PendingMark, versions: ReadonlyMap<CacheKey, number>): void {
    const { soft, scope } = mark
    const disturbs =
      compiled(scope) === undefined ? [...versions.keys()] : MEMBERS.map(({ key }) => key)
    this.#world.history.marked(id, { node: this.name, isSoft: soft, versions, disturbs })
  }

  #newMark(
    scope: InvalidationScope,
    act: 'invalidate' | 'set',
    how = { isAwaited: false, isSoft: false },
  ): PendingMark {
    return newMark(this.#world.random.token(), { scope, act, origin: this.name }, how)
  }

  #arm(): void {
    if (!this.isRunning) return
    const dueMs = Math.min(this.#session.deadlineMs, this.tiers.deadlineMs)
    const atMs = (dueMs - this.#offsetMs) / this.#rate + 0.01
    if (atMs >= this.#armedAtMs) return
    this.#armedAtMs = Math.max(atMs, this.#world.time.nowMs)
    this.#world.time.at(this.#armedAtMs, () => {
      this.post(() => {
        this.#armedAtMs = Number.POSITIVE_INFINITY
        this.#perform(this.#session.onTick(this.nowMs))
        this.tiers.onTick()
      })
    })
  }

  #perform(effects: readonly SessionEffect[]): void {
    for (const effect of effects) this.#performOne(effect)
  }

  #performOne(effect: SessionEffect): void {
    const { history } = this.#world
    switch (effect.type) {
      case 'read':
      case 'found':
        this.#askLog(effect)
        break
      case 'append':
        this.#append(effect.pending, effect.isRedelivery)
        break
      case 'ask-nodes': {
        const { id, position } = effect
        const leaseMs = this.#world.safeguards.follower.coherenceLeaseMs * 1.02
        const onReply = (reply: RedisReply): void => {
          if (reply.type === 'done') this.#perform(this.#session.onNodes(id, reply.isDone))
        }
        this.#connection.send({ type: 'nodes', position, leaseMs }, onReply, () => undefined)
        break
      }
      case 'settled':
        history.known(effect.id, this.name)
        if (effect.position !== undefined) {
          history.propagated(effect.id, effect.position, this.#awaited.delete(effect.id))
        }
        break
      case 'apply':
        this.tiers.apply(effect.positioned)
        history.known(effect.id, this.name)
        if (this.#overflowMarks.delete(effect.id.replaceAll('+', ''))) this.tiers.onOverflowMarked()
        if (effect.positioned.mark.origin === this.name) {
          history.propagated(effect.id, effect.positioned.position, false)
        }
        break
      case 'fence':
        if (this.#world.safeguards.fencesAtOnce) this.tiers.fence(effect.pending.mark)
        break
      case 'forget':
        this.tiers.forget()
        break
      case 'start':
        this.tiers.start(effect.scopes)
        history.joined(this.name, effect.position.generation)
        break
      case 'expire':
        this.tiers.local.expire(effect.forgotten)
        break
    }
  }

  #askLog(effect: SessionEffect & { readonly type: 'read' | 'found' }): void {
    const { servers, random } = this.#world
    const { ticket } = effect
    const who = {
      node: this.name,
      server: this.#connection.server?.runId ?? '',
      servers: servers.members,
    }
    const command: RedisCommand =
      effect.type === 'read'
        ? { type: 'read', ...who, read: effect.read }
        : {
            type: 'found',
            ...who,
            expected: effect.expected,
            ancestors: effect.ancestors,
            unlessKnown: undefined,
            generation: random.token(),
          }
    this.#connection.send(
      command,
      (reply) => {
        if (reply.type !== 'log') {
          this.#perform(this.#session.onFounded(ticket, this.nowMs))
          return
        }
        this.#perform(this.#session.onAnswer(ticket, reply.answer, this.nowMs))
      },
      () => this.#session.onFailed(ticket, this.nowMs),
    )
  }

  #onValuesConnected(runId: string): void {
    const isReplaced = this.#valuesServer !== undefined && this.#valuesServer !== runId
    this.#valuesServer = runId
    if (!isReplaced || !this.#world.safeguards.saysAgain) return
    this.#perform(this.#session.onValuesReplaced(() => this.#world.random.token()))
  }

  #append(pending: PendingMark, isRedelivery: boolean): void {
    const set = isRedelivery ? undefined : this.#sets.get(pending.id)
    if (this.#values !== this.#connection) {
      appendInCluster(
        { log: this.#connection, values: this.#values },
        { pending, set },
        {
          onFailed: () => this.#session.onAppendFailed(pending.id, this.nowMs),
          onAppended: (position) =>
            this.#perform(this.#session.onAppended(pending.id, position, this.nowMs)),
          onStored: (stored, value) => this.tiers.keepSet(stored, value),
        },
      )
      return
    }
    const command: RedisCommand =
      set === undefined
        ? { type: 'append', pending }
        : { type: 'set', key: set.key, version: set.version, pending, since: set.since }
    this.#connection.send(
      command,
      (reply) => {
        if (reply.type !== 'position' || reply.position === undefined) {
          this.#session.onAppendFailed(pending.id, this.nowMs)
          return
        }
        this.#perform(this.#session.onAppended(pending.id, reply.position, this.nowMs))
        if (set !== undefined && reply.isStored)
          this.tiers.keepSet(set, { version: set.version, birth: reply.position })
      },
      () => undefined,
    )
  }
}

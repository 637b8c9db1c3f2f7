/** The loads of a simulated node: joins, L2, the lease, the factory, and what of it is kept. */

import type { LogFollower } from '../../src/application/services/coherence/log-follower.ts'
import type { Outbox } from '../../src/application/services/coherence/outbox.ts'
import {
  SharedLoad,
  type SharedLoadEffect,
} from '../../src/application/services/coherence/shared-load.ts'
import type { UnstoredKeys } from '../../src/application/services/coherence/unstored-keys.ts'
import type { Flight, SingleFlight } from '../../src/application/services/single-flight.ts'
import type { InvalidationScope } from '../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import type { SetValue } from './append-in-cluster.ts'
import { LocalTier } from './local-tier.ts'
import type { Answer, Load, TierSurroundings, Waiter } from './node-load.ts'
import type { RedisReply, SimulatedValue } from './redis-command.ts'
import { runFactory } from './run-factory.ts'
import { memberOf, type World } from './world.ts'

const LEASE_MS = 2000
const HARD_TIMEOUT_MS = 3000
const MAX_HOPS = 3

export class NodeTiers {
  readonly #world: World
  readonly #node: TierSurroundings
  readonly #follower: LogFollower
  readonly #outbox: Outbox
  readonly #unstored: UnstoredKeys
  readonly #flights: SingleFlight
  readonly #loads = new Map<Flight, Load>()
  readonly local: LocalTier

  constructor(
    world: World,
    parts: { readonly follower: LogFollower; readonly outbox: Outbox },
    node: TierSurroundings,
  ) {
    this.#world = world
    this.#node = node
    this.#follower = parts.follower
    this.#outbox = parts.outbox
    this.#unstored = world.safeguards.newUnstored(() => node.onOverflow())
    this.#flights = world.safeguards.newFlights()
    this.local = new LocalTier({ ...parts, safeguards: world.safeguards, nowMs: node.nowMs })
  }

  get pendingMarks(): number {
    return this.#outbox.size
  }

  get deadlineMs(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const { shared } of this.#loads.values()) earliest = Math.min(earliest, shared.deadlineMs)
    return earliest
  }

  onTick(): void {
    for (const load of [...this.#loads.values()]) {
      this.#perform(load, load.shared.onTick(this.#node.nowMs()))
    }
  }

  /** @param onEnd gets the version, or `undefined` if the factory was too slow */
  read(key: CacheKey, answer: Answer): void {
    const held = this.local.get(key)
    if (held === undefined) this.#enter(key, { answer, hops: MAX_HOPS })
    else answer(held.version)
  }

  #enter(key: CacheKey, waiter: Waiter): void {
    const load = this.#joinable(key) ?? this.#begin(key)
    load.waiters.push(waiter)
    if (load.waiters.length === 1)
      this.#perform(load, load.shared.begin(this.#wayOf(key), this.#node.nowMs()))
  }

  apply(positioned: PositionedMark): void {
    this.#fence(positioned.mark.scope, positioned.position.seq)
    this.local.apply(positioned)
  }

  fence(scope: InvalidationScope): void {
    this.#fence(scope, this.local.position.seq + 1)
    this.local.drop(scope)
  }

  forget(): void {
    this.local.clear()
    this.#fence({ kind: 'namespace' }, 0)
  }

  onOverflowMarked(): void {
    this.#unstored.onMarked()
  }

  /** A set of this node is in the log, and its value in L2. */
  keepSet({ key, calledAtMs }: SetValue, value: SimulatedValue): void {
    this.#unstored.forget(key, calledAtMs)
    // What was served since it was called may be newer.
    if (this.#unstored.has(key)) return
    const isNow = value.birth.generation === this.local.position.generation
    if (!isNow || !this.local.isValid(key, value.birth)) return
    this.local.keep(key, { ...value, keptUntilMs: Number.NEGATIVE_INFINITY })
  }

  #fence(scope: InvalidationScope, seq: number): void {
    this.#flights.fence(scope, undefined, seq)
    for (const load of [...this.#loads.values()]) {
      if (load.flight.isFenced) this.#perform(load, load.shared.onFenced())
    }
  }

  /** The flight of the key, unless it may be older than a mark that this node can't have heard of. */
  #joinable(key: CacheKey): Load | undefined {
    const flight = this.#flights.find(key)
    const load = flight === undefined ? undefined : this.#loads.get(flight)
    if (flight === undefined || load === undefined) return undefined
    const { follower, joinsYoungFlightsOnly } = this.#world.safeguards
    const isYoung = this.#node.nowMs() < load.startedAtMs + follower.coherenceLeaseMs
    if (!joinsYoungFlightsOnly || this.local.isCoherent || isYoung) return load
    this.#fence({ kind: 'key', key }, 0)
    return undefined
  }

  #wayOf(key: CacheKey): 'shared' | 'reload' | 'alone' {
    const canShare =
      this.#node.isConnected() && this.local.canJudge && !this.local.isAwaitingMark(key)
    if (!canShare) return 'alone'
    return this.#unstored.has(key) ? 'reload' : 'shared'
  }

  #begin(key: CacheKey): Load {
    const flight = this.#flights.begin({
      membership: memberOf(key),
      birth: this.local.position,
      isRefresh: false,
      previous: undefined,
      outer: undefined,
      leaseToken: undefined,
    })
    const load: Load = {
      key,
      flight,
      shared: new SharedLoad(),
      startedAtMs: this.#node.nowMs(),
      token: this.#world.random.token(),
      waiters: [],
      endFactory: () => undefined,
      found: undefined,
      computed: 0,
    }
    this.#loads.set(flight, load)
    this.#world.time.after(HARD_TIMEOUT_MS, () => {
      this.#node.post(() => {
        if (!this.#loads.has(flight)) return
        this.#perform(load, load.shared.abandon())
        this.#settle(load, undefined)
      })
    })
    return load
  }

  #perform(load: Load, effects: readonly SharedLoadEffect[]): void {
    for (const effect of effects) this.#performOne(load, effect)
  }

  #performOne(load: Load, effect: SharedLoadEffect): void {
    const { key, token, shared, flight } = load
    const { send } = this.#node
    const onLost = (): void => this.#perform(load, shared.onFault())
    switch (effect.type) {
      case 'get':
        this.#get(load, onLost)
        break
      case 'lease':
        send(
          { type: 'load', key, token, leaseMs: LEASE_MS, rejected: effect.rejected },
          (reply) => this.#onLoadReply(load, reply),
          onLost,
        )
        break
      case 'catch-up':
        this.#node.catchUp()
        this.#world.time.after(5, () => this.#node.post(() => this.#judge(load)))
        break
      case 'compute':
        this.#compute(load)
        break
      case 'renew':
      case 'release': {
        const leaseMs = effect.type === 'renew' ? LEASE_MS : 0
        const nothing = (): void => undefined
        send({ type: 'renew', key, token, leaseMs }, nothing, nothing)
        break
      }
      case 'store':
        send(
          { type: 'store', key, token, value: { version: load.computed, birth: flight.birth } },
          (reply) =>
            this.#perform(
              load,
              shared.onStored(reply.type === 'done' && reply.isDone ? 'stored' : 'refused'),
            ),
          () => this.#perform(load, shared.onStored('unknown')),
        )
        break
      case 'restart':
        this.#loads.delete(flight)
        flight.settle({ kind: 'abandoned' })
        for (const waiter of load.waiters) this.#enter(key, waiter)
        break
      case 'end':
        this.#end(load, effect)
        break
    }
  }

  #get(load: Load, onLost: () => void): void {
    const { random, replicaShare, values, time } = this.#world
    const command = { type: 'get', key: load.key } as const
    if (!random.chance(replicaShare)) {
      this.#node.send(command, (reply) => this.#onFound(load, reply, 'primary'), onLost)
      return
    }
    time.after(random.between(0.1, 2), () => {
      const reply = values.executeOnReplica(command)
      time.after(random.between(0.1, 2), () => {
        this.#node.post(() => this.#onFound(load, reply, 'replica'))
      })
    })
  }

  #onLoadReply(load: Load, reply: RedisReply): void {
    const nowMs = this.#node.nowMs()
    if (reply.type === 'leased') this.#perform(load, load.shared.onLeased(nowMs))
    else if (reply.type === 'held') this.#perform(load, load.shared.onHeld(nowMs))
    else this.#onFound(load, reply, 'primary')
  }

  #onFound(load: Load, reply: RedisReply, node: 'primary' | 'replica'): void {
    if (reply.type !== 'value') return
    const { value, position } = reply
    load.found = value && { value, origin: { node, logPosition: position } }
    this.#judge(load)
  }

  #judge(load: Load): void {
    const nowMs = this.#node.nowMs()
    const { found } = load
    if (found === undefined) {
      this.#perform(load, load.shared.onFound(undefined, nowMs))
      return
    }
    const verdict = this.#world.safeguards.judge(
      {
        horizon: this.#follower.horizon,
        isCoherent: this.local.canJudge,
        marks: this.local.marks,
        isAwaitingMark: () => this.local.isAwaitingMark(load.key),
      },
      { ...memberOf(load.key), birth: found.value.birth },
      found.origin,
    )
    // Versions tell values apart, as instants do outside of the simulation.
    const { birth, version } = found.value
    this.#perform(load, load.shared.onFound({ verdict, birth, createdAtMs: version }, nowMs))
  }

  #compute(load: Load): void {
    const { key, token } = load
    load.endFactory = runFactory(this.#world, { node: this.#node.name, key, token }, (version) => {
      this.#node.post(() => {
        if (!this.#loads.has(load.flight)) return
        load.computed = version
        load.endFactory()
        const isOutdated = this.#isOutdated(load, load.flight.birth)
        this.#perform(load, load.shared.onComputed(isOutdated))
      })
    })
  }

  #isOutdated({ key, flight }: Load, birth: LogPosition): boolean {
    if (!this.#world.safeguards.fencedStaysOut) return false
    return flight.isFenced || !this.local.isValid(key, birth)
  }

  #end(load: Load, { from, isStored }: SharedLoadEffect & { readonly type: 'end' }): void {
    const { key, flight, found, startedAtMs } = load
    const isRemote = from === 'remote' && found !== undefined
    const value = isRemote ? found.value : { version: load.computed, birth: flight.birth }
    const isOutdated = this.#isOutdated(load, value.birth)
    if (!isOutdated) {
      const { follower, keepsAloneForLease } = this.#world.safeguards
      const leaseMs = keepsAloneForLease ? follower.coherenceLeaseMs : 1e9
      const keptUntilMs = isRemote ? Number.NEGATIVE_INFINITY : startedAtMs + leaseMs
      this.local.keep(key, { ...value, keptUntilMs })
    }
    const isServed = this.#settle(load, value.version)
    if (isRemote) return
    if (isStored && !isOutdated) this.#unstored.forget(key, startedAtMs)
    else if (isServed) this.#unstored.note(key, this.#node.nowMs())
  }

  /**
   * Answers those who wait, and says whether anybody got this version. If a mark has reached the flight
   * and something newer is there or on its way, they get that instead: next to it this version, computed
   * later than it may seem, could be the newer one.
   */
  #settle(load: Load, version: number | undefined): boolean {
    const { key, flight, waiters } = load
    this.#loads.delete(flight)
    load.endFactory()
    flight.settle({ kind: 'abandoned' })
    const handsOn = version !== undefined && flight.isFenced && this.#world.safeguards.handsOn
    const held = handsOn ? this.local.get(key) : undefined
    const next = handsOn ? this.#joinable(key) : undefined
    let isServed = false
    for (const { answer, hops } of waiters) {
      if (next !== undefined && hops > 0) next.waiters.push({ answer, hops: hops - 1 })
      else if (held !== undefined) answer(held.version)
      else {
        isServed = true
        answer(version)
      }
    }
    // Those who come later mustn't join what may have been computed before this.
    if (isServed && next !== undefined) {
      this.#fence({ kind: 'key', key }, 0)
      this.#world.history.mayLoadAgain(key)
    }
    return isServed
  }
}

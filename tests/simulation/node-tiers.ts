/** The loads of a simulated node: joins, L2, the lease, the factory, and what of it is kept. */

import type { LogFollower } from '../../src/application/services/coherence/log-follower.ts'
import type { Outbox } from '../../src/application/services/coherence/outbox.ts'
import {
  SharedLoad,
  type SharedLoadEffect,
} from '../../src/application/services/coherence/shared-load.ts'
import type { UnstoredKeys } from '../../src/application/services/coherence/unstored-keys.ts'
import type { Flight, SingleFlight } from '../../src/application/services/single-flight.ts'
import type {
  InvalidationMark,
  InvalidationScope,
} from '../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import type { SetValue } from './append-in-cluster.ts'
import type { ReadAnswer } from './history.ts'
import { LocalTier } from './local-tier.ts'
import type { Answer, FoundValue, Load, TierSurroundings, Waiter } from './node-load.ts'
import { NodeLookups } from './node-lookups.ts'
import type { RedisReply, SimulatedValue } from './redis-command.ts'
import { RemoteValues } from './remote-values.ts'
import { runFactory } from './run-factory.ts'
import { memberOf, type World } from './world.ts'

const LEASE_MS = 2000
const HARD_TIMEOUT_MS = 3000
const MAX_HOPS = 3

export class NodeTiers {
  readonly #world: World
  readonly #node: TierSurroundings
  readonly #outbox: Outbox
  readonly #unstored: UnstoredKeys
  readonly #flights: SingleFlight
  readonly #loads = new Map<Flight, Load>()
  readonly #remote: RemoteValues
  readonly local: LocalTier
  readonly lookups: NodeLookups

  constructor(
    world: World,
    parts: { readonly follower: LogFollower; readonly outbox: Outbox },
    node: TierSurroundings,
  ) {
    this.#world = world
    this.#node = node
    this.#outbox = parts.outbox
    this.#unstored = world.safeguards.newUnstored(() => node.onOverflow())
    this.#flights = world.safeguards.newFlights()
    const { nowMs, matcherOf } = node
    this.local = new LocalTier({ ...parts, safeguards: world.safeguards, nowMs, matcherOf })
    this.#remote = new RemoteValues(world, { node, follower: parts.follower, local: this.local })
    this.lookups = new NodeLookups(world, {
      node,
      remote: this.#remote,
      local: this.local,
      mayAsk: (key) => this.#wayOf(key) === 'shared',
    })
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

  read(key: CacheKey, answer: Answer): void {
    const held = this.local.get(key)
    if (held === undefined) this.#enter(key, { answer, hops: MAX_HOPS })
    else answer(held)
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

  fence(mark: InvalidationMark): void {
    this.#fence(mark.scope, this.local.position.seq + 1)
    this.local.drop(mark)
  }

  forget(): void {
    this.local.clear()
    this.#fence({ kind: 'namespace' }, 0)
  }

  /** Begins at a place in the log: what was begun without one is older than marks that stand before it. */
  start(scopes: readonly PositionedMark[]): void {
    if (this.#world.safeguards.startFences) this.#fence({ kind: 'namespace' }, 0)
    this.local.start(scopes)
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
    this.local.keep(key, {
      ...value,
      keptUntilMs: Number.NEGATIVE_INFINITY,
      isOfReplica: false,
    })
  }

  #fence(scope: InvalidationScope, seq: number): void {
    this.#flights.fence(scope, this.#node.matcherOf(scope), seq)
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
        this.#remote.fetch(key, (found) => this.#onFound(load, found), onLost)
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

  #onLoadReply(load: Load, reply: RedisReply): void {
    const nowMs = this.#node.nowMs()
    if (reply.type === 'leased') this.#perform(load, load.shared.onLeased(nowMs))
    else if (reply.type === 'held') this.#perform(load, load.shared.onHeld(nowMs))
    else if (reply.type === 'value') {
      const { value, position } = reply
      const origin = { node: 'primary', logPosition: position } as const
      this.#onFound(load, value && { value, origin })
    }
  }

  #onFound(load: Load, found: FoundValue | undefined): void {
    load.found = found
    this.#judge(load)
  }

  #judge(load: Load): void {
    const nowMs = this.#node.nowMs()
    const { found } = load
    if (found === undefined) {
      this.#perform(load, load.shared.onFound(undefined, nowMs))
      return
    }
    const verdict = this.#remote.verdictOn(load.key, found)
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
    const isOfReplica = isRemote && found.origin.node === 'replica'
    const keptUntilMs = isRemote ? Number.NEGATIVE_INFINITY : this.#keptAloneUntilMs(startedAtMs)
    if (!isOutdated) this.local.keep(key, { ...value, keptUntilMs, isOfReplica })
    const isServed = this.#settle(load, { version: value.version, isOfReplica })
    if (isRemote) return
    if (isStored && !isOutdated) this.#unstored.forget(key, startedAtMs)
    else if (isServed) this.#noteServed(key, isOutdated)
  }

  #keptAloneUntilMs(startedAtMs: number): number {
    const { follower, keepsAloneForLease } = this.#world.safeguards
    return startedAtMs + (keepsAloneForLease ? follower.coherenceLeaseMs : 1e9)
  }

  /** A value was answered that L2 hasn't got: what lies about may be older. */
  #noteServed(key: CacheKey, isOutdated: boolean): void {
    this.#unstored.note(key, this.#node.nowMs())
    if (isOutdated && this.#world.safeguards.dropsOlder) this.local.evict(key)
  }

  /**
   * Answers those who wait, and says whether anybody got this version. If a mark has reached the flight
   * and something newer is there or on its way, they get that instead: next to it this version, computed
   * later than it may seem, could be the newer one.
   */
  #settle(load: Load, made: ReadAnswer | undefined): boolean {
    const { key, flight, waiters } = load
    this.#loads.delete(flight)
    load.endFactory()
    flight.settle({ kind: 'abandoned' })
    const handsOn = made !== undefined && flight.isFenced && this.#world.safeguards.handsOn
    const held = handsOn ? this.local.get(key) : undefined
    const next = handsOn ? this.#joinable(key) : undefined
    const patient = next === undefined ? [] : waiters.filter(({ hops }) => hops > 0)
    const rest = waiters.filter((one) => !patient.includes(one))
    for (const { answer, hops } of patient) next?.waiters.push({ answer, hops: hops - 1 })
    for (const { answer } of rest) answer(held ?? made)
    const isServed = rest.length > 0 && held === undefined
    // Those who come later mustn't join what may have been computed before this.
    if (isServed && next !== undefined) {
      this.#fence({ kind: 'key', key }, 0)
      this.#world.history.mayLoadAgain(key)
    }
    return isServed
  }
}

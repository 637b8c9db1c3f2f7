/**
 * Both tiers of a namespace whose entries several nodes share: L1 in this process (`NearStore`), L2 on the
 * servers, and what this node knows of the log.
 */
import { type CacheEntry, freshnessAt } from '../../../core/entities/cache-entry.ts'
import type { InvalidationScope } from '../../../core/entities/invalidation-mark.ts'
import type { CacheTier } from '../../../core/events/cache-hit.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { KeyMatcher } from '../../../core/protocols/regex-engine.ts'
import type { Scheduler } from '../../../core/protocols/scheduler.ts'
import type { PendingMark } from '../../../core/protocols/shared-log.ts'
import type {
  AssertedEntry,
  AssertedOutcome,
  SharedFinding,
  SharedOrigin,
  SharedStore,
} from '../../../core/protocols/shared-store.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { MarkTable } from '../mark-table.ts'
import type { Flight, SingleFlight } from '../single-flight.ts'
import type { CoherenceNode } from './coherence-node.ts'
import { judgeRemoteEntry, type RemoteVerdict } from './judge-remote-entry.ts'
import type { NearStore } from './near-store.ts'
import { PatientStore } from './patient-store.ts'
import type { ForgottenMarks } from './recent-marks.ts'
import { SharedRun, type SharedRunPorts, type SharedStart } from './shared-run.ts'
import { TurnBatch } from './turn-batch.ts'
import { UnstoredKeys } from './unstored-keys.ts'

/** Most keys that are asked for, or stored, together. */
const MAX_TOGETHER = 500

export interface SharedTiersPorts {
  readonly namespace: string
  readonly node: CoherenceNode
  readonly near: NearStore
  readonly store: SharedStore
  readonly marks: MarkTable
  readonly flights: SingleFlight
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly token: () => string
  /** The compiled form of a pattern; `undefined`: it counts as reaching everything. */
  readonly matcherOf: (scope: InvalidationScope) => KeyMatcher | undefined
  /** So many keys have values that L2 didn't take that all must be marked. */
  readonly markAll: () => Promise<unknown>
  /** L2 may hold an older value of this key than was answered here; true once its mark is in the log. */
  readonly markKey: (key: CacheKey) => Promise<boolean>
}

/** What became of a value that was set. */
export interface SetOutcome {
  /** `undefined`: the log didn't take its mark in time. */
  readonly position: LogPosition | undefined
  readonly isStored: boolean
}

/** An entry, and where it was found. */
export interface LocatedEntry {
  readonly entry: CacheEntry
  readonly tier: CacheTier
}

export class SharedTiers {
  readonly near: NearStore
  readonly store: SharedStore
  readonly #ports: SharedTiersPorts
  readonly #unstored: UnstoredKeys
  /** The same store for those who wait for an answer. */
  readonly #patient: PatientStore
  readonly #disowning = new Set<CacheKey>()
  readonly #reads: TurnBatch<CacheKey, SharedFinding>
  readonly #sets: TurnBatch<AssertedEntry, AssertedOutcome>

  constructor(ports: SharedTiersPorts) {
    this.#ports = ports
    this.near = ports.near
    this.store = ports.store
    this.#patient = new PatientStore(ports.store, ports.scheduler)
    this.#reads = new TurnBatch(MAX_TOGETHER, (keys) => this.#patient.getMany(keys))
    this.#sets = new TurnBatch(MAX_TOGETHER, (entries) => this.store.assertMany(entries))
    this.#unstored = new UnstoredKeys(() => {
      // What can't be marked any more is the end of this node.
      ports.markAll().then(
        () => this.#unstored.onMarked(),
        () => undefined,
      )
    })
    ports.node.register(ports.namespace, {
      forget: () => {
        this.near.clear()
        ports.flights.fence({ kind: 'namespace' }, undefined, 0)
      },
      start: (marks, floor) => this.#start(marks, floor),
      expire: (forgotten) => this.#expire(forgotten),
    })
  }

  /**
   * What may be served of a key, fresh or stale: from here, or from L2, and then it is kept here. What is
   * stale here another node may have refreshed. Never rejects.
   */
  async find(key: CacheKey): Promise<LocatedEntry | undefined> {
    const near = this.near.get(key)
    if (this.#isFresh(near)) return near && { entry: near, tier: 'memory' }
    const entry = await this.#findShared(key)
    if (entry !== undefined) return { entry, tier: 'repository' }
    const held = near && this.near.get(key)
    return held && { entry: held, tier: 'memory' }
  }

  /** As `find` for each of them; what isn't fresh here is asked of L2 in one. */
  async findMany(keys: readonly CacheKey[]): Promise<readonly (LocatedEntry | undefined)[]> {
    const near = keys.map((key) => this.near.get(key))
    const asked = keys.filter((key, at) => !this.#isFresh(near[at]) && this.#isToAsk(key))
    const findings = asked.length === 0 ? [] : await this.#patient.getMany(asked)
    let kept = findings.map((finding) => this.#kept(finding))
    if (kept.includes('ahead')) {
      await this.#patient.catchUp(this.#ports.node.catchUp())
      kept = kept.map((one, at) => (one === 'ahead' ? this.#kept(findings[at]) : one))
    }
    const found = new Map(asked.map((key, at) => [key, kept[at]]))
    return keys.map((key, at): LocatedEntry | undefined => {
      const entry = found.get(key)
      if (entry !== undefined && entry !== 'ahead') return { entry, tier: 'repository' }
      // Since then a mark may have reached it.
      const held = near[at] && this.near.get(key)
      return held && { entry: held, tier: 'memory' }
    })
  }

  /** Makes a mark take effect that stands in the table already. */
  apply(positioned: PositionedMark): void {
    this.near.apply(positioned)
  }

  /** True if a caller may join the flight: it isn't older than a mark that this node can't have heard of. Else it is fenced. */
  mayJoin(flight: Flight): boolean {
    const { node, clock, flights } = this.#ports
    const startedAtMs = flight.run?.startedAtMs
    const isYoung =
      startedAtMs === undefined || clock.monotonicMs() < startedAtMs + node.coherenceLeaseMs
    if (node.isCoherent || isYoung) return true
    flights.fence({ kind: 'key', key: flight.membership.key }, undefined, 0)
    return false
  }

  /** Lets a flight run as one load among all nodes. */
  run(
    flight: Flight,
    isWanted: SharedRunPorts['isWanted'],
    more: Pick<SharedRunPorts, 'fitting' | 'onHeld'> = {},
  ): SharedRun {
    const { clock, scheduler, node, token } = this.#ports
    const store = this.#patient.ofOneLoad()
    const run = new SharedRun(
      {
        store,
        clock,
        scheduler,
        isWanted,
        ...more,
        judge: (entry, origin) => this.#judge(entry, origin),
        mayStore: () => node.isCoherent,
        catchUp: () => store.catchUp(node.catchUp()),
      },
      flight.membership.key,
      token(),
    )
    flight.run = run
    flight.onFenced = () => run.onFenced()
    void flight.ended.finally(() => run.end())
    return run
  }

  /** How a load of the key has to begin now. */
  startOf(key: CacheKey): SharedStart {
    const { node, namespace } = this.#ports
    const isAwaiting = node.isAwaitingMark(namespace, { key, tags: [], dependsOn: [] })
    if (!node.isConnected || !node.canJudge || isAwaiting) return 'alone'
    return this.#unstored.has(key) ? 'reload' : 'shared'
  }

  /** Keeps what L2 was found to hold. */
  keepFound(entry: CacheEntry): void {
    if (this.#ports.node.isCoherent) this.near.set(entry)
  }

  /** Keeps what a factory of this node made; `isCurrent`: no mark has reached it. */
  keepMade(
    flight: Flight,
    entry: CacheEntry,
    became: { isStored: boolean; isCurrent: boolean },
  ): void {
    const { node, clock } = this.#ports
    const startedAtMs = flight.run?.startedAtMs ?? clock.monotonicMs()
    if (became.isCurrent) {
      if (node.isCoherent) this.near.set(entry)
      else this.near.keepAlone(entry, startedAtMs + node.coherenceLeaseMs)
    }
    if (became.isStored && became.isCurrent) this.#unstored.forget(entry.key, startedAtMs)
    else this.#unstored.note(entry.key, clock.monotonicMs())
  }

  /** A value was answered that a mark had reached while it was made: what lies about, or is on its way, may be older. */
  onOutdatedAnswered(key: CacheKey): void {
    this.#unstored.note(key, this.#ports.clock.monotonicMs())
    this.near.drop(key)
    this.#ports.flights.fence({ kind: 'key', key }, undefined, 0)
  }

  /** Stores a value that is the newest, with its mark, in L2 and here. */
  async set(entry: CacheEntry, mark: PendingMark['mark']): Promise<SetOutcome> {
    const { node, clock, marks } = this.#ports
    const since = node.head()
    const calledAtMs = clock.monotonicMs()
    let asserted: Promise<AssertedOutcome | undefined> | undefined
    const position = await node.appendWith(mark, async (pending) => {
      asserted = this.#assert({ entry, pending, since })
      const outcome = await asserted
      if (outcome?.kind !== 'marked') throw outcome?.error ?? new Error('no outcome')
      return outcome.position
    })
    if (position === undefined) return { position, isStored: false }
    // The log may be heard before the store has answered.
    const outcome = await asserted
    if (outcome?.kind !== 'marked' || !outcome.isStored) return { position, isStored: false }
    const born = { ...entry, birth: outcome.position }
    this.#unstored.forget(entry.key, calledAtMs)
    // What was served since it was called may be newer.
    if (!this.#unstored.has(entry.key) && marks.check(born).kind === 'valid') this.keepFound(born)
    return { position, isStored: true }
  }

  /** With all others of this turn; what sets a key again leaves after it. */
  async #assert(asserted: AssertedEntry): Promise<AssertedOutcome | undefined> {
    const { results, at } = this.#sets.add(asserted, asserted.entry.key)
    return (await results)[at]
  }

  #isFresh(entry: CacheEntry | undefined): boolean {
    return entry !== undefined && freshnessAt(entry, this.#ports.clock.nowMs()) === 'fresh'
  }

  async #findShared(key: CacheKey): Promise<CacheEntry | undefined> {
    if (!this.#isToAsk(key)) return undefined
    const { results, at } = this.#reads.add(key)
    const finding = (await results)[at]
    let kept = this.#kept(finding)
    if (kept === 'ahead') {
      await this.#patient.catchUp(this.#ports.node.catchUp())
      kept = this.#kept(finding)
    }
    return kept === 'ahead' ? undefined : kept
  }

  /** True if L2 may be asked for the key. */
  #isToAsk(key: CacheKey): boolean {
    const start = this.startOf(key)
    if (start === 'reload') this.#disown(key)
    return start === 'shared'
  }

  /** What was found, if it may be served: then it is kept here. `ahead`: the log has to be read first. */
  #kept(finding: SharedFinding | undefined): CacheEntry | 'ahead' | undefined {
    if (finding?.kind !== 'found') return undefined
    const verdict = this.#judge(finding.entry, finding.origin)
    if (verdict === 'ahead') return verdict
    if (verdict !== 'valid' && verdict !== 'soft') return undefined
    const entry = verdict === 'soft' ? { ...finding.entry, isSoftInvalidated: true } : finding.entry
    if (freshnessAt(entry, this.#ports.clock.nowMs()) === 'dead') return undefined
    // What has come here meanwhile may have been refreshed since this was read.
    const held = this.near.get(entry.key)
    if (held !== undefined && this.#isFresh(held)) return held
    this.keepFound(entry)
    return entry
  }

  /** Ends that L2 may hold what is older than this node has answered: nobody here may come to load the key. */
  #disown(key: CacheKey): void {
    if (this.#disowning.has(key)) return
    this.#disowning.add(key)
    const startedAtMs = this.#ports.clock.monotonicMs()
    const disowned = (isMarked: boolean): void => {
      this.#disowning.delete(key)
      if (isMarked) this.#unstored.forget(key, startedAtMs)
    }
    this.#ports.markKey(key).then(disowned, () => disowned(false))
  }

  #judge(entry: CacheEntry, origin: SharedOrigin): RemoteVerdict {
    const { node, marks, namespace } = this.#ports
    if (entry.namespace !== namespace) return 'invalid'
    return judgeRemoteEntry(
      {
        horizon: node.horizon,
        isCoherent: node.canJudge,
        marks,
        isAwaitingMark: (one) => node.isAwaitingMark(namespace, one),
      },
      entry,
      origin,
    )
  }

  #start(reaching: readonly PositionedMark[], floor: LogPosition): void {
    const { marks, matcherOf, flights } = this.#ports
    // What was begun without a place in the log is older than marks that stand before this one.
    flights.fence({ kind: 'namespace' }, undefined, 0)
    marks.clear()
    if (floor.seq > 0) marks.raiseFloor(floor)
    for (const positioned of reaching) {
      marks.apply(positioned, matcherOf(positioned.mark.scope))
    }
    // It is empty, since this node had no place in the log: so it needn't be looked through for these marks.
    this.near.memory.clear()
  }

  #expire({ expired }: ForgottenMarks): void {
    for (const { mark, position } of expired) {
      const { scope } = mark
      if (scope.kind === 'key') this.#ports.marks.forgetKey(scope.key, position.seq, true)
    }
    // By their places older ones are older by the clock as well.
    const newest = expired.at(-1)
    if (newest !== undefined) this.#ports.marks.forgetKeys(newest.position.seq)
  }
}

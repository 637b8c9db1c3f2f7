/** Worlds in which one safeguard is missing. Each has to be found out. */

import { judgeRemoteEntry } from '../../src/application/services/coherence/judge-remote-entry.ts'
import {
  type FollowerEffect,
  LogFollower,
} from '../../src/application/services/coherence/log-follower.ts'
import { Outbox } from '../../src/application/services/coherence/outbox.ts'
import { RecentMarks } from '../../src/application/services/coherence/recent-marks.ts'
import { UnstoredKeys } from '../../src/application/services/coherence/unstored-keys.ts'
import { SingleFlight } from '../../src/application/services/single-flight.ts'
import type { InvalidationMark } from '../../src/core/entities/invalidation-mark.ts'
import type { LogAnswer, LogHorizon, LogRead } from '../../src/core/protocols/shared-log.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { ScriptGuards } from './redis-command.ts'
import type { ScheduleFocus } from './run-schedule.ts'
import { ALL_SAFEGUARDS, CLUSTER_SAFEGUARDS, type Safeguards } from './safeguards.ts'

/**
 * A safeguard that is missing, and the schedules in which that shows. Where they are few, a focus brings the
 * faults that it is about, and `fromSeed` begins near the first. Whatever changes the order of chance moves that.
 */
export interface Ablation {
  readonly missing: string
  readonly fromSeed: number
  readonly within: number
  readonly safeguards: Safeguards
  readonly focus: ScheduleFocus
}

/** What becomes of an answer on its way to the follower. */
type Bending = (answer: LogAnswer, horizon: LogHorizon | undefined) => LogAnswer

class BentFollower extends LogFollower {
  readonly #bend: Bending
  readonly #reads = new Map<number, LogRead>()

  constructor(settings: Safeguards['follower'], bend: Bending) {
    super(settings)
    this.#bend = bend
  }

  override onConnected(server: string, nowMs: number): readonly FollowerEffect[] {
    return this.#noted(super.onConnected(server, nowMs))
  }

  override onDoorbell(...told: Parameters<LogFollower['onDoorbell']>): readonly FollowerEffect[] {
    return this.#noted(super.onDoorbell(...told))
  }

  override onTick(nowMs: number): readonly FollowerEffect[] {
    return this.#noted(super.onTick(nowMs))
  }

  override onFounded(ticket: number, nowMs: number): readonly FollowerEffect[] {
    return this.#noted(super.onFounded(ticket, nowMs))
  }

  override onAppended(...told: Parameters<LogFollower['onAppended']>): readonly FollowerEffect[] {
    return this.#noted(super.onAppended(...told))
  }

  override onAnswer(ticket: number, answer: LogAnswer, nowMs: number): readonly FollowerEffect[] {
    const bent = this.#bend(answer, this.#reads.get(ticket)?.horizon)
    return this.#noted(super.onAnswer(ticket, bent, nowMs))
  }

  #noted(effects: readonly FollowerEffect[]): readonly FollowerEffect[] {
    for (const effect of effects) {
      if (effect.type === 'read') this.#reads.set(effect.ticket, effect.read)
    }
    return effects
  }
}

/** A follower that says one kind of effect differently, or not at all. */
class MuteFollower extends LogFollower {
  readonly #change: (effect: FollowerEffect) => FollowerEffect | undefined

  constructor(
    settings: Safeguards['follower'],
    change: (effect: FollowerEffect) => FollowerEffect | undefined,
  ) {
    super(settings)
    this.#change = change
  }

  override onConnected(server: string, nowMs: number): readonly FollowerEffect[] {
    return this.#changed(super.onConnected(server, nowMs))
  }

  override onAnswer(ticket: number, answer: LogAnswer, nowMs: number): readonly FollowerEffect[] {
    return this.#changed(super.onAnswer(ticket, answer, nowMs))
  }

  override onAppended(...told: Parameters<LogFollower['onAppended']>): readonly FollowerEffect[] {
    return this.#changed(super.onAppended(...told))
  }

  #changed(effects: readonly FollowerEffect[]): readonly FollowerEffect[] {
    return effects.flatMap((effect) => this.#change(effect) ?? [])
  }
}

class ForgetfulOutbox extends Outbox {
  override add(): void {
    // Loses what it is given.
  }
}

class UnheededOutbox extends Outbox {
  override covers(): boolean {
    return false
  }
}

class UnfencedFlights extends SingleFlight {
  override fence(): void {
    // Lets them go on.
  }
}

class ForgetfulKeys extends UnstoredKeys {
  override has(): boolean {
    return false
  }
}

const DUMMY_MARK: InvalidationMark = {
  namespace: 'elsewhere',
  scope: { kind: 'key', key: 'elsewhere' as CacheKey },
  soft: false,
  act: 'invalidate',
  origin: '',
  reason: undefined,
  atMs: 0,
}

/** Takes whatever record stands at the horizon for the one that was there, and a shorter log for the same. */
const ignoreRollback: Bending = (answer, horizon) => {
  if (horizon === undefined || answer.generation !== horizon.position.generation) return answer
  const { seq } = horizon.position
  const same = { id: horizon.id, seq, mark: DUMMY_MARK, isAwaited: false }
  if (answer.tail.seq < seq) return { ...answer, tail: same, records: [same] }
  return { ...answer, records: answer.records.map((one) => (one.seq === seq ? same : one)) }
}

/** Takes the first record that is left for the next one, as a plain XREAD does. */
const ignoreGap: Bending = (answer, horizon) => {
  const [first] = answer.records
  if (horizon === undefined || answer.generation !== horizon.position.generation) return answer
  if (first === undefined || first.seq <= horizon.position.seq + 1) return answer
  const missing = Array.from({ length: first.seq - horizon.position.seq }, (_, at) => ({
    id: at === 0 ? horizon.id : 'missing',
    seq: horizon.position.seq + at,
    mark: DUMMY_MARK,
    isAwaited: false,
  }))
  return { ...answer, records: [...missing, ...answer.records] }
}

type Place = Partial<Pick<Ablation, 'fromSeed' | 'within' | 'focus'>>

function without(missing: string, change: Partial<Safeguards>, place: Place = {}): Ablation {
  const { fromSeed = 0, within = 1000, focus = {} } = place
  const all = focus.isClustered ? CLUSTER_SAFEGUARDS : ALL_SAFEGUARDS
  return { missing, fromSeed, within, focus, safeguards: { ...all, ...change } }
}

function bent(bend: Bending): Pick<Safeguards, 'newFollower'> {
  return { newFollower: (settings) => new BentFollower(settings, bend) }
}

function mute(
  change: (effect: FollowerEffect) => FollowerEffect | undefined,
): Pick<Safeguards, 'newFollower'> {
  return { newFollower: (settings) => new MuteFollower(settings, change) }
}

function scripts(guards: Partial<ScriptGuards>): Pick<Safeguards, 'scripts'> {
  return { scripts: { ...ALL_SAFEGUARDS.scripts, ...guards } }
}

/** What the time of distrust would hide. */
const TRUSTING = { follower: { ...ALL_SAFEGUARDS.follower, distrustMs: 0 } }

/** Worlds in which what is stored often comes late. */
const LATE_STORES: Place = {
  focus: { faults: ['cut', 'flap', 'slow'], habits: { maxMs: 400, hangShare: 0 } },
}

/**
 * Not here, since another safeguard stands behind each, but in the unit tests: a generation has to descend
 * from ours; a node checks in only with what it has found in the log; an incoherent node uses nothing of L2
 * (what it has asked for comes after the log's answer on the same connection); the time of distrust.
 */
export const ABLATIONS: readonly Ablation[] = [
  without('L1 asks whether the node is coherent', { l1NeedsCoherence: false }),
  without('the lease ends', {
    follower: { ...ALL_SAFEGUARDS.follower, coherenceLeaseMs: 60_000 },
  }),
  without('the record at the horizon is compared', bent(ignoreRollback)),
  without(
    'a gap is seen',
    { ...bent(ignoreGap), ...TRUSTING },
    { focus: { faults: ['cut', 'pause', 'cut all'] } },
  ),
  without(
    'only a read up to the end makes coherent',
    {
      ...TRUSTING,
      ...bent((answer) => {
        const last = answer.records.at(-1)
        return last === undefined ? answer : { ...answer, tail: { seq: last.seq, id: last.id } }
      }),
    },
    { focus: { faults: ['pause'] }, fromSeed: 1300 },
  ),
  without(
    'who starts learns the scope marks',
    mute((effect) => (effect.type === 'start' ? { ...effect, scopes: [] } : effect)),
  ),
  without(
    'what was held is forgotten when the log is another',
    mute((effect) => (effect.type === 'forget' ? undefined : effect)),
    { focus: { faults: ['flush all', 'empty restart', 'cut'] } },
  ),
  without('an own mark takes effect when the log has it', {
    newFollower: (settings) => {
      const follower = new LogFollower(settings)
      const onAppended = follower.onAppended.bind(follower)
      follower.onAppended = (...told) => onAppended(...told).filter(({ type }) => type !== 'apply')
      return follower
    },
  }),
  without('an invalidation takes effect here at once', { fencesAtOnce: false }),
  // Nodes that don't check in would show it as well, so that is off, too.
  without(
    'a server that came from a disk isn’t trusted',
    scripts({ serversAreKnown: false, absentNodesCount: false }),
    { focus: { faults: ['redeploy', 'snapshot'] } },
  ),
  without('after a failover all nodes check in', scripts({ absentNodesCount: false }), {
    focus: { faults: ['machine lost'], lagMs: 600 },
    fromSeed: 1100,
  }),
  without('a load stores under its lease only', scripts({ storeNeedsLease: false }), LATE_STORES),
  without('a mark takes the lease away', scripts({ markDropsLease: false }), LATE_STORES),
  without(
    'a set yields to marks that came since it was called',
    scripts({ setYieldsToMarks: false }),
  ),
  without('what the log didn’t take is said again', {
    newOutbox: () => new ForgetfulOutbox(() => undefined),
  }),
  without('nothing is served that waits to be marked', {
    newOutbox: () => new UnheededOutbox(() => undefined, 3),
  }),
  without('a mark fences the loads that it reaches', { newFlights: () => new UnfencedFlights() }),
  without('what a mark has reached while it was loaded isn’t kept', { fencedStaysOut: false }),
  without(
    'what was born ahead of the node is judged later',
    {
      judge: (ports, entry, origin) => {
        const verdict = judgeRemoteEntry(ports, entry, origin)
        return verdict === 'ahead' ? ports.marks.check(entry).kind : verdict
      },
    },
    {
      focus: { faults: ['doorbells lost', 'evict'], lagMs: 100, replicaShare: 0.5 },
      fromSeed: 2700,
    },
  ),
  without('a replica has to have come as far as the node', {
    judge: (ports, entry, origin) => judgeRemoteEntry(ports, entry, { ...origin, node: 'primary' }),
  }),
  without('a node doesn’t go back behind what it has served', {
    newUnstored: (onOverflow) => new ForgetfulKeys(onOverflow),
  }),
  without(
    'an incoherent node joins young loads only',
    { joinsYoungFlightsOnly: false },
    { focus: { faults: ['cut', 'black hole', 'half-open'] } },
  ),
  without('what a node computed by itself is kept for a lease', { keepsAloneForLease: false }),
  without('those who wait for a fenced load get what is newer', { handsOn: false }),
  without(
    'in a cluster, recent marks decide on values',
    { newRecent: () => new RecentMarks(1) },
    { focus: { isClustered: true, faults: ['values failover'], lagMs: 600 } },
  ),
  // As if the recent marks were older than a minute.
  without(
    'in a cluster, marks are said again when a server of values was replaced',
    { newRecent: () => new RecentMarks(1500), saysAgain: false },
    { focus: { isClustered: true, faults: ['values failover'], lagMs: 600 } },
  ),
]

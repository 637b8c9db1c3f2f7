/** Worlds in which one safeguard is missing. Each has to be found out. */

import { judgeRemoteEntry } from '../../src/application/services/coherence/judge-remote-entry.ts'
import { LogFollower } from '../../src/application/services/coherence/log-follower.ts'
import { RecentMarks } from '../../src/application/services/coherence/recent-marks.ts'
import {
  bent,
  ForgetfulKeys,
  ForgetfulOutbox,
  ignoreGap,
  ignoreRollback,
  mute,
  UnfencedFlights,
  UnheededOutbox,
} from './broken-parts.ts'
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

type Place = Partial<Pick<Ablation, 'fromSeed' | 'within' | 'focus'>>

function without(missing: string, change: Partial<Safeguards>, place: Place = {}): Ablation {
  const { fromSeed = 0, within = 1000 } = place
  const focus = { isRich: false, ...place.focus }
  const all = focus.isClustered ? CLUSTER_SAFEGUARDS : ALL_SAFEGUARDS
  return { missing, fromSeed, within, focus, safeguards: { ...all, ...change } }
}

function scripts(guards: Partial<ScriptGuards>): Pick<Safeguards, 'scripts'> {
  return { scripts: { ...ALL_SAFEGUARDS.scripts, ...guards } }
}

/** What the time of distrust would hide. */
const TRUSTING = { follower: { ...ALL_SAFEGUARDS.follower, distrustMs: 0 } }

const IN_RICH: Place = { focus: { isRich: true } }

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
      focus: { isRich: true, faults: ['doorbells lost', 'evict'], lagMs: 100, replicaShare: 0.5 },
      fromSeed: 2000,
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
  without('others wait while somebody has the lease', scripts({ loadsNeedLease: false })),
  without(
    '`wait: all` asks what the other nodes have applied',
    scripts({ waitsForAll: false }),
    IN_RICH,
  ),
  without('the soft mark of a key stays', { keepsSoftMarks: false }, IN_RICH),
  without('a soft mark takes nothing back of a hard one', scripts({ softAndHardApart: false }), {
    focus: { isRich: true, faults: ['crash', 'redeploy'] },
    fromSeed: 2800,
  }),
  without('the names that a dependency reaches stand apart', scripts({ closuresApart: false }), {
    focus: { isRich: true, faults: ['redeploy'], habits: { maxMs: 5, hangShare: 0 } },
  }),
  without(
    'a life is prolonged of what is still there',
    scripts({ prolongsWhatIsThere: false }),
    IN_RICH,
  ),
  without(
    'who was answered what a mark had reached finds nothing older in L1',
    { dropsOlder: false },
    IN_RICH,
  ),
  without(
    'a place in the log fences what was begun without one',
    { startFences: false },
    {
      focus: { isRich: true, faults: ['slow', 'half-open'], habits: { maxMs: 2500, hangShare: 0 } },
    },
  ),
]

/** What protects the invariants, part by part, so that a test can leave one out. */

import { judgeRemoteEntry } from '../../src/application/services/coherence/judge-remote-entry.ts'
import {
  DEFAULT_FOLLOWER_SETTINGS,
  type FollowerSettings,
  LogFollower,
} from '../../src/application/services/coherence/log-follower.ts'
import { Outbox } from '../../src/application/services/coherence/outbox.ts'
import { RecentMarks } from '../../src/application/services/coherence/recent-marks.ts'
import { UnstoredKeys } from '../../src/application/services/coherence/unstored-keys.ts'
import { MarkTable } from '../../src/application/services/mark-table.ts'
import { SingleFlight } from '../../src/application/services/single-flight.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import type { ScriptGuards } from './redis-command.ts'
import { compiled } from './world.ts'

export interface Safeguards {
  readonly newMarks: (head: () => LogPosition) => MarkTable
  readonly follower: FollowerSettings
  readonly newFollower: (settings: FollowerSettings) => LogFollower
  readonly newOutbox: () => Outbox
  readonly newRecent: () => RecentMarks
  readonly newFlights: () => SingleFlight
  readonly newUnstored: (onOverflow: () => void) => UnstoredKeys
  readonly judge: typeof judgeRemoteEntry
  readonly scripts: ScriptGuards
  /** Whether L1 asks if the node is coherent. */
  readonly l1NeedsCoherence: boolean
  /** Whether an incoherent node joins only flights younger than the lease. */
  readonly joinsYoungFlightsOnly: boolean
  /** Whether a value stays out of L1 that a mark has reached while it was loaded. */
  readonly fencedStaysOut: boolean
  /** Whether those who wait for a flight that a mark has reached get the value of a newer one, if there is one. */
  readonly handsOn: boolean
  /** Whether L1 drops what it holds when a value was answered that a mark had reached. */
  readonly dropsOlder: boolean
  /** Whether an invalidation takes effect here before the log has it. */
  readonly fencesAtOnce: boolean
  /** Whether nobody joins a load, once the node has a place in the log, that was begun before that. */
  readonly startFences: boolean
  /** Whether recent marks are said again when a server of values was replaced. */
  readonly saysAgain: boolean
  /** Whether the soft mark of a key stays when hard ones are forgotten: it deletes nothing. */
  readonly keepsSoftMarks: boolean
  /** Whether what this node computed alone is kept for a lease at most. */
  readonly keepsAloneForLease: boolean
}

/**
 * All of them, where log and values lie together: there a mark deletes the value of its key at one stroke, so
 * that recent marks needn't be remembered for long, and what leans on them shows.
 */
export const ALL_SAFEGUARDS: Safeguards = {
  follower: { ...DEFAULT_FOLLOWER_SETTINGS, maxPageRecords: 2 },
  newFollower: (settings) => new LogFollower(settings),
  newOutbox: () => new Outbox(compiled, 3),
  newMarks: (head) => new MarkTable(head),
  newRecent: () => new RecentMarks(200),
  newFlights: () => new SingleFlight(),
  newUnstored: (onOverflow) => new UnstoredKeys(onOverflow, 2),
  judge: judgeRemoteEntry,
  scripts: {
    storeNeedsLease: true,
    setYieldsToMarks: true,
    markDropsLease: true,
    serversAreKnown: true,
    absentNodesCount: true,
    loadsNeedLease: true,
    softAndHardApart: true,
    closuresApart: true,
    prolongsWhatIsThere: true,
    waitsForAll: true,
  },
  l1NeedsCoherence: true,
  joinsYoungFlightsOnly: true,
  fencedStaysOut: true,
  handsOn: true,
  dropsOlder: true,
  startFences: true,
  fencesAtOnce: true,
  saysAgain: true,
  keepsSoftMarks: true,
  keepsAloneForLease: true,
}

/** In a cluster the recent marks decide, and a replica may lag for as long as they are remembered. */
export const CLUSTER_SAFEGUARDS: Safeguards = {
  ...ALL_SAFEGUARDS,
  newRecent: () => new RecentMarks(60_000),
}

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
import { SingleFlight } from '../../src/application/services/single-flight.ts'
import type { ScriptGuards } from './redis-command.ts'

export interface Safeguards {
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
  /** Whether an invalidation takes effect here before the log has it. */
  readonly fencesAtOnce: boolean
  /** Whether recent marks are said again when a server of values was replaced. */
  readonly saysAgain: boolean
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
  newOutbox: () => new Outbox(() => undefined, 3),
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
  },
  l1NeedsCoherence: true,
  joinsYoungFlightsOnly: true,
  fencedStaysOut: true,
  handsOn: true,
  fencesAtOnce: true,
  saysAgain: true,
  keepsAloneForLease: true,
}

/** In a cluster the recent marks decide, and a replica may lag for as long as they are remembered. */
export const CLUSTER_SAFEGUARDS: Safeguards = {
  ...ALL_SAFEGUARDS,
  newRecent: () => new RecentMarks(60_000),
}

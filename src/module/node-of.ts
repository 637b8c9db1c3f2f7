import { CoherenceNode } from '../application/services/coherence/coherence-node.ts'
import {
  DEFAULT_FOLLOWER_SETTINGS,
  LogFollower,
} from '../application/services/coherence/log-follower.ts'
import { Outbox } from '../application/services/coherence/outbox.ts'
import { RecentMarks } from '../application/services/coherence/recent-marks.ts'
import type { InvalidationService } from '../application/services/invalidation-service.ts'
import type { CachePorts } from '../application/services/namespace-ports.ts'
import { preparedLog } from './prepared-log.ts'
import type { SharedServers } from './shared-servers.ts'

/** Compiles patterns, and says what was compiled. */
export type PatternMatchers = Pick<InvalidationService, 'patternMatcher' | 'matcherOf'>

/** Spans in milliseconds. Source: DESIGN.md, sections 6 and 14. */
const COHERENCE = { coherenceLeaseMs: 1500, retryMs: 50, deadlineMs: 250 }

/** This node's part in a cache that it shares. */
export function nodeOf(
  servers: Pick<SharedServers, 'log' | 'recentMarksMs'>,
  ports: Pick<CachePorts, 'clock' | 'scheduler' | 'random'> & {
    /** There by the time that the node starts. */
    readonly matchers: () => PatternMatchers
    readonly report: (did: string, error: unknown) => void
  },
): CoherenceNode {
  const { log, recentMarksMs } = servers
  const { matchers, ...rest } = ports
  const { coherenceLeaseMs } = COHERENCE
  const recent = new RecentMarks(recentMarksMs)
  return new CoherenceNode({
    ...rest,
    log: preparedLog(log, (scope) => matchers().matcherOf(scope)),
    parts: {
      follower: new LogFollower({ ...DEFAULT_FOLLOWER_SETTINGS, coherenceLeaseMs }),
      outbox: new Outbox((scope) => matchers().patternMatcher(scope)),
      recent,
    },
    settings: { ...COHERENCE, retireAfterMs: recent.keepMs },
  })
}

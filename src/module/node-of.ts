import { CoherenceNode } from '../application/services/coherence/coherence-node.ts'
import {
  DEFAULT_FOLLOWER_SETTINGS,
  LogFollower,
} from '../application/services/coherence/log-follower.ts'
import { Outbox } from '../application/services/coherence/outbox.ts'
import { RecentMarks } from '../application/services/coherence/recent-marks.ts'
import type { CachePorts } from '../application/services/namespace-ports.ts'
import type { InvalidationScope } from '../core/entities/invalidation-mark.ts'
import type { KeyMatcher } from '../core/protocols/regex-engine.ts'
import type { SharedServers } from './shared-servers.ts'

/** The compiled form of a pattern; `undefined`: it counts as reaching everything. */
export type MatcherOf = (scope: InvalidationScope) => KeyMatcher | undefined

/** Spans in milliseconds. Source: DESIGN.md, sections 6 and 14. */
const COHERENCE = { coherenceLeaseMs: 1500, retryMs: 50, deadlineMs: 250 }

/** This node's part in a cache that it shares. */
export function nodeOf(
  servers: Pick<SharedServers, 'log' | 'recentMarksMs'>,
  ports: Pick<CachePorts, 'clock' | 'scheduler' | 'random'> & {
    readonly matcherOf: MatcherOf
    readonly report: (did: string, error: unknown) => void
  },
): CoherenceNode {
  const { log, recentMarksMs } = servers
  const { matcherOf, ...rest } = ports
  const { coherenceLeaseMs } = COHERENCE
  const recent = new RecentMarks(recentMarksMs)
  return new CoherenceNode({
    ...rest,
    log,
    parts: {
      follower: new LogFollower({ ...DEFAULT_FOLLOWER_SETTINGS, coherenceLeaseMs }),
      outbox: new Outbox(matcherOf),
      recent,
    },
    settings: { ...COHERENCE, retireAfterMs: recent.keepMs },
  })
}

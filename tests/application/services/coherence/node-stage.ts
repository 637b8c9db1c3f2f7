import { CoherenceNode } from '../../../../src/application/services/coherence/coherence-node.ts'
import type { CoherenceTarget } from '../../../../src/application/services/coherence/coherence-targets.ts'
import { LogFollower } from '../../../../src/application/services/coherence/log-follower.ts'
import { Outbox } from '../../../../src/application/services/coherence/outbox.ts'
import { RecentMarks } from '../../../../src/application/services/coherence/recent-marks.ts'
import type { InvalidationMark } from '../../../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../../src/core/protocols/invalidation-log.ts'
import { createFakeClock, type FakeClock } from '../../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../../fakes/fake-random.ts'
import { SharedLink } from '../../../fakes/shared-link.ts'
import { SharedServers } from '../../../fakes/shared-servers.ts'
import { markOf } from './coherence-fixture.ts'

/** Spans of the nodes here, in milliseconds. */
export const NODE_SETTINGS = {
  coherenceLeaseMs: 1500,
  retryMs: 50,
  deadlineMs: 250,
  retireAfterMs: 5000,
} as const
export const HEARTBEAT_MS = 300
/** A mark over `user:` of the namespace `users`. */
export const PREFIX_MARK: InvalidationMark = markOf('', {
  scope: { kind: 'prefix', prefix: 'user:' },
})

/** A node, its way to the log, and what it has told by now. */
export interface StagedNode {
  readonly node: CoherenceNode
  readonly link: SharedLink
  readonly reports: unknown[][]
  readonly applied: PositionedMark[]
  readonly fenced: PositionedMark[]
}

/** Nodes on one clock and one log. */
export interface NodeStage {
  readonly servers: SharedServers
  readonly time: FakeClock
  settle(): Promise<void>
  node(): StagedNode
}

/** What a namespace is told, in order. */
export function recordingTarget(): {
  readonly target: CoherenceTarget
  readonly said: unknown[]
} {
  const said: unknown[] = []
  const seqs = (marks: readonly PositionedMark[]) => marks.map(({ position }) => position.seq)
  const target: CoherenceTarget = {
    forget: () => void said.push('forget'),
    start: (marks, floor) => void said.push(['start', seqs(marks), floor]),
    expire: ({ expired, floor }) => void said.push(['expire', seqs(expired), floor]),
  }
  return { target, said }
}

export function nodeStage(): NodeStage {
  const servers = new SharedServers()
  const time = createFakeClock()
  const { clock, scheduler } = time
  let nodes = 0
  return {
    servers,
    time,
    settle: () => time.advance(0),
    node() {
      nodes += 1
      const link = new SharedLink(servers)
      const reports: unknown[][] = []
      const applied: PositionedMark[] = []
      const fenced: PositionedMark[] = []
      const node = new CoherenceNode({
        log: link,
        parts: {
          follower: new LogFollower(),
          outbox: new Outbox(() => undefined),
          recent: new RecentMarks(),
        },
        settings: NODE_SETTINGS,
        clock,
        scheduler,
        random: fakeRandom(0, `n${nodes}-`),
        report: (...report) => void reports.push(report),
      })
      node.subscribe((positioned) => void applied.push(positioned))
      node.onFence((positioned) => void fenced.push(positioned))
      return { node, link, reports, applied, fenced }
    },
  }
}

/** Nodes that have joined the log. */
export async function joinedNodes(
  count: number,
): Promise<NodeStage & { readonly a: StagedNode; readonly b: StagedNode }> {
  const made = nodeStage()
  const nodes = Array.from({ length: count }, () => made.node())
  for (const { node } of nodes) node.start()
  await made.settle()
  const [a, b = a] = nodes
  if (a === undefined || b === undefined) throw new Error('expected a node')
  return { ...made, a, b }
}

/** What a promise has come to by now. */
export function watched<T>(promise: Promise<T>): { readonly value: T | 'pending' } {
  const state: { value: T | 'pending' } = { value: 'pending' }
  void promise.then((value) => {
    state.value = value
  })
  return state
}

export function seqsOf(marks: readonly PositionedMark[]): number[] {
  return marks.map(({ position }) => position.seq)
}

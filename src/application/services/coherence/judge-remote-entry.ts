import type { EntryValidity, Validity } from '../../../core/protocols/cache-repository.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'

/** What the rule of validity looks at. */
export type JudgedEntry = Parameters<EntryValidity['check']>[0]

/** What the node knows that judges. */
export interface JudgePorts {
  readonly horizon: LogPosition | undefined
  /** `LogFollower.canJudgeAt`. */
  readonly isCoherent: boolean
  readonly marks: Pick<EntryValidity, 'check'>
  /** True if a mark that isn't delivered yet reaches the entry. */
  readonly isAwaitingMark: (entry: JudgedEntry) => boolean
}

/** Where an entry was read. */
export interface RemoteOrigin {
  readonly node: 'primary' | 'replica'
  /** Where the log stood there, read in the same breath; `undefined` where the log lies elsewhere. */
  readonly logPosition: LogPosition | undefined
}

/**
 * `ahead`: born beyond this node's horizon: read the log, then judge again. `behind`: the replica hasn't
 * come as far as this node: ask the primary. `untrusted`: this node itself can't tell. None of these says
 * that the entry is wrong.
 */
export type RemoteVerdict = Validity['kind'] | 'ahead' | 'behind' | 'untrusted'

/**
 * Whether what another tier holds may be served here.
 *
 * An incoherent node may not have heard of the mark that reaches an entry, so it can't judge any: marks of
 * tags and patterns delete nothing, and live in the nodes' tables alone.
 */
export function judgeRemoteEntry(
  ports: JudgePorts,
  entry: JudgedEntry,
  origin: RemoteOrigin,
): RemoteVerdict {
  const { horizon } = ports
  if (horizon === undefined || !ports.isCoherent) return 'untrusted'
  if (isBehind(origin, horizon)) return 'behind'
  if (ports.isAwaitingMark(entry)) return 'invalid'
  const { generation, seq } = entry.birth
  if (generation === horizon.generation && seq > horizon.seq) return 'ahead'
  return ports.marks.check(entry).kind
}

/** A replica that hasn't come as far as this node may still hold what a mark has deleted. */
function isBehind({ node, logPosition }: RemoteOrigin, horizon: LogPosition): boolean {
  if (node === 'primary' || logPosition === undefined) return false
  return logPosition.generation !== horizon.generation || logPosition.seq < horizon.seq
}

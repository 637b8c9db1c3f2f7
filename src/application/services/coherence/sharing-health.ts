import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { SharedSweeper, Swept } from '../stores/shared-sweeper.ts'
import type { CoherenceNode } from './coherence-node.ts'

/** How a node stands to the others that it shares with. */
export interface SharingHealth {
  /** Whether the log can be spoken to. */
  readonly isConnected: boolean
  /** Whether this node is known to have heard of every mark: only then it answers from what it holds. */
  readonly isCoherent: boolean
  /** For how much longer it is, if it hears nothing from now on, in milliseconds; 0 if it isn't. */
  readonly coherentForMs: number
  /** Invalidations that the log hasn't taken yet. */
  readonly pendingMarks: number
  /** Up to where it has applied the log; `undefined` as long as it has no place in it. */
  readonly position: LogPosition | undefined
  /** Whether this node is removing now what invalidations have reached where all nodes share it. */
  readonly isSweeping: boolean
  /** What the last such sweep of this node did; `undefined`: it has brought none to its end. */
  readonly lastSweep: Swept | undefined
}

/** How a node stands now, on the monotonic clock. */
export function sharingHealth(
  node: Pick<
    CoherenceNode,
    'isConnected' | 'isCoherent' | 'coherentUntilMs' | 'pendingMarks' | 'horizon'
  >,
  sweeper: Pick<SharedSweeper, 'isRunning' | 'last'> | undefined,
  nowMs: number,
): SharingHealth {
  const { isConnected, isCoherent, pendingMarks, horizon } = node
  const coherentForMs = isCoherent ? node.coherentUntilMs - nowMs : 0
  return {
    isConnected,
    isCoherent,
    coherentForMs,
    pendingMarks,
    position: horizon,
    isSweeping: sweeper?.isRunning ?? false,
    lastSweep: sweeper?.last,
  }
}

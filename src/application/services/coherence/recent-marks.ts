/**
 * The marks that this node made or heard of lately, by its monotonic clock. Two uses:
 * - where values lie on other servers than the log (a cluster), they may come back there after their mark
 *   deleted them, from a replica that lags or was promoted: the key marks kept here refuse them;
 * - when a server of values was replaced by its replica, what it may have lost is said again.
 *
 * What no longer fits is not forgotten silently: the caller raises its floor there.
 */
import { describeScope } from '../../../core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'

/** How long a mark counts as recent. */
export const RECENT_MARKS_MS = 60_000
const MAX_RECENT_MARKS = 100_000

interface RecentMark {
  readonly atMs: number
  readonly positioned: PositionedMark
}

/** What has left the ring. */
export interface ForgottenMarks {
  /** Old enough: nothing that they reached can come back. */
  readonly expired: readonly PositionedMark[]
  /** Pushed out by newer ones: whatever was born before this place must be refused. `undefined`: none was. */
  readonly floor: LogPosition | undefined
}

export class RecentMarks {
  /** How long a mark counts as recent. */
  readonly keepMs: number
  readonly #limit: number
  /** The newest mark of each scope, in the order they came. */
  readonly #marks = new Map<string, RecentMark>()

  constructor(keepMs: number = RECENT_MARKS_MS, limit: number = MAX_RECENT_MARKS) {
    this.keepMs = keepMs
    this.#limit = limit
  }

  get size(): number {
    return this.#marks.size
  }

  note(positioned: PositionedMark, nowMs: number): void {
    const name = nameOf(positioned)
    const kept = this.#marks.get(name)?.positioned
    this.#marks.delete(name)
    const { mark, position } = laterOf(positioned, kept)
    // A later soft mark must not hide that a hard one was there.
    const soft = mark.soft && positioned.mark.soft && kept?.mark.soft !== false
    this.#marks.set(name, { atMs: nowMs, positioned: { position, mark: { ...mark, soft } } })
  }

  /** Lets go of what is no longer recent, and of what is too much. */
  expire(nowMs: number): ForgottenMarks {
    const expired: PositionedMark[] = []
    let floor: LogPosition | undefined
    for (const [name, { atMs, positioned }] of this.#marks) {
      const isOld = nowMs - atMs >= this.keepMs
      if (!isOld && this.#marks.size <= this.#limit) break
      this.#marks.delete(name)
      if (isOld) expired.push(positioned)
      else floor = positioned.position
    }
    return { expired, floor }
  }

  /** What is to be said again, oldest first. */
  list(): readonly PositionedMark[] {
    return [...this.#marks.values()].map(({ positioned }) => positioned)
  }

  /** A new generation began: places of the old one mean nothing in it. */
  clear(): void {
    this.#marks.clear()
  }
}

/** A node's own mark may be known before those of others that stand below it. */
function laterOf(one: PositionedMark, other: PositionedMark | undefined): PositionedMark {
  return other === undefined || one.position.seq >= other.position.seq ? one : other
}

/** A dependency's closure may shrink. */
function nameOf({ mark }: PositionedMark): string {
  const closure = mark.scope.kind === 'dependency' ? mark.scope.closure.join('\n') : mark.namespace
  return `${closure}\n${describeScope(mark.scope)}`
}

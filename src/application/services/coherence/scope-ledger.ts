/**
 * The marks of a cache that a namespace begins with which is opened later: the newest of each scope, but
 * those of hard key marks, which leave nothing behind.
 *
 * Bounded: when there are too many, whatever was born before now is invalid for namespaces that open later.
 */
import { describeScope } from '../../../core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'

const MAX_LEDGER_SCOPES = 100_000

export class ScopeLedger {
  readonly #limit: number
  readonly #marks = new Map<string, PositionedMark>()
  #floor: LogPosition = { generation: '', seq: 0 }
  #newestSeq = 0

  constructor(limit: number = MAX_LEDGER_SCOPES) {
    this.#limit = limit
  }

  /** Whatever was born before this place is invalid. */
  get floor(): LogPosition {
    return this.#floor
  }

  /** Begins anew: what was born before `floor` is invalid, and what these marks reach, and nothing else. */
  start(floor: LogPosition, marks: readonly PositionedMark[]): void {
    this.#marks.clear()
    this.#floor = floor
    this.#newestSeq = floor.seq
    for (const positioned of marks) this.note(positioned)
  }

  note(positioned: PositionedMark): void {
    const { mark, position } = positioned
    if (mark.scope.kind === 'key' && !mark.soft) return
    const name = nameOf(positioned)
    // A node's own mark may be known before those of others that stand below it.
    if ((this.#marks.get(name)?.position.seq ?? -1) > position.seq) return
    this.#marks.set(name, positioned)
    this.#newestSeq = Math.max(this.#newestSeq, position.seq)
    if (this.#marks.size <= this.#limit) return
    this.#marks.clear()
    this.raiseFloor({ ...position, seq: this.#newestSeq })
  }

  /** What was born before this place is invalid, too. */
  raiseFloor(position: LogPosition): void {
    if (position.seq > this.#floor.seq) this.#floor = position
  }

  /** Forgets hard marks up to this seq: nothing is left that they reached. */
  retire(seq: number): void {
    for (const [name, { mark, position }] of this.#marks) {
      if (!mark.soft && position.seq <= seq) this.#marks.delete(name)
    }
  }

  /** What reaches a namespace. */
  of(namespace: string): readonly PositionedMark[] {
    return [...this.#marks.values()].filter(
      ({ mark }) => mark.namespace === namespace || mark.scope.kind === 'dependency',
    )
  }
}

/** Soft and hard marks stand apart: a soft one takes nothing back of a hard one. A dependency's closure may shrink. */
function nameOf({ mark }: PositionedMark): string {
  const closure = mark.scope.kind === 'dependency' ? mark.scope.closure.join('\n') : mark.namespace
  return `${mark.soft ? 'soft' : 'hard'}\n${closure}\n${describeScope(mark.scope)}`
}

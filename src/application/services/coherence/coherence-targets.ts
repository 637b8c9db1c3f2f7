import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { ForgottenMarks } from './recent-marks.ts'
import { ScopeLedger } from './scope-ledger.ts'

/** What a namespace does when the node's place in the log changes. */
export interface CoherenceTarget {
  /** Nothing that is held or under way can be trusted any more. */
  forget(): void
  /** These marks count from here on, and no others; whatever was born before `floor` is invalid. */
  start(marks: readonly PositionedMark[], floor: LogPosition): void
  expire(forgotten: ForgottenMarks): void
}

/** Who follows what befalls the place of a node in the log. Neither may throw. */
export interface NodeListener {
  /** It has a place, for the first time or anew: it doesn't know what was said before. */
  onStarted?(): void
  /** Nothing is left, anywhere but in this node, of what hard marks of scopes reached up to this place. */
  onRetired?(position: LogPosition): void
}

/** The namespaces of a node, and the marks that one begins with which is opened later. */
export class CoherenceTargets {
  readonly #ledger = new ScopeLedger()
  readonly #targets = new Map<string, CoherenceTarget>()
  readonly #listeners: NodeListener[] = []

  watch(listener: NodeListener): void {
    this.#listeners.push(listener)
  }

  /** Adds a namespace; it begins with what is known of it, and these marks of its keys, if the node has a place. */
  add(
    namespace: string,
    target: CoherenceTarget,
    keys: readonly PositionedMark[] | undefined,
  ): void {
    this.#targets.set(namespace, target)
    if (keys === undefined) return
    const own = keys.filter(({ mark }) => mark.namespace === namespace && mark.scope.kind === 'key')
    target.start([...this.#ledger.of(namespace), ...own], this.#ledger.floor)
  }

  note(positioned: PositionedMark): void {
    this.#ledger.note(positioned)
  }

  forget(): void {
    for (const target of this.#targets.values()) target.forget()
  }

  start(floor: LogPosition, marks: readonly PositionedMark[]): void {
    this.#ledger.start(floor, marks)
    for (const [namespace, target] of this.#targets) {
      const reaching = marks.filter(
        ({ mark }) => mark.namespace === namespace || mark.scope.kind === 'dependency',
      )
      target.start(reaching, this.#ledger.floor)
    }
    for (const listener of this.#listeners) listener.onStarted?.()
  }

  expire(forgotten: ForgottenMarks): void {
    // The tables of the namespaces still have what is no longer kept here; those that open later begin without it.
    if (forgotten.floor !== undefined) this.#ledger.raiseFloor(forgotten.floor)
    for (const target of this.#targets.values()) target.expire(forgotten)
  }

  retire(position: LogPosition): void {
    this.#ledger.retire(position.seq)
    for (const listener of this.#listeners) listener.onRetired?.(position)
  }
}

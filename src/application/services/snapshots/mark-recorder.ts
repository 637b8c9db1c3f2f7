import { describeScope } from '../../../core/entities/invalidation-mark.ts'
import type { SnapshotMark } from '../../../core/protocols/cache-snapshot.ts'
import type { InvalidationLog, PositionedMark } from '../../../core/protocols/invalidation-log.ts'

/** Most scopes that are recorded: beyond it so much has changed that a snapshot isn't worth saving. */
export const MAX_RECORDED_SCOPES = 100_000

/** The marks of all namespaces since it began, the newest of each scope. */
export class MarkRecorder {
  readonly #marks = new Map<string, SnapshotMark>()
  readonly #maxScopes: number
  readonly #unsubscribe: () => void
  #count = 0
  #isOverrun = false

  constructor(log: Pick<InvalidationLog, 'subscribe'>, maxScopes: number = MAX_RECORDED_SCOPES) {
    this.#maxScopes = maxScopes
    this.#unsubscribe = log.subscribe((positioned) => this.#note(positioned))
  }

  /** How many marks came. */
  get count(): number {
    return this.#count
  }

  /** True if more came than are kept: then `marks` doesn't tell all. */
  get isOverrun(): boolean {
    return this.#isOverrun
  }

  /** In no order; a soft mark stands beside a hard one of the same scope. */
  marks(): Iterable<SnapshotMark> {
    return this.#marks.values()
  }

  end(): void {
    this.#unsubscribe()
  }

  #note({ mark, position }: PositionedMark): void {
    this.#count += 1
    const { namespace, scope, soft } = mark
    // What depends on a dependency may have changed since its last mark, so each of these stands.
    const extra = scope.kind === 'dependency' ? position.seq : ''
    const name = `${soft} ${namespace} ${extra} ${describeScope(scope)}`
    if (this.#marks.size >= this.#maxScopes && !this.#marks.has(name)) this.#isOverrun = true
    else this.#marks.set(name, { namespace, scope, soft, seq: position.seq })
  }
}

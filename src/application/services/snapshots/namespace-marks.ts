import type { InvalidationMark } from '../../../core/entities/invalidation-mark.ts'
import type { Validity } from '../../../core/protocols/cache-repository.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { KeyMatcher } from '../../../core/protocols/regex-engine.ts'
import type { DependencyName } from '../../../core/value-objects/cache-tag.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { MAX_SCOPES, MarkTable } from '../mark-table.ts'

/**
 * All marks of all namespaces, key by key too, and the rule of validity over them, for entries that are
 * on their way into memory. Unlike the table of an open namespace it forgets nothing.
 */
export class NamespaceMarks {
  readonly #head: () => LogPosition
  readonly #maxScopes: number
  readonly #tables = new Map<string, MarkTable>()
  /** Marks that reach every namespace, also those of which nobody has heard yet. */
  readonly #everywhere = new Map<string, PositionedMark>()
  /** So many came that everything counts as hit. */
  #isOverrun = false

  constructor(head: () => LogPosition, maxScopes: number = MAX_SCOPES) {
    this.#head = head
    this.#maxScopes = maxScopes
  }

  /** Notes a mark, as `MarkTable.apply` does. */
  apply(positioned: PositionedMark, matches: KeyMatcher | undefined): void {
    const { mark } = positioned
    if (mark.scope.kind === 'dependency') this.#applyEverywhere(positioned, mark.scope.dependency)
    else this.#tableOf(mark.namespace).apply(positioned, matches)
  }

  check(namespace: string, entry: Parameters<MarkTable['check']>[0]): Validity {
    if (this.#isOverrun) return { kind: 'invalid', mark: undefined, position: this.#head() }
    return this.#tableOf(namespace).check(entry)
  }

  /** What depends on what has become known: lets the marks of dependencies reach all that depends on them. */
  widen(closureOf: (dependency: DependencyName) => readonly DependencyName[]): void {
    for (const { mark, position } of [...this.#everywhere.values()]) {
      if (mark.scope.kind !== 'dependency') continue
      const scope = { ...mark.scope, closure: closureOf(mark.scope.dependency) }
      const wider: InvalidationMark = { ...mark, scope }
      this.#applyEverywhere({ position, mark: wider }, `${mark.scope.dependency} and more`)
    }
  }

  #applyEverywhere(positioned: PositionedMark, name: string): void {
    this.#everywhere.set(`${positioned.mark.soft} ${positioned.position.seq} ${name}`, positioned)
    this.#isOverrun ||= this.#everywhere.size > this.#maxScopes
    for (const table of this.#tables.values()) table.apply(positioned, undefined)
  }

  #tableOf(namespace: string): MarkTable {
    const known = this.#tables.get(namespace)
    if (known !== undefined) return known
    const table = new MarkTable(this.#head, { maxScopes: this.#maxScopes })
    for (const positioned of this.#everywhere.values()) table.apply(positioned, undefined)
    this.#tables.set(namespace, table)
    return table
  }
}

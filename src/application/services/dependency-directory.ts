import type {
  DependencyGraph,
  DependencyNeighbours,
} from '../../core/protocols/dependency-graph.ts'
import {
  type DependencyName,
  parseDependencyName,
  parseDependencyNames,
} from '../../core/value-objects/cache-tag.ts'

/**
 * What depends on what in a cache, as its users say it: `add('team:9', ['org:7'])` means that whatever
 * was made from team 9 is wrong, too, when organisation 7 changes. Shared by all namespaces.
 *
 * Every method throws CacheError CACHE_TAG_INVALID for a name that breaks the rules.
 */
export class DependencyDirectory {
  readonly #graph: DependencyGraph
  readonly #onAdded: () => void
  #additions = 0

  /**
   * @internal
   * @param onAdded called whenever something depends on more than before: what was known until then doesn't tell all
   */
  constructor(graph: DependencyGraph, onAdded: () => void = () => undefined) {
    this.#graph = graph
    this.#onAdded = onAdded
  }

  /** @internal How often something came to depend on more than before. */
  get additions(): number {
    return this.#additions
  }

  /** @throws CacheError CACHE_OPTION_INVALID when the graph is full */
  add(dependent: string, dependsOn: readonly string[]): void {
    const sizeBefore = this.#graph.size
    this.#graph.add(parseDependencyName(dependent), parseDependencyNames(dependsOn, 'dependsOn'))
    if (this.#graph.size === sizeBefore) return
    this.#additions += 1
    this.#onAdded()
  }

  /** Forgets some of what `dependent` depends on, or all of it. */
  remove(dependent: string, dependsOn?: readonly string[]): void {
    const names = dependsOn === undefined ? undefined : parseDependencyNames(dependsOn, 'dependsOn')
    this.#graph.remove(parseDependencyName(dependent), names)
  }

  /** The direct neighbours of a name; none for a name that was never added. */
  describe(name: string): DependencyNeighbours {
    return this.#graph.describe(parseDependencyName(name))
  }

  /** The name and all that depends on it, however indirectly: what `invalidate({ dependency })` reaches. */
  closure(name: string): readonly DependencyName[] {
    return this.#graph.closure(parseDependencyName(name))
  }

  /** @internal Each name that depends on others, with these. */
  *entries(): Generator<
    readonly [dependent: DependencyName, dependsOn: readonly DependencyName[]]
  > {
    for (const [dependent, dependsOn] of this.#graph.edges()) yield [dependent, [...dependsOn]]
  }
}

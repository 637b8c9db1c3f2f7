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

  /** @internal */
  constructor(graph: DependencyGraph) {
    this.#graph = graph
  }

  /** @throws CacheError CACHE_OPTION_INVALID when the graph is full */
  add(dependent: string, dependsOn: readonly string[]): void {
    this.#graph.add(parseDependencyName(dependent), parseDependencyNames(dependsOn, 'dependsOn'))
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
}

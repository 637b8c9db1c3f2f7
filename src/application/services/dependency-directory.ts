import type {
  DependencyGraph,
  DependencyNeighbours,
} from '../../core/protocols/dependency-graph.ts'
import {
  type DependencyName,
  parseDependencyName,
  parseDependencyNames,
} from '../../core/value-objects/cache-tag.ts'
import type { SharedDependencies } from './shared-dependencies.ts'

/**
 * What depends on what in a cache, as its users say it: `add('team:9', ['org:7'])` means that whatever
 * was made from team 9 is wrong, too, when organisation 7 changes. Shared by all namespaces.
 *
 * Every method throws CacheError CACHE_TAG_INVALID for a name that breaks the rules.
 */
export class DependencyDirectory {
  readonly #graph: DependencyGraph
  readonly #onAdded: () => void
  readonly #shared: SharedDependencies | undefined
  #additions = 0

  /**
   * @internal
   * @param onAdded called whenever something depends on more than before: what was known until then doesn't tell all
   * @param shared tells the other nodes, where there are any
   */
  constructor(
    graph: DependencyGraph,
    onAdded: () => void = () => undefined,
    shared?: SharedDependencies,
  ) {
    this.#graph = graph
    this.#onAdded = onAdded
    this.#shared = shared
  }

  /** @internal How often something came to depend on more than before. */
  get additions(): number {
    return this.#additions
  }

  /**
   * Holds here at once, and where nodes share the cache for all of them as soon as they can know (`settled`).
   *
   * @throws CacheError CACHE_OPTION_INVALID when the graph is full
   */
  add(dependent: string, dependsOn: readonly string[]): void {
    const sizeBefore = this.#graph.size
    const name = parseDependencyName(dependent)
    const names = parseDependencyNames(dependsOn, 'dependsOn')
    this.#graph.add(name, names)
    this.#shared?.change(names.map((one) => ({ dependent: name, dependsOn: one, isThere: true })))
    if (this.#graph.size === sizeBefore) return
    this.#additions += 1
    this.#onAdded()
  }

  /** Forgets some of what `dependent` depends on, or all of it. */
  remove(dependent: string, dependsOn?: readonly string[]): void {
    const name = parseDependencyName(dependent)
    const names = dependsOn === undefined ? undefined : parseDependencyNames(dependsOn, 'dependsOn')
    this.#graph.remove(name, names)
    this.#shared?.change(
      (names ?? [undefined]).map((one) => ({ dependent: name, dependsOn: one, isThere: false })),
    )
  }

  /**
   * True once every invalidation, on whichever node, honours what was said here up to now; at once where nothing
   * is shared. False if the servers can't be reached: it is said again until they know.
   */
  settled(): Promise<boolean> {
    return this.#shared?.settled() ?? Promise.resolve(true)
  }

  /** @internal */
  close(): void {
    this.#shared?.close()
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

import type { DependencyName } from '../value-objects/cache-tag.ts'

/** The direct neighbours of a dependency. */
export interface DependencyNeighbours {
  readonly dependsOn: readonly DependencyName[]
  readonly dependents: readonly DependencyName[]
}

/** Which dependency depends on which. Cycles are allowed, and every walk ends. */
export interface DependencyGraph {
  /** How many there are of what `add` notes one by one. */
  readonly size: number
  /** Notes that `dependent` is made from each of `dependsOn`. @throws CacheError CACHE_OPTION_INVALID at the limit */
  add(dependent: DependencyName, dependsOn: readonly DependencyName[]): void
  /** Forgets that `dependent` is made from these, or from anything. */
  remove(dependent: DependencyName, dependsOn?: readonly DependencyName[]): void
  describe(name: DependencyName): DependencyNeighbours
  /** The name and all that depends on it, transitively, each once. */
  closure(name: DependencyName): readonly DependencyName[]
  /** Each name that depends on others, with these. */
  edges(): Iterable<readonly [dependent: DependencyName, dependsOn: Iterable<DependencyName>]>
}

/** What depends on what, said or taken back. `dependsOn` `undefined`: all that `dependent` depends on. */
export interface EdgeChange {
  readonly dependent: DependencyName
  readonly dependsOn: DependencyName | undefined
  readonly isThere: boolean
}

/**
 * What depends on what in a cache, on servers that several nodes share, where `SharedLog.append` widens the marks of
 * dependencies by it.
 */
export interface SharedGraph {
  /**
   * Makes the changes, in this order; idempotent.
   *
   * @throws CacheError CACHE_REPOSITORY_UNAVAILABLE, and nobody knows which were made; CACHE_OPTION_INVALID at the limit
   */
  change(changes: readonly EdgeChange[]): Promise<void>
}

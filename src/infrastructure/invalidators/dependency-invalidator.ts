import { CacheError } from '../../core/exceptions/cache-error.ts'
import type { DependencyName } from '../../core/value-objects/cache-tag.ts'

/** Most edges of a graph: about 100 MB of memory, and a closure over all of them takes under a second. */
export const MAX_EDGES = 1_000_000

/** The direct neighbours of a dependency, each in the order in which they were added. */
export interface DependencyNeighbours {
  readonly dependsOn: readonly DependencyName[]
  readonly dependents: readonly DependencyName[]
}

/** Which dependency depends on which. Cycles are allowed. A name without an edge isn't in it. */
export class DependencyInvalidator {
  readonly #maxEdges: number
  readonly #dependsOn = new Map<DependencyName, Set<DependencyName>>()
  readonly #dependents = new Map<DependencyName, Set<DependencyName>>()
  #edges = 0

  constructor(maxEdges: number = MAX_EDGES) {
    this.#maxEdges = maxEdges
  }

  /** How many edges the graph has. */
  get size(): number {
    return this.#edges
  }

  /**
   * Notes that `dependent` is made from each of `dependsOn`. What is noted already stays as it is. At
   * the limit nothing at all is added.
   *
   * @throws CacheError CACHE_OPTION_INVALID
   */
  add(dependent: DependencyName, dependsOn: readonly DependencyName[]): void {
    const known = this.#dependsOn.get(dependent)
    const added = new Set(dependsOn.filter((name) => !known?.has(name)))
    if (this.#edges + added.size > this.#maxEdges) {
      throw new CacheError(
        'CACHE_OPTION_INVALID',
        `Cannot add ${added.size} dependencies: expected at most ${this.#maxEdges} in all, got ${this.#edges + added.size}`,
      )
    }
    for (const name of added) {
      connect(this.#dependsOn, dependent, name)
      connect(this.#dependents, name, dependent)
    }
    this.#edges += added.size
  }

  /** Forgets that `dependent` is made from each of `dependsOn`, or from anything if that isn't given. */
  remove(dependent: DependencyName, dependsOn?: readonly DependencyName[]): void {
    const known = this.#dependsOn.get(dependent)
    if (known === undefined) return
    for (const name of dependsOn ?? [...known]) {
      if (!disconnect(this.#dependsOn, dependent, name)) continue
      disconnect(this.#dependents, name, dependent)
      this.#edges -= 1
    }
  }

  describe(name: DependencyName): DependencyNeighbours {
    return {
      dependsOn: [...(this.#dependsOn.get(name) ?? [])],
      dependents: [...(this.#dependents.get(name) ?? [])],
    }
  }

  /** The name itself and all that depends on it, however indirectly; nearest first, each once. */
  closure(name: DependencyName): readonly DependencyName[] {
    const reached = new Set([name])
    // A set that grows while it is walked: what is added comes up later in the same walk.
    for (const next of reached) {
      for (const dependent of this.#dependents.get(next) ?? []) reached.add(dependent)
    }
    return [...reached]
  }

  /** Each name that depends on others, with these. */
  edges(): Iterable<readonly [dependent: DependencyName, dependsOn: Iterable<DependencyName>]> {
    return this.#dependsOn
  }
}

type Edges = Map<DependencyName, Set<DependencyName>>

function connect(edges: Edges, from: DependencyName, to: DependencyName): void {
  const ends = edges.get(from)
  if (ends === undefined) edges.set(from, new Set([to]))
  else ends.add(to)
}

/** True if there was such an edge. */
function disconnect(edges: Edges, from: DependencyName, to: DependencyName): boolean {
  const ends = edges.get(from)
  if (ends === undefined || !ends.delete(to)) return false
  if (ends.size === 0) edges.delete(from)
  return true
}

/**
 * What a node does for a dependency graph that all nodes share: it says what is added here, and says all that it
 * knows again whenever it gets a place in the log, since the servers may have lost it. Where the log lies, marks
 * of dependencies are widened by what all nodes have said.
 *
 * A node that hears of a mark, and knows more that depends on it than the mark says, marks the rest. So nothing is
 * missed that was said while the servers were away, or that they have lost.
 */
import { isCacheError } from '../../core/exceptions/cache-error.ts'
import type {
  DependencyGraph,
  EdgeChange,
  SharedGraph,
} from '../../core/protocols/dependency-graph.ts'
import type { CancelTask, Scheduler } from '../../core/protocols/scheduler.ts'
import type { DependencyName } from '../../core/value-objects/cache-tag.ts'
import type { CoherenceNode } from './coherence/coherence-node.ts'

export interface SharedDependenciesPorts {
  readonly graph: Pick<DependencyGraph, 'edges' | 'closure'>
  readonly shared: SharedGraph
  readonly node: Pick<CoherenceNode, 'watch' | 'subscribe'>
  readonly scheduler: Scheduler
  /** Marks these names, which depend on what was marked. */
  readonly markRest: (namespace: string, rest: readonly DependencyName[], isSoft: boolean) => void
  readonly report: (did: string, error: unknown) => void
}

/** How soon to say again what the servers haven't taken, in milliseconds. */
const AGAIN_MS = 1000

export class SharedDependencies {
  readonly #ports: SharedDependenciesPorts
  /** In the order in which it was said here; of each edge the last word. */
  #unsaid = new Map<string, EdgeChange>()
  #saying: Promise<boolean> | undefined
  #cancelRetry: CancelTask | undefined
  #isClosed = false

  constructor(ports: SharedDependenciesPorts) {
    this.#ports = ports
    ports.node.watch({ onStarted: () => this.#sayAll() })
    ports.node.subscribe(({ mark }) => {
      if (mark.scope.kind === 'dependency')
        this.#complete(mark.namespace, mark.scope.closure, mark.soft)
    })
  }

  /** Says so as soon as it can. */
  change(changes: readonly EdgeChange[]): void {
    for (const change of changes) this.#note(change)
    void this.#say()
  }

  /** True once all that was changed here up to now is known where the log lies; false if that can't be reached: it is tried again. */
  async settled(): Promise<boolean> {
    while (this.#unsaid.size > 0 || this.#saying !== undefined) {
      if (!(await this.#say())) return false
    }
    return true
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
  }

  #sayAll(): void {
    const known = [...this.#ports.graph.edges()].flatMap(([dependent, names]) =>
      [...names].map((dependsOn) => ({ dependent, dependsOn, isThere: true })),
    )
    this.#unsay(known)
    void this.#say()
  }

  #note(change: EdgeChange): void {
    const name = `${change.dependent}\n${change.dependsOn ?? ''}`
    this.#unsaid.delete(name)
    this.#unsaid.set(name, change)
  }

  /** Puts changes before what has not been said yet, which comes after them: it may take something back. */
  #unsay(changes: readonly EdgeChange[]): void {
    const later = [...this.#unsaid.values()]
    this.#unsaid = new Map()
    for (const change of [...changes, ...later]) this.#note(change)
  }

  #say(): Promise<boolean> {
    this.#saying ??= this.#sayNow().finally(() => {
      this.#saying = undefined
      if (this.#unsaid.size > 0 && this.#cancelRetry === undefined) void this.#say()
    })
    return this.#saying
  }

  /** What is said in one turn goes together. */
  async #sayNow(): Promise<boolean> {
    await Promise.resolve()
    const some = [...this.#unsaid.values()]
    if (some.length === 0 || this.#isClosed) return some.length === 0
    this.#unsaid = new Map()
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    try {
      await this.#ports.shared.change(some)
      return true
    } catch (error) {
      if (isCacheError(error, 'CACHE_OPTION_INVALID')) {
        this.#ports.report('kept what depends on what to itself', error)
        return false
      }
      this.#unsay(some)
      this.#ports.report('told no other node yet what depends on what', error)
      this.#cancelRetry = this.#ports.scheduler.after(AGAIN_MS, () => {
        this.#cancelRetry = undefined
        void this.#say()
      })
      return false
    }
  }

  #complete(namespace: string, closure: readonly DependencyName[], isSoft: boolean): void {
    const said = new Set(closure)
    const rest = new Set<DependencyName>()
    for (const name of closure) {
      for (const one of this.#ports.graph.closure(name)) if (!said.has(one)) rest.add(one)
    }
    if (rest.size > 0) this.#ports.markRest(namespace, [...rest], isSoft)
  }
}

import type { CacheError } from '../../../core/exceptions/cache-error.ts'

interface Problem {
  readonly error: CacheError
  readonly atMs: number
  readonly untilMs: number
}

/** What is wrong now. A problem is told once, and counts until it is ended or nothing was heard of it for a while. */
export class ProblemList {
  readonly #problems = new Map<string, Problem>()
  readonly #onNew: (error: CacheError) => void

  /** @param onNew told of each problem that wasn't known; must not throw */
  constructor(onNew: (error: CacheError) => void) {
    this.#onNew = onNew
  }

  /**
   * @param topic what it is about; a topic has one problem at a time
   * @param lastsMs how long it counts without being reported again; until `end` if not said
   */
  report(
    topic: string,
    error: CacheError,
    nowMs: number,
    lastsMs: number = Number.POSITIVE_INFINITY,
  ): void {
    const known = this.#problems.get(topic)
    // Anew at the end, so that the latest stands last.
    this.#problems.delete(topic)
    this.#problems.set(topic, { error, atMs: nowMs, untilMs: nowMs + lastsMs })
    const isKnown = known !== undefined && known.untilMs > nowMs && known.error.code === error.code
    if (!isKnown) this.#onNew(error)
  }

  /** True if it was reported within the last second: then it need not be again, and no error be made for it. */
  isRecent(topic: string, nowMs: number): boolean {
    const known = this.#problems.get(topic)
    return known !== undefined && nowMs - known.atMs < 1000
  }

  end(topic: string): void {
    this.#problems.delete(topic)
  }

  current(nowMs: number): readonly CacheError[] {
    for (const [topic, { untilMs }] of this.#problems) {
      if (untilMs <= nowMs) this.#problems.delete(topic)
    }
    return [...this.#problems.values()].map(({ error }) => error)
  }
}

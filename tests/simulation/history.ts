/**
 * What happened in a simulated world, and which of the invariants of DESIGN.md, section 6, it broke.
 *
 * A read has to answer at least the version that its node knew of when it began (1, 4), that was in the log
 * a lease before (2, 3, 5, 6, 11), and that an earlier read of the node had answered (9).
 */
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'

/** Longest that a node may go on with what was invalidated, with the drift of its clock. */
const LEASE_MS = 1500 * 1.03

interface Obligation {
  readonly fromMs: number
  /** For nodes that the log has never heard of: nobody can wait for them. */
  readonly fromMsForUnknown: number
  readonly version: number
}

/** What a read must not fall behind. */
interface Floor {
  readonly version: number
  readonly why: string
}

/** A read under way. */
export interface StartedRead {
  readonly node: string
  readonly key: CacheKey
  readonly atMs: number
  readonly floor: Floor
}

interface WrittenMark {
  readonly node: string
  readonly versions: ReadonlyMap<CacheKey, number>
}

interface RunningFactory {
  readonly node: string
  readonly startedAtMs: number
  readonly marksBefore: number
}

export class History {
  readonly violations: string[] = []
  reads = 0
  factories = 0
  readonly #now: () => number
  readonly #marks = new Map<string, WrittenMark>()
  readonly #executed = new Set<string>()
  readonly #joined = new Set<string>()
  readonly #obligations = new Map<CacheKey, Obligation[]>()
  readonly #known = new Map<string, number>()
  readonly #served = new Map<string, number>()
  readonly #running = new Map<CacheKey, RunningFactory[]>()
  readonly #markCounts = new Map<CacheKey, number>()
  /** How many marks of its key there had been when a load got its lease. */
  readonly #leasedAt = new Map<string, number>()
  /** Whether factories of one key must never run at once but for marks: in a world without faults. */
  checksSingleFlight = false
  longestReadMs = 0

  constructor(now: () => number) {
    this.#now = now
  }

  marked(id: string, node: string, versions: ReadonlyMap<CacheKey, number>): void {
    this.#marks.set(id, { node, versions })
    for (const key of versions.keys()) this.#countMark(key)
  }

  /** A primary executed the mark. */
  executed(id: string): void {
    this.#executed.add(id)
    for (const key of this.#marks.get(id.replaceAll('+', ''))?.versions.keys() ?? [])
      this.#countMark(key)
  }

  /** From now on this node knows of the mark: it was applied there, or its own invalidation was answered. */
  known(id: string, node: string): void {
    const mark = this.#marks.get(id.replaceAll('+', ''))
    if (mark === undefined) return
    for (const [key, version] of mark.versions) {
      const name = `${node} ${key}`
      this.#known.set(name, Math.max(version, this.#known.get(name) ?? 0))
      this.#countMark(key)
    }
  }

  /** The log has answered its maker that it holds the mark. `byAll`: and every node has applied it. */
  propagated(id: string, byAll: boolean): void {
    if (!this.#executed.has(id))
      this.#violate(7, `mark ${id} is said to be propagated, and no log has it`)
    for (const [key, version] of this.#marks.get(id.replaceAll('+', ''))?.versions ?? []) {
      const obligations = this.#obligations.get(key) ?? []
      const fromMsForUnknown = this.#now() + LEASE_MS
      const fromMs = byAll ? this.#now() : fromMsForUnknown
      obligations.push({ fromMs, fromMsForUnknown, version })
      this.#obligations.set(key, obligations)
    }
  }

  /** The node has found the log. */
  joined(node: string): void {
    this.#joined.add(node)
  }

  readStarted(node: string, key: CacheKey): StartedRead {
    const nowMs = this.#now()
    let floor: Floor = { version: this.#known.get(`${node} ${key}`) ?? 0, why: '1/4: known here' }
    const served = this.#served.get(`${node} ${key}`) ?? 0
    if (served > floor.version) floor = { version: served, why: '9: served here before' }
    const isKnown = this.#joined.has(node)
    for (const { fromMs, fromMsForUnknown, version } of this.#obligations.get(key) ?? []) {
      if ((isKnown ? fromMs : fromMsForUnknown) <= nowMs && version > floor.version)
        floor = { version, why: '2: in the log' }
    }
    return { node, key, atMs: nowMs, floor }
  }

  readEnded({ node, key, atMs, floor }: StartedRead, version: number): void {
    this.reads += 1
    const name = `${node} ${key}`
    this.longestReadMs = Math.max(this.longestReadMs, this.#now() - atMs)
    this.#served.set(name, Math.max(version, this.#served.get(name) ?? 0))
    if (version >= floor.version) return
    const wanted = `wanted ${floor.version} (${floor.why})`
    this.#violate(
      Number(floor.why.slice(0, 1)),
      `${name}: read begun at ${atMs.toFixed(1)} got version ${version}, ${wanted}`,
    )
  }

  /** After everything healed: what the node answers must be the newest version that anybody was to hear of. */
  finalRead(
    node: string,
    key: CacheKey,
    version: number,
    isAlive: (node: string) => boolean,
  ): void {
    let wanted = 0
    for (const mark of this.#marks.values()) {
      if (isAlive(mark.node)) wanted = Math.max(wanted, mark.versions.get(key) ?? 0)
    }
    for (const obligation of this.#obligations.get(key) ?? []) {
      wanted = Math.max(wanted, obligation.version)
    }
    if (version < wanted)
      this.#violate(5, `${node} ${key}: version ${version} for ever, wanted ${wanted}`)
  }

  /** A server has given the lease of the key to this load. */
  leased(token: string, key: CacheKey): void {
    this.#leasedAt.set(token, this.#markCounts.get(key) ?? 0)
  }

  factoryStarted(node: string, key: CacheKey, token: string): () => void {
    this.factories += 1
    const running = this.#running.get(key) ?? []
    this.#running.set(key, running)
    // What takes a lease away again may come before the factory that it was given for.
    const marksBefore = this.#leasedAt.get(token) ?? this.#markCounts.get(key) ?? 0
    if (this.checksSingleFlight) {
      const twin = running.find((other) => other.marksBefore === marksBefore)
      if (twin !== undefined) {
        this.#violate(
          8,
          `${key} is loaded on ${node} and, since ${twin.startedAtMs}, on ${twin.node}`,
        )
      }
    }
    const mine = { node, startedAtMs: this.#now(), marksBefore }
    running.push(mine)
    return () => {
      const at = running.indexOf(mine)
      if (at >= 0) running.splice(at, 1)
    }
  }

  /**
   * A load under way was given up as if a mark had reached it, or is about to be reached: in a cluster a mark
   * takes the lease away before it is in the log, and who has waited through too many marks takes what there
   * is and lets nobody join what may be older.
   */
  mayLoadAgain(key: CacheKey): void {
    this.#countMark(key)
  }

  fail(invariant: number, what: string): void {
    this.#violate(invariant, what)
  }

  #countMark(key: CacheKey): void {
    this.#markCounts.set(key, (this.#markCounts.get(key) ?? 0) + 1)
  }

  #violate(invariant: number, what: string): void {
    this.violations.push(`invariant ${invariant} at ${this.#now().toFixed(1)} ms: ${what}`)
  }
}

/**
 * What happened in a simulated world, and which of the invariants of DESIGN.md, section 6, it broke.
 *
 * A read has to answer at least the version that its node knew of when it began (1, 4), that was in the log
 * a lease before (2, 3, 5, 6, 11), and that an earlier read of the node had answered (9). One that takes what
 * is stale, too, may fall behind soft marks, and behind nothing else. What is told as propagated is in a log
 * (7); factories of a key run one at a time (8). Not here, since nothing of it is in a simulated world: that
 * no error comes out of a read, and how long one takes (10): see the fault suite and
 * tests/application/invariants.
 */
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'

/** Longest that a node may go on with what was invalidated, with the drift of its clock. */
const LEASE_MS = 1500 * 1.03

/** How a read is answered: by what is fresh, or by what a soft mark has reached, too. */
export type ReadKind = 'fresh' | 'lenient'

interface Obligation {
  readonly isSoft: boolean
  readonly fromMs: number
  /** For nodes that have never had a place in this generation of the log: nobody can wait for them. */
  readonly fromMsForUnknown: number
  readonly generation: string
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
  /** The newest version that the node had answered before. */
  readonly served: number
}

/** What a read was answered. */
export interface ReadAnswer {
  readonly version: number
  /** It was read from a replica, now or when L1 got it. */
  readonly isOfReplica: boolean
}

interface WrittenMark {
  readonly node: string
  readonly isSoft: boolean
  readonly versions: ReadonlyMap<CacheKey, number>
  /** Whose loads may begin anew for it: where a pattern isn't compiled, those of keys, too, that it doesn't reach. */
  readonly disturbs: readonly CacheKey[]
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

  marked(id: string, mark: WrittenMark): void {
    this.#marks.set(id, mark)
    for (const key of mark.disturbs) this.#countMark(key)
  }

  /** A primary executed the mark. */
  executed(id: string): void {
    this.#executed.add(id)
    for (const key of this.#marks.get(id.replaceAll('+', ''))?.disturbs ?? []) this.#countMark(key)
  }

  /** From now on this node knows of the mark: it was applied there, or its own invalidation was answered. */
  known(id: string, node: string): void {
    const mark = this.#marks.get(id.replaceAll('+', ''))
    if (mark === undefined) return
    for (const [key, version] of mark.versions) {
      this.#raise(nameOf(node, key, 'fresh'), version)
      if (!mark.isSoft) this.#raise(nameOf(node, key, 'lenient'), version)
    }
    for (const key of mark.disturbs) this.#countMark(key)
  }

  /** The log has answered its maker that it holds the mark. `byAll`: and every node has applied it. */
  propagated(id: string, { generation }: LogPosition, byAll: boolean): void {
    if (!this.#executed.has(id))
      this.#violate(7, `mark ${id} is said to be propagated, and no log has it`)
    const mark = this.#marks.get(id.replaceAll('+', ''))
    for (const [key, version] of mark?.versions ?? []) {
      const isSoft = mark?.isSoft === true
      const obligations = this.#obligations.get(key) ?? []
      const fromMsForUnknown = this.#now() + LEASE_MS
      const fromMs = byAll ? this.#now() : fromMsForUnknown
      obligations.push({ fromMs, fromMsForUnknown, generation, version, isSoft })
      this.#obligations.set(key, obligations)
    }
  }

  /** The node has a place in this generation of the log. */
  joined(node: string, generation: string): void {
    this.#joined.add(`${generation} ${node}`)
  }

  readStarted(node: string, key: CacheKey, kind: ReadKind): StartedRead {
    const nowMs = this.#now()
    const known = this.#known.get(nameOf(node, key, kind)) ?? 0
    let floor: Floor = { version: known, why: '1/4: known here' }
    for (const one of this.#obligations.get(key) ?? []) {
      if (one.isSoft && kind === 'lenient') continue
      const isKnown = this.#joined.has(`${one.generation} ${node}`)
      const fromMs = isKnown ? one.fromMs : one.fromMsForUnknown
      if (fromMs <= nowMs && one.version > floor.version) {
        floor = { version: one.version, why: '2: in the log' }
      }
    }
    const served = this.#served.get(`${node} ${key}`) ?? 0
    return { node, key, atMs: nowMs, floor, served }
  }

  /** @param isOfReplica a replica may hold what was replaced since by a mark that the node hasn't heard of, or by none */
  readEnded(
    { node, key, atMs, floor, served }: StartedRead,
    { version, isOfReplica }: ReadAnswer,
  ): void {
    this.reads += 1
    const name = `${node} ${key}`
    this.longestReadMs = Math.max(this.longestReadMs, this.#now() - atMs)
    this.#served.set(name, Math.max(version, this.#served.get(name) ?? 0))
    const isBack = !isOfReplica && served > floor.version
    const { version: wanted, why } = isBack
      ? { version: served, why: '9: served here before' }
      : floor
    if (version >= wanted) return
    const got = `${name}: read begun at ${atMs.toFixed(1)} got version ${version}`
    this.#violate(Number(why.slice(0, 1)), `${got}, wanted ${wanted} (${why})`)
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

  #raise(name: string, version: number): void {
    this.#known.set(name, Math.max(version, this.#known.get(name) ?? 0))
  }

  #countMark(key: CacheKey): void {
    this.#markCounts.set(key, (this.#markCounts.get(key) ?? 0) + 1)
  }

  #violate(invariant: number, what: string): void {
    this.violations.push(`invariant ${invariant} at ${this.#now().toFixed(1)} ms: ${what}`)
  }
}

function nameOf(node: string, key: CacheKey, kind: ReadKind): string {
  return `${kind} ${node} ${key}`
}

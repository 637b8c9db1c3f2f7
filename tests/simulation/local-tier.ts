/** L1 of a simulated node, and the marks that it has applied. */
import type { LogFollower } from '../../src/application/services/coherence/log-follower.ts'
import type { Outbox } from '../../src/application/services/coherence/outbox.ts'
import type { ForgottenMarks } from '../../src/application/services/coherence/recent-marks.ts'
import type { MarkTable } from '../../src/application/services/mark-table.ts'
import type {
  InvalidationMark,
  InvalidationScope,
} from '../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import type { KeyMatcher } from '../../src/core/protocols/regex-engine.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import type { ReadKind } from './history.ts'
import type { SimulatedValue } from './redis-command.ts'
import type { Safeguards } from './safeguards.ts'
import { memberOf, NAMESPACE } from './world.ts'

/** Where a node stands that has never seen the log. */
const NOWHERE: LogPosition = { generation: 'none', seq: 0 }

export interface HeldValue extends SimulatedValue {
  /** May be served until then whether or not the node is coherent. */
  readonly keptUntilMs: number
  /** It was read from a replica. */
  readonly isOfReplica: boolean
}

/** What a local tier is made of. */
export interface LocalTierParts {
  readonly follower: LogFollower
  readonly outbox: Outbox
  readonly safeguards: Safeguards
  readonly nowMs: () => number
  /** The compiled form of a pattern; a node that can't compile has none, and takes it for one that reaches everything. */
  readonly matcherOf: (scope: InvalidationScope) => KeyMatcher | undefined
}

export class LocalTier {
  readonly #parts: LocalTierParts
  readonly #held = new Map<CacheKey, HeldValue>()
  #marks: MarkTable

  constructor(parts: LocalTierParts) {
    this.#parts = parts
    this.#marks = this.#newMarks()
  }

  /** Where the log stands, as far as this node knows. */
  get position(): LogPosition {
    return this.#parts.follower.horizon ?? NOWHERE
  }

  get marks(): MarkTable {
    return this.#marks
  }

  get isCoherent(): boolean {
    return this.#parts.follower.isCoherentAt(this.#parts.nowMs())
  }

  get canJudge(): boolean {
    return this.#parts.follower.canJudgeAt(this.#parts.nowMs())
  }

  /** True if a mark that isn't delivered yet reaches the key. */
  isAwaitingMark(key: CacheKey): boolean {
    return this.#parts.outbox.covers(NAMESPACE, memberOf(key))
  }

  isValid(key: CacheKey, birth: LogPosition): boolean {
    return this.#marks.check({ ...memberOf(key), birth }).kind === 'valid'
  }

  /** True if at most a soft mark has reached it. */
  isUsable(key: CacheKey, birth: LogPosition): boolean {
    return this.#marks.check({ ...memberOf(key), birth }).kind !== 'invalid'
  }

  /** What may be served of a key; to who is lenient also what a soft mark has reached. */
  get(key: CacheKey, kind: ReadKind = 'fresh'): HeldValue | undefined {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    const isTrusted =
      !this.#parts.safeguards.l1NeedsCoherence ||
      this.isCoherent ||
      this.#parts.nowMs() < held.keptUntilMs
    if (!isTrusted || this.isAwaitingMark(key)) return undefined
    const isServed =
      kind === 'fresh' ? this.isValid(key, held.birth) : this.isUsable(key, held.birth)
    return isServed ? held : undefined
  }

  keep(key: CacheKey, value: HeldValue): void {
    if (!this.isAwaitingMark(key)) this.#held.set(key, value)
  }

  /** One value leaves, for want of space. */
  evict(key: CacheKey): void {
    this.#held.delete(key)
  }

  clear(): void {
    this.#held.clear()
  }

  apply(positioned: PositionedMark): void {
    const { mark, position } = positioned
    this.#marks.apply(positioned, this.#parts.matcherOf(mark.scope))
    if (mark.scope.kind !== 'key' || mark.soft) return
    const held = this.#held.get(mark.scope.key)
    // What a set has stored was born at its own mark.
    if (held !== undefined && held.birth.seq < position.seq) this.#held.delete(mark.scope.key)
  }

  /** Drops what is about to be marked, wherever the mark will stand: beyond the horizon in any case. */
  drop(mark: InvalidationMark): void {
    const { scope, soft } = mark
    if (scope.kind === 'key' && !soft) {
      this.#held.delete(scope.key)
      return
    }
    const { generation, seq } = this.position
    const positioned = { position: { generation, seq: seq + 1 }, mark }
    this.#marks.apply(positioned, this.#parts.matcherOf(scope))
  }

  start(scopes: readonly PositionedMark[]): void {
    this.#marks = this.#newMarks()
    for (const positioned of scopes) {
      this.#marks.apply(positioned, this.#parts.matcherOf(positioned.mark.scope))
    }
  }

  expire({ expired }: ForgottenMarks): void {
    for (const { mark, position } of expired) {
      const { scope } = mark
      const { keepsSoftMarks } = this.#parts.safeguards
      if (scope.kind === 'key') this.#marks.forgetKey(scope.key, position.seq, keepsSoftMarks)
    }
  }

  #newMarks(): MarkTable {
    return this.#parts.safeguards.newMarks(() => this.position)
  }
}

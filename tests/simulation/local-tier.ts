/** L1 of a simulated node, and the marks that it has applied. */
import type { LogFollower } from '../../src/application/services/coherence/log-follower.ts'
import type { Outbox } from '../../src/application/services/coherence/outbox.ts'
import type { ForgottenMarks } from '../../src/application/services/coherence/recent-marks.ts'
import { MarkTable } from '../../src/application/services/mark-table.ts'
import type { InvalidationScope } from '../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import type { SimulatedValue } from './redis-command.ts'
import type { Safeguards } from './safeguards.ts'
import { memberOf, NAMESPACE } from './world.ts'

/** Where a node stands that has never seen the log. */
const NOWHERE: LogPosition = { generation: 'none', seq: 0 }

export interface HeldValue extends SimulatedValue {
  /** May be served until then whether or not the node is coherent. */
  readonly keptUntilMs: number
}

/** What a local tier is made of. */
export interface LocalTierParts {
  readonly follower: LogFollower
  readonly outbox: Outbox
  readonly safeguards: Safeguards
  readonly nowMs: () => number
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

  /** What may be served of a key. */
  get(key: CacheKey): HeldValue | undefined {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    const isTrusted =
      !this.#parts.safeguards.l1NeedsCoherence ||
      this.isCoherent ||
      this.#parts.nowMs() < held.keptUntilMs
    return isTrusted && !this.isAwaitingMark(key) && this.isValid(key, held.birth)
      ? held
      : undefined
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
    this.#marks.apply(positioned, undefined)
    if (mark.scope.kind !== 'key') return
    const held = this.#held.get(mark.scope.key)
    // What a set has stored was born at its own mark.
    if (held !== undefined && held.birth.seq < position.seq) this.#held.delete(mark.scope.key)
  }

  /** Drops what is about to be marked, wherever the mark will stand: beyond the horizon in any case. */
  drop(scope: InvalidationScope): void {
    if (scope.kind === 'key') {
      this.#held.delete(scope.key)
      return
    }
    const { generation, seq } = this.position
    const mark = {
      namespace: NAMESPACE,
      scope,
      soft: false,
      act: 'invalidate',
      origin: '',
      reason: undefined,
      atMs: 0,
    } as const
    this.#marks.apply({ position: { generation, seq: seq + 1 }, mark }, undefined)
  }

  start(scopes: readonly PositionedMark[]): void {
    this.#marks = this.#newMarks()
    for (const positioned of scopes) this.#marks.apply(positioned, undefined)
  }

  expire({ expired }: ForgottenMarks): void {
    for (const { mark, position } of expired) {
      if (mark.scope.kind === 'key') this.#marks.forgetKey(mark.scope.key, position.seq)
    }
  }

  #newMarks(): MarkTable {
    return new MarkTable(() => this.position)
  }
}

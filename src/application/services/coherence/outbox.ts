/**
 * Marks that the log hasn't taken, or may not have taken: they are delivered, oldest first, as soon as the
 * log can be reached. One per scope: saying the same twice reaches no more. Until it is delivered this
 * node's tiers may hold what the mark reaches, and must not answer for it (`covers`).
 *
 * Bounded: when there are too many, one mark over the whole namespace takes the place of those of its
 * namespace. That drops too much, and loses nothing. A dependency reaches every namespace, so all those
 * marks together become one over all their dependencies. A mark that says more than the one it was made
 * from has an id of its own (`…+`): that one may be under way, and what settles it must not settle the rest.
 */
import type {
  InvalidationMark,
  InvalidationScope,
} from '../../../core/entities/invalidation-mark.ts'
import { describeScope } from '../../../core/entities/invalidation-mark.ts'
import type { KeyMatcher } from '../../../core/protocols/regex-engine.ts'
import type { PendingMark } from '../../../core/protocols/shared-log.ts'
import { type FlightMembership, isReached } from '../single-flight.ts'

/** Most scopes that wait one by one. */
const MAX_PENDING_SCOPES = 10_000

export class Outbox {
  readonly #limit: number
  readonly #matcherOf: (scope: InvalidationScope) => KeyMatcher | undefined
  /** By scope, oldest first. */
  readonly #pending = new Map<string, PendingMark>()
  /** Those of them that reach more than one key. */
  readonly #wide = new Map<string, PendingMark>()

  /** @param matcherOf the compiled form of a pattern; `undefined`: it counts as reaching everything */
  constructor(
    matcherOf: (scope: InvalidationScope) => KeyMatcher | undefined,
    limit: number = MAX_PENDING_SCOPES,
  ) {
    this.#matcherOf = matcherOf
    this.#limit = limit
  }

  get size(): number {
    return this.#pending.size
  }

  /** Takes a mark in place of an earlier one of its scope. */
  add(pending: PendingMark): void {
    const name = nameOf(pending.mark)
    const earlier = this.#pending.get(name)
    this.#remove(name)
    this.#put(name, earlier === undefined ? pending : merged(pending, earlier))
    if (this.#pending.size > this.#limit) this.#collapse(pending)
  }

  /** The log holds it. Something newer of the same scope stays. */
  settle(id: string): void {
    for (const [name, pending] of this.#pending) {
      if (pending.id !== id) continue
      this.#remove(name)
      return
    }
  }

  /** Id of what waits over the same scope and says nothing that this mark doesn't say. */
  supersededBy(mark: InvalidationMark): string | undefined {
    const earlier = this.#pending.get(nameOf(mark))
    if (earlier === undefined || (mark.soft && !earlier.mark.soft)) return undefined
    return isCovered(earlier.mark.scope, mark.scope) ? earlier.id : undefined
  }

  /** What is to be delivered, in this order. */
  list(): readonly PendingMark[] {
    return [...this.#pending.values()]
  }

  /** True if a mark that isn't delivered reaches what has this key and these memberships. */
  covers(namespace: string, member: FlightMembership): boolean {
    if (this.#pending.has(nameIn(namespace, { kind: 'key', key: member.key }))) return true
    for (const { mark } of this.#wide.values()) {
      const isHere = mark.namespace === namespace || mark.scope.kind === 'dependency'
      if (isHere && isReached(member, mark.scope, this.#matcherOf(mark.scope))) return true
    }
    return false
  }

  #collapse({ id, mark, isAwaited }: PendingMark): void {
    const isSwallowed =
      mark.scope.kind === 'dependency'
        ? (one: InvalidationMark) => one.scope.kind === 'dependency'
        : (one: InvalidationMark) =>
            one.namespace === mark.namespace && one.scope.kind !== 'dependency'
    const swallowed = [...this.#pending].filter(([, pending]) => isSwallowed(pending.mark))
    for (const [name] of swallowed) this.#remove(name)
    const scope = unionOf(
      mark.scope,
      swallowed.map(([, pending]) => pending.mark.scope),
    )
    const whole: InvalidationMark = { ...mark, act: 'invalidate', scope, soft: false }
    this.#put(nameOf(whole), { id: `${id}+`, mark: whole, isAwaited })
  }

  #put(name: string, pending: PendingMark): void {
    this.#pending.set(name, pending)
    if (pending.mark.scope.kind !== 'key') this.#wide.set(name, pending)
  }

  #remove(name: string): void {
    this.#pending.delete(name)
    this.#wide.delete(name)
  }
}

function unionOf(
  newest: InvalidationScope,
  scopes: readonly InvalidationScope[],
): InvalidationScope {
  if (newest.kind !== 'dependency') return { kind: 'namespace' }
  const closure = new Set(scopes.flatMap((one) => (one.kind === 'dependency' ? one.closure : [])))
  return { kind: 'dependency', dependency: newest.dependency, closure: [...closure] }
}

/** Both in one: as hard as the harder, and as wide as both. Said anew, since either alone may be in the log by now, and its value after it. */
function merged(newer: PendingMark, earlier: PendingMark): PendingMark {
  if (newer.id === earlier.id) return earlier
  const scope = unionOfSame(newer.mark.scope, earlier.mark.scope)
  const soft = newer.mark.soft && earlier.mark.soft
  const isAwaited = newer.isAwaited || earlier.isAwaited
  return { id: `${newer.id}+`, mark: { ...newer.mark, scope, soft }, isAwaited }
}

function unionOfSame(newer: InvalidationScope, earlier: InvalidationScope): InvalidationScope {
  return newer.kind === 'dependency' ? unionOf(newer, [newer, earlier]) : newer
}

/** True if the one of two scopes of the same name reaches no more than the other: a dependency's closure may have shrunk. */
function isCovered(one: InvalidationScope, by: InvalidationScope): boolean {
  if (one.kind !== 'dependency' || by.kind !== 'dependency') return true
  return one.closure.every((name) => by.closure.includes(name))
}

function nameOf({ namespace, scope }: InvalidationMark): string {
  return nameIn(namespace, scope)
}

function nameIn(namespace: string, scope: InvalidationScope): string {
  const name = describeScope(scope)
  return scope.kind === 'dependency' ? name : `${namespace}\n${name}`
}

/**
 * The running loads of one namespace, one per key.
 *
 * A flight belongs to one key and one birth. A mark that matches it fences it: who was already waiting
 * still gets its value, nobody later joins it, and nothing of it is stored. A fenced flight leaves the
 * table at once, so that a new one can start, but counts as running until it ends: marks younger than
 * the oldest running birth must be remembered that long.
 */
import type { CacheEntry } from '../../core/entities/cache-entry.ts'
import type { InvalidationScope } from '../../core/entities/invalidation-mark.ts'
import type { KeyMatcher } from '../../core/protocols/regex-engine.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { CacheTag, DependencyName } from '../../core/value-objects/cache-tag.ts'
import type { LogPosition } from '../../core/value-objects/log-position.ts'
import type { SharedRun } from './coherence/shared-run.ts'

/** How a flight ended. */
export type FlightOutcome =
  /** A factory made it. `isCurrent` is false if a mark reached it meanwhile: then nobody who came after `birth` may have it. */
  | { readonly kind: 'value'; readonly value: unknown; readonly isCurrent: boolean }
  /** A backend held it, fresh or within `staleWhileRevalidate`. */
  | { readonly kind: 'found'; readonly entry: CacheEntry }
  | { readonly kind: 'failure'; readonly error: unknown }
  /** Ended without an answer (a lease that ran out or was given back): whoever waits starts anew. */
  | { readonly kind: 'abandoned' }

/** What identifies a flight to a mark. */
export interface FlightMembership {
  readonly key: CacheKey
  readonly tags: readonly CacheTag[]
  readonly dependsOn: readonly DependencyName[]
}

/** One running load. */
export interface Flight {
  readonly membership: FlightMembership
  readonly birth: LogPosition
  readonly isRefresh: boolean
  readonly controller: AbortController
  readonly ended: Promise<FlightOutcome>
  /** Ends the flight; only the first call counts. */
  readonly settle: (outcome: FlightOutcome) => void
  /** Flights whose end this one's factory waits for. */
  readonly waitsFor: Set<Flight>
  /** The load whose factory began this one and waits for it; `undefined` for a load that a caller began. */
  readonly outer: Flight | undefined
  /** Who lets a lease holder store; `undefined` for a factory of this process. */
  readonly leaseToken: string | undefined
  waiters: number
  isFenced: boolean
  hasEnded: boolean
  /** What may be served stale meanwhile. */
  previous: CacheEntry | undefined
  /** Called when a mark reaches it; `undefined`: nobody wants to know. */
  onFenced: (() => void) | undefined
  /** Its part in one load among all nodes; `undefined`: this node loads for itself. */
  run: SharedRun | undefined
}

/** What a new flight is made of. */
export interface FlightInput {
  readonly membership: FlightMembership
  readonly birth: LogPosition
  readonly isRefresh: boolean
  readonly previous: CacheEntry | undefined
  readonly outer: Flight | undefined
  readonly leaseToken: string | undefined
}

/** A value that waits to be stored, for its schema or for the log. */
export interface StoreWatch {
  readonly membership: FlightMembership
  /** The newest mark that has reached it: a newer value, or none, is what counts now. `undefined`: none has. */
  fencedSeq: number | undefined
  readonly end: () => void
}

export class SingleFlight {
  readonly #byKey = new Map<CacheKey, Flight>()
  readonly #running = new Set<Flight>()
  readonly #watches = new Set<StoreWatch>()

  /** The flight that a reader of this key may join. */
  find(key: CacheKey): Flight | undefined {
    return this.#byKey.get(key)
  }

  /** How many run, fenced ones included. */
  get size(): number {
    return this.#running.size
  }

  begin(input: FlightInput): Flight {
    let resolve: (outcome: FlightOutcome) => void = () => undefined
    const ended = new Promise<FlightOutcome>((settle) => {
      resolve = settle
    })
    const flight: Flight = {
      membership: input.membership,
      birth: input.birth,
      isRefresh: input.isRefresh,
      controller: new AbortController(),
      ended,
      settle: (outcome) => {
        if (flight.hasEnded) return
        this.#leave(flight)
        resolve(outcome)
      },
      waitsFor: new Set(),
      outer: input.outer,
      leaseToken: input.leaseToken,
      waiters: 0,
      isFenced: false,
      hasEnded: false,
      previous: input.previous,
      onFenced: undefined,
      run: undefined,
    }
    this.#byKey.set(input.membership.key, flight)
    this.#running.add(flight)
    return flight
  }

  /**
   * Fences the flights that the scope reaches, by what they load or by the old value that they replace:
   * what was wrong with that one may be wrong with its successor, too. `matches` is the compiled form of
   * a pattern; without it every flight is reached. `seq`: where the mark stands in the log.
   */
  fence(scope: InvalidationScope, matches: KeyMatcher | undefined, seq: number): void {
    if (scope.kind === 'key') {
      this.fenceKey(scope.key, seq)
      return
    }
    for (const watch of this.#watches) {
      if (isReached(watch.membership, scope, matches)) watch.fencedSeq = seq
    }
    for (const flight of this.#byKey.values()) {
      const { membership, previous } = flight
      const isHit =
        isReached(membership, scope, matches) ||
        (previous !== undefined && isReached(previous, scope, matches))
      if (isHit) this.#fenceOne(flight)
    }
  }

  /** The same for a mark of one key. Each `set` comes here: where nothing runs, the key isn't even hashed. */
  fenceKey(key: CacheKey, seq: number): void {
    if (this.#watches.size > 0) {
      for (const watch of this.#watches) if (watch.membership.key === key) watch.fencedSeq = seq
    }
    if (this.#byKey.size === 0) return
    const flight = this.#byKey.get(key)
    if (flight !== undefined) this.#fenceOne(flight)
  }

  /** Notes what is about to be stored, so that a mark that comes meanwhile is not missed. End it in any case. */
  watch(membership: FlightMembership): StoreWatch {
    const watch: StoreWatch = {
      membership,
      fencedSeq: undefined,
      end: () => this.#watches.delete(watch),
    }
    this.#watches.add(watch)
    return watch
  }

  /** The lowest birth among running flights of this generation; `undefined` if none runs. */
  oldestBirthSeq(): number | undefined {
    let oldest: number | undefined
    for (const flight of this.#running) {
      if (oldest === undefined || flight.birth.seq < oldest) oldest = flight.birth.seq
    }
    return oldest
  }

  /** Ends every flight with this error, and aborts their factories. */
  abortAll(error: unknown): void {
    for (const flight of [...this.#running]) {
      flight.settle({ kind: 'failure', error })
      flight.controller.abort(error)
    }
  }

  #fenceOne(flight: Flight): void {
    flight.isFenced = true
    this.#byKey.delete(flight.membership.key)
    flight.onFenced?.()
    // Who holds a lease isn't here to be told; who waits for it would wait in vain.
    if (flight.leaseToken !== undefined) flight.settle({ kind: 'abandoned' })
  }

  #leave(flight: Flight): void {
    flight.hasEnded = true
    this.#running.delete(flight)
    if (this.#byKey.get(flight.membership.key) === flight) {
      this.#byKey.delete(flight.membership.key)
    }
  }
}

/** True if `from` waits, directly or through others, for `target`. */
export function isWaitingFor(from: Flight, target: Flight): boolean {
  const seen = new Set<Flight>()
  const open = [from]
  for (let flight = open.pop(); flight !== undefined; flight = open.pop()) {
    if (flight === target) return true
    if (seen.has(flight)) continue
    seen.add(flight)
    open.push(...flight.waitsFor)
  }
  return false
}

/** True if the scope reaches what has this key and these memberships. Without `matches` a pattern reaches everything. */
export function isReached(
  member: FlightMembership,
  scope: InvalidationScope,
  matches: KeyMatcher | undefined,
): boolean {
  switch (scope.kind) {
    case 'key':
      return member.key === scope.key
    case 'prefix':
      return member.key.startsWith(scope.prefix)
    case 'pattern':
    case 'regex':
      return matches === undefined || matches(member.key)
    case 'tag':
      return member.tags.includes(scope.tag)
    case 'dependency':
      return scope.closure.some((name) => member.dependsOn.includes(name))
    case 'namespace':
      return true
  }
}

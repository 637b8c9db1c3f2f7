/**
 * The leader's side of a load: registers the flight, looks into a backend, runs the factory under its
 * deadline, stores the result, and settles the flight. Whoever waits for it decides for itself what to
 * do with the outcome.
 *
 * The birth is taken before anything is read, so that an invalidation in between is never missed. After
 * each wait the flight may have ended (no time left, nobody waiting, the cache closed): then nothing more
 * is begun.
 */
import {
  type CacheEntry,
  freshnessAt,
  isWithinRevalidation,
} from '../../../core/entities/cache-entry.ts'
import { CacheTimeout } from '../../../core/exceptions/cache-timeout.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import { errorText } from '../../../core/exceptions/error-text.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { EntryPolicy } from '../../../core/value-objects/entry-policy.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { SharedTiers } from '../coherence/shared-tiers.ts'
import type { NamespacePorts } from '../namespace-ports.ts'
import type { Flight, FlightOutcome } from '../single-flight.ts'
import { dropOlder, NO_LIFE } from '../stores/drop-older.ts'
import { findEntry, fittingOf } from '../stores/find-entry.ts'
import { isStillCurrent } from '../stores/is-still-current.ts'
import { schemaCheck } from '../stores/schema-check.ts'
import { entryOf, prepareValue, storeEntry } from '../stores/store-entry.ts'
import { storeUnderRun } from '../stores/store-under-run.ts'
import { type LoadFactory, type LoadWishes, loadFactoryContext } from './load-factory-context.ts'
import { noteLoad } from './note-load.ts'

/** One load: what to make, how, and under which rules. */
export interface LoadRequest {
  readonly key: CacheKey
  readonly factory: LoadFactory<unknown>
  readonly policy: EntryPolicy
}

/** How a load came about. */
export interface LoadCause {
  readonly isRefresh: boolean
  /** What memory holds and may be served stale meanwhile. */
  readonly previous: CacheEntry | undefined
  /** The load whose factory waits for this one. */
  readonly outer: Flight | undefined
}

/** A load under way. */
interface Load {
  readonly ports: NamespacePorts
  readonly request: LoadRequest
  readonly flight: Flight
  readonly endDeadline: () => void
}

const ABANDONED: FlightOutcome = Object.freeze({ kind: 'abandoned' })

/** Registers the flight of the key and lets it run; answers at once. */
export function startFlight(ports: NamespacePorts, request: LoadRequest, cause: LoadCause): Flight {
  const { key, policy } = request
  const flight = ports.flights.begin({
    membership: { key, tags: policy.tags, dependsOn: policy.dependsOn },
    birth: ports.invalidation.head(),
    isRefresh: cause.isRefresh,
    previous: cause.previous,
    outer: cause.outer,
    leaseToken: undefined,
  })
  // A refresh is waited for by nobody, so it doesn't keep the process alive.
  const { scheduler } = ports
  const giveUpLate = (): void => giveUp(ports, request, flight)
  const endDeadline = cause.isRefresh
    ? scheduler.after(policy.hardTimeoutMs, giveUpLate)
    : scheduler.deadline(policy.hardTimeoutMs, giveUpLate)
  void flight.ended.then(endDeadline)
  ports.shared?.run(flight, (entry) => isWanted(ports, request, flight, entry), {
    fitting: fittingOf(ports),
  })
  run({ ports, request, flight, endDeadline }).then(flight.settle, (error: unknown) =>
    flight.settle({ kind: 'failure', error }),
  )
  return flight
}

/** Ends a flight that has no time left; what comes of it later is dropped. */
function giveUp(ports: NamespacePorts, request: LoadRequest, flight: Flight): void {
  const durationMs = request.policy.hardTimeoutMs
  const error = new CacheTimeout(`load ${describeValue(request.key)}`, durationMs)
  rememberFailure(ports, request, flight, error)
  noteLoad(ports, request.key, {
    outcome: 'timeout',
    error,
    durationMs,
    isRefresh: flight.isRefresh,
  })
  // Before the signal aborts, so that what the factory does with it can't change the outcome.
  flight.settle({ kind: 'failure', error })
  flight.controller.abort(error)
}

/** Looks into a backend, then waits for a place among the running loads, then runs the factory. */
async function run(load: Load): Promise<FlightOutcome> {
  const { ports, request, flight } = load
  const found = await outcomeOfStores(load)
  if (found !== undefined) return found
  const failed = ports.failures.find(request.key, ports.clock.nowMs())
  if (failed !== undefined) return { kind: 'failure', error: failed.error }
  const release = await ports.limiter.acquire(flight)
  // Given back when the flight ends, not when the factory does: a hung one keeps no place.
  void flight.ended.finally(release)
  return flight.hasEnded ? ABANDONED : attempt(load)
}

/** What is found before the factory runs; nothing where memory alone is asked. */
async function outcomeOfStores(load: Load): Promise<FlightOutcome | undefined> {
  const { ports, flight } = load
  if (ports.shared !== undefined) return outcomeOfShared(load, ports.shared)
  return ports.remote !== undefined && !flight.isRefresh ? outcomeOfBackend(load) : undefined
}

/** What the other nodes have of it; nothing if this node has to run the factory. */
async function outcomeOfShared(
  { request, flight }: Load,
  shared: SharedTiers,
): Promise<FlightOutcome | undefined> {
  const decision = await flight.run?.begin(shared.startOf(request.key))
  if (flight.hasEnded || decision?.kind === 'restart') return ABANDONED
  flight.previous = flight.run?.previous ?? flight.previous
  if (decision?.kind !== 'found') return undefined
  if (!flight.isFenced) shared.keepFound(decision.entry)
  return decision
}

/** True if an entry of L2 does for a load; a refresh wants a younger one than it has. */
function isWanted(
  ports: NamespacePorts,
  { policy }: LoadRequest,
  { isRefresh, previous }: Flight,
  entry: CacheEntry,
): boolean {
  const nowMs = ports.clock.nowMs()
  if (isRefresh && previous !== undefined && entry.createdAtMs <= previous.createdAtMs) return false
  if (freshnessAt(entry, nowMs) === 'fresh') return true
  return !isRefresh && isWithinRevalidation(entry, policy.staleWhileRevalidateMs, nowMs)
}

/** What a backend answers to a load: a value, a stale one with a refresh to follow, or nothing. */
async function outcomeOfBackend({
  ports,
  request,
  flight,
}: Load): Promise<FlightOutcome | undefined> {
  const entry = await findEntry(ports, request.key)
  if (flight.hasEnded) return ABANDONED
  if (entry === undefined) return undefined
  flight.previous = entry
  const nowMs = ports.clock.nowMs()
  const isCovered =
    freshnessAt(entry, nowMs) === 'fresh' ||
    isWithinRevalidation(entry, request.policy.staleWhileRevalidateMs, nowMs)
  return isCovered ? { kind: 'found', entry } : undefined
}

/** Runs the factory and stores what it makes. */
async function attempt(load: Load): Promise<FlightOutcome> {
  const { ports, request, flight } = load
  const wishes: LoadWishes = { policy: request.policy, isNotModified: false }
  const startedMs = ports.clock.monotonicMs()
  const note = (outcome: 'success' | 'failure', error: unknown): void =>
    noteLoad(ports, request.key, {
      outcome,
      error,
      durationMs: ports.clock.monotonicMs() - startedMs,
      isRefresh: flight.isRefresh,
    })
  let value: unknown
  try {
    value = await ports.loadContext.run(flight, () =>
      request.factory(loadFactoryContext(ports, request.key, flight, wishes)),
    )
  } catch (error) {
    if (flight.hasEnded) return ABANDONED
    rememberFailure(ports, request, flight, error)
    note('failure', error)
    return { kind: 'failure', error }
  }
  // A load that has been given up: its late value is dropped.
  if (flight.hasEnded) return ABANDONED
  ports.failures.forget(request.key)
  note('success', undefined)
  return keep(load, value, policyOf(wishes, flight.previous, value))
}

/** Under `errorTtl` the next callers get the same error. Not those after a mark: the load began before it. */
function rememberFailure(
  { failures, clock }: NamespacePorts,
  { key, policy }: LoadRequest,
  flight: Flight,
  error: unknown,
): void {
  if (policy.errorTtlMs === undefined || flight.isFenced) return
  failures.note(key, error, policy.errorTtlMs, clock.nowMs())
}

/** An old value that still holds keeps its memberships: what reached it then must reach it now. */
function policyOf(
  wishes: LoadWishes,
  previous: CacheEntry | undefined,
  value: unknown,
): EntryPolicy {
  const { policy, isNotModified } = wishes
  if (!isNotModified || previous === undefined || previous.value !== value) return policy
  return {
    ...policy,
    tags: [...new Set([...previous.tags, ...policy.tags])],
    dependsOn: [...new Set([...previous.dependsOn, ...policy.dependsOn])],
  }
}

/** Stores a loaded value, unless a mark has reached the load meanwhile or something about it can't be stored. */
async function keep(load: Load, value: unknown, policy: EntryPolicy): Promise<FlightOutcome> {
  const { ports, request, flight } = load
  try {
    const verdict = await schemaCheck(ports.settings.schema, value)
    if (!verdict.fits && value !== undefined && value !== null) throw new TypeError(verdict.why)
    const entry = entryOf(ports, prepareValue(ports, request.key, value, policy), flight.birth)
    if (entry !== undefined) return await storeCurrent(load, entry)
    const isCurrent = isStillCurrent(ports, flight, policy)
    if (isCurrent && !flight.hasEnded) dropHeld(load, NO_LIFE)
    return { kind: 'value', value, isCurrent }
  } catch (error) {
    // The value is good for its caller even where it can't be kept.
    ports.report('value', 'answered the value without storing it', error, request.key)
    const isCurrent = isStillCurrent(ports, flight, policy)
    // A refresh that brings nothing to keep is as one that failed: the old value stays.
    if (isCurrent && !flight.hasEnded && !flight.isRefresh) dropHeld(load, errorText(error))
    else noteUnstored(ports, request.key, errorText(error))
    return { kind: 'value', value, isCurrent }
  }
}

function dropHeld({ ports, request }: Load, why: string): void {
  void dropOlder(ports, request.key, { position: ports.invalidation.head(), why })
}

async function storeCurrent(load: Load, entry: CacheEntry): Promise<FlightOutcome> {
  const { ports, flight } = load
  const { value } = entry
  const isCurrent = isStillCurrent(ports, flight, entry)
  if (!isCurrent || flight.hasEnded) {
    const why = isCurrent ? 'its load was given up' : 'it was invalidated while it was loaded'
    noteUnstored(ports, entry.key, why)
    return { kind: 'value', value, isCurrent: false }
  }
  // The factory was in time; a slow backend must not turn its value into an error.
  load.endDeadline()
  const by = flight.isRefresh ? 'refresh' : 'load'
  const stored =
    ports.shared === undefined
      ? storeEntry(ports, entry, by)
      : storeUnderRun(ports, flight, entry, by)
  const isStored = stored instanceof Promise ? await stored : stored
  const outcome: FlightOutcome = {
    kind: 'value',
    value,
    isCurrent: isStillCurrent(ports, flight, entry),
  }
  if (!isStored && ports.remote !== undefined) disownOlder(load, outcome)
  return outcome
}

/**
 * A backend that didn't take a value may still hold an older one, and hand that out once it works again.
 * A mark makes it invalid, so that nobody who saw the new value sees the older one later. The flight ends
 * first: the mark is about the store, not about those who wait.
 */
function disownOlder({ ports, request, flight }: Load, outcome: FlightOutcome): void {
  flight.settle(outcome)
  if (ports.isClosed) return
  const assert = async (): Promise<LogPosition> =>
    ports.invalidation.assertKey(ports.name, request.key)
  assert().catch((error: unknown) =>
    ports.report('log', 'left an older value in the backend', error, request.key),
  )
}

function noteUnstored({ decisions, clock }: NamespacePorts, key: CacheKey, why: string): void {
  decisions.note(key, { kind: 'not-stored', why }, clock.nowMs())
}

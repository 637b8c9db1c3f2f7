/**
 * The leader's side of a load: registers the flight, looks into a backend, runs the factory under its
 * deadline, stores the result, and settles the flight. Whoever waits for it decides for itself what to
 * do with the outcome.
 *
 * The birth is taken before anything is read, so that an invalidation in between is never missed.
 */
import {
  type CacheEntry,
  freshnessAt,
  isWithinRevalidation,
} from '../../../core/entities/cache-entry.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { CacheTimeout } from '../../../core/exceptions/cache-timeout.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import {
  type EntryOptions,
  type EntryPolicy,
  resolveEntryPolicy,
} from '../../../core/value-objects/entry-policy.ts'
import type { NamespacePorts } from '../namespace-ports.ts'
import type { Flight, FlightOutcome } from '../single-flight.ts'
import { findEntry } from '../stores/find-entry.ts'
import { schemaCheck } from '../stores/schema-check.ts'
import { entryOf, prepareValue, presented, storeEntry } from '../stores/store-entry.ts'

/** What a factory is handed. */
export interface LoadFactoryContext<V> {
  readonly key: string
  /** Aborts when the load has no time left or nobody waits for it any more. */
  readonly signal: AbortSignal
  /** The old value, if there is one that may still be served stale. */
  readonly stale: V | undefined
  /** Changes the options of this one result: its TTL, tags and so on. */
  readonly setOptions: (options: EntryOptions<V>) => void
  /** `return notModified()` keeps the old value for another TTL. @throws CacheError CACHE_LOAD_FAILED if there is none */
  readonly notModified: () => V
  /** Ends the load as failed, without an error of one's own. @throws CacheError CACHE_LOAD_FAILED, always */
  readonly fail: (message: string, options?: { readonly cause?: unknown }) => never
}

/** Makes the value of a key. */
export type LoadFactory<V> = (context: LoadFactoryContext<V>) => V | Promise<V>

/** One load: what to make, how, and under which rules. */
export interface LoadRequest {
  readonly key: CacheKey
  readonly factory: LoadFactory<unknown>
  readonly policy: EntryPolicy
}

/** Registers the flight of the key and lets it run; answers at once. */
export function startFlight(
  ports: NamespacePorts,
  request: LoadRequest,
  how: { readonly isRefresh: boolean; readonly previous: CacheEntry | undefined },
): Flight {
  const flight = ports.flights.begin({
    membership: {
      key: request.key,
      tags: request.policy.tags,
      dependsOn: request.policy.dependsOn,
    },
    birth: ports.invalidation.head(),
    isRefresh: how.isRefresh,
    previous: how.previous,
    leaseToken: undefined,
  })
  runUnderDeadline(ports, request, flight)
  return flight
}

/** Looks into a backend, then waits for a place among the running loads, then runs the factory. */
async function run(
  ports: NamespacePorts,
  request: LoadRequest,
  flight: Flight,
): Promise<FlightOutcome> {
  if (ports.remote !== undefined && !flight.isRefresh) {
    const found = await outcomeOfBackend(ports, request, flight)
    if (found !== undefined) return found
  }
  const failed = ports.failures.find(request.key, ports.clock.nowMs())
  if (failed !== undefined) return { kind: 'failure', error: failed.error }
  const release = await ports.limiter.acquire(request.key, flight.controller.signal)
  // Given back when the flight ends, not when the factory does: a hung one keeps no place.
  void flight.ended.finally(release)
  return attempt(ports, request, flight)
}

/** What a backend answers to a load: a value, a stale one with a refresh to follow, or nothing. */
async function outcomeOfBackend(
  ports: NamespacePorts,
  request: LoadRequest,
  flight: Flight,
): Promise<FlightOutcome | undefined> {
  const entry = await findEntry(ports, request.key)
  if (entry === undefined) return undefined
  flight.previous = entry
  const nowMs = ports.clock.nowMs()
  if (freshnessAt(entry, nowMs) === 'fresh') {
    return { kind: 'found', entry }
  }
  const isCovered = isWithinRevalidation(entry, request.policy.staleWhileRevalidateMs, nowMs)
  return isCovered ? { kind: 'found', entry } : undefined
}

/** Lets the flight run, and ends it as failed when the hard timeout passes; what comes later is dropped. */
function runUnderDeadline(ports: NamespacePorts, request: LoadRequest, flight: Flight): void {
  const { hardTimeoutMs } = request.policy
  const cancel = ports.scheduler.after(hardTimeoutMs, () => {
    const error = new CacheTimeout(`load ${describeValue(request.key)}`, hardTimeoutMs)
    ports.statistics.loadTimeouts += 1
    noteFailure(ports, request, {
      error,
      outcome: 'timeout',
      durationMs: hardTimeoutMs,
      isRefresh: flight.isRefresh,
    })
    // Before the signal aborts, so that what the factory does with it can't change the outcome.
    flight.settle({ kind: 'failure', error })
    flight.controller.abort(error)
  })
  void flight.ended.then(cancel)
  run(ports, request, flight).then(flight.settle, (error: unknown) =>
    flight.settle({ kind: 'failure', error }),
  )
}

/** Runs the factory and stores what it makes. */
async function attempt(
  ports: NamespacePorts,
  request: LoadRequest,
  flight: Flight,
): Promise<FlightOutcome> {
  const startedMs = ports.clock.monotonicMs()
  const options: { current: EntryOptions | undefined } = { current: undefined }
  let value: unknown
  try {
    value = await ports.loadContext.run(flight, () =>
      request.factory(contextFor(ports, request, flight, options)),
    )
  } catch (error) {
    const durationMs = ports.clock.monotonicMs() - startedMs
    if (!flight.hasEnded) {
      noteFailure(ports, request, {
        error,
        outcome: 'failure',
        durationMs,
        isRefresh: flight.isRefresh,
      })
    }
    return { kind: 'failure', error }
  }
  // A load whose time was over has been given up: its late value is dropped.
  if (flight.hasEnded) return { kind: 'abandoned' }
  noteSuccess(ports, request.key, ports.clock.monotonicMs() - startedMs, flight.isRefresh)
  return keep(ports, request, flight, { value, options: options.current })
}

function contextFor(
  ports: NamespacePorts,
  request: LoadRequest,
  flight: Flight,
  options: { current: EntryOptions | undefined },
): LoadFactoryContext<unknown> {
  const { previous } = flight
  return {
    key: request.key,
    signal: flight.controller.signal,
    stale: previous === undefined ? undefined : presented(ports, previous.value),
    setOptions: (changes) => {
      // Parsed now, so that a wrong option fails in the line that says it.
      resolveEntryPolicy(request.policy, changes, ports.clock.nowMs())
      options.current = { ...options.current, ...changes }
    },
    notModified: () => {
      if (previous !== undefined) return previous.value
      throw new CacheError(
        'CACHE_LOAD_FAILED',
        `Cannot keep the old value of ${describeValue(request.key)}: there is none`,
      )
    },
    fail: (message, why) => {
      throw new CacheError(
        'CACHE_LOAD_FAILED',
        `Cannot load ${describeValue(request.key)}: ${message}`,
        why,
      )
    },
  }
}

/** Stores a loaded value, unless a mark has reached the load meanwhile or something about it can't be stored. */
async function keep(
  ports: NamespacePorts,
  request: LoadRequest,
  flight: Flight,
  made: { readonly value: unknown; readonly options: EntryOptions | undefined },
): Promise<FlightOutcome> {
  const { value } = made
  try {
    const policy = resolveEntryPolicy(request.policy, made.options, ports.clock.nowMs())
    const verdict = await schemaCheck(ports.settings.schema, value)
    if (!verdict.fits && value !== undefined && value !== null) throw new TypeError(verdict.why)
    const entry = entryOf(ports, prepareValue(ports, request.key, value, policy), flight.birth)
    if (entry === undefined) {
      const isCurrent = isStillCurrent(ports, flight, { ...request, policy })
      if (isCurrent && !flight.hasEnded) dropStale(ports, request.key)
      return { kind: 'value', value, isCurrent }
    }
    return await storeCurrent(ports, flight, entry)
  } catch (error) {
    // The value is good for its caller even where it can't be kept.
    ports.report('value', 'answered the value without storing it', error, request.key)
    ports.decisions.note(
      request.key,
      { kind: 'not-stored', why: String(error) },
      ports.clock.nowMs(),
    )
    return { kind: 'value', value, isCurrent: !flight.isFenced }
  }
}

async function storeCurrent(
  ports: NamespacePorts,
  flight: Flight,
  entry: CacheEntry,
): Promise<FlightOutcome> {
  const { value } = entry
  const isHit = flight.isFenced || ports.marks.check(entry).kind !== 'valid'
  if (isHit || flight.hasEnded || ports.isClosed) {
    const why = flight.hasEnded ? 'its load was given up' : 'it was invalidated while it was loaded'
    ports.decisions.note(entry.key, { kind: 'not-stored', why }, ports.clock.nowMs())
    return { kind: 'value', value, isCurrent: false }
  }
  const stored = storeEntry(ports, entry, flight.isRefresh ? 'refresh' : 'load')
  if (stored instanceof Promise) await stored
  const isCurrent = !flight.isFenced && ports.marks.check(entry).kind === 'valid'
  return { kind: 'value', value, isCurrent }
}

/** A value that isn't stored (TTL of zero, or an absence) still ends the older one: it would be stale. */
function dropStale(ports: NamespacePorts, key: CacheKey): void {
  ports.decisions.note(
    key,
    { kind: 'not-stored', why: 'its TTL is zero or it is undefined' },
    ports.clock.nowMs(),
  )
  if (ports.memory !== undefined) ports.memory.delete(key, { kind: 'replaced' })
  else void ports.remote?.delete(key, ports.invalidation.head().seq)
}

function isStillCurrent(ports: NamespacePorts, flight: Flight, request: LoadRequest): boolean {
  if (flight.isFenced) return false
  const probe = {
    key: request.key,
    tags: request.policy.tags,
    dependsOn: request.policy.dependsOn,
    birth: flight.birth,
  }
  return ports.marks.check(probe).kind === 'valid'
}

interface FailedLoad {
  readonly error: unknown
  readonly outcome: 'failure' | 'timeout'
  readonly durationMs: number
  readonly isRefresh: boolean
}

function noteFailure(ports: NamespacePorts, request: LoadRequest, failed: FailedLoad): void {
  const { clock, statistics, decisions, failures, events } = ports
  const nowMs = clock.nowMs()
  statistics.loads += 1
  statistics.loadFailures += 1
  statistics.loadMs += failed.durationMs
  decisions.note(
    request.key,
    { kind: 'load-failed', error: String(failed.error).slice(0, 200) },
    nowMs,
  )
  if (request.policy.errorTtlMs !== undefined) {
    failures.note(request.key, failed.error, request.policy.errorTtlMs, nowMs)
  }
  if (events.active) {
    events.emit({ type: 'loaded', namespace: ports.name, key: request.key, atMs: nowMs, ...failed })
  }
}

function noteSuccess(
  ports: NamespacePorts,
  key: CacheKey,
  durationMs: number,
  isRefresh: boolean,
): void {
  const { clock, statistics, failures, events } = ports
  statistics.loads += 1
  statistics.loadMs += durationMs
  if (isRefresh) statistics.refreshes += 1
  failures.forget(key)
  if (events.active) {
    events.emit({
      type: 'loaded',
      namespace: ports.name,
      key,
      outcome: 'success',
      durationMs,
      error: undefined,
      isRefresh,
      atMs: clock.nowMs(),
    })
  }
}

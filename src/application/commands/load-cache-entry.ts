/**
 * getOrSet: the caller's side. What memory holds fresh never comes here (the facade answers it); this is
 * the way of stale, absent and refresh-ahead reads (DESIGN.md, section 5).
 *
 * A caller that came after a mark never takes the result of a load that began before it: it notes where
 * the log stood when it joined, and starts anew if the outcome is older than a mark in between.
 */
import {
  type CacheEntry,
  freshnessAt,
  isWithinErrorWindow,
  isWithinRevalidation,
} from '../../core/entities/cache-entry.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { CacheTimeout } from '../../core/exceptions/cache-timeout.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import { type LoadRequest, startFlight } from '../services/loads/start-flight.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { type Flight, type FlightOutcome, isWaitingFor } from '../services/single-flight.ts'
import { extendLife } from '../services/stores/extend-life.ts'
import { presented } from '../services/stores/store-entry.ts'

/** A caller's own wish to stop waiting. */
export interface LoadCall {
  readonly signal: AbortSignal | undefined
}

/**
 * The value of a key: what is held, or what the factory makes, stored on the way.
 *
 * Rejects with what the factory threw, with CacheError CACHE_TIMEOUT after `hardTimeout`, with
 * CACHE_LOAD_REJECTED when too many loads wait, with CACHE_LOAD_REENTRANT if the factory waits for itself,
 * or with `signal.reason` on the caller's abort. Under `staleIfError` a stale value stands in for the first three.
 */
export async function loadCacheEntry(
  ports: NamespacePorts,
  request: LoadRequest,
  call: LoadCall,
): Promise<unknown> {
  call.signal?.throwIfAborted()
  const held = ports.memory?.get(request.key)
  if (held !== undefined) {
    const answer = answerFrom(ports, request, held, ports.invalidation.head().seq)
    if (answer !== undefined) return answer.value
  }
  return awaitLoad(ports, request, call, held)
}

/** What is held, if it may be served as it is; sees to a refresh where one is due. */
function answerFrom(
  ports: NamespacePorts,
  request: LoadRequest,
  held: CacheEntry,
  readSeq: number,
): { readonly value: unknown } | undefined {
  const nowMs = ports.clock.nowMs()
  const { policy, key } = request
  const tier = ports.memory === undefined ? 'repository' : 'memory'
  if (freshnessAt(held, nowMs) === 'fresh') {
    ports.onHit(key, tier, false)
    extendLife(ports, held, readSeq)
    if (isDueAhead(held, policy.refreshAhead, nowMs)) refreshBehind(ports, request, held)
    return { value: presented(ports, held.value) }
  }
  if (!isWithinRevalidation(held, policy.staleWhileRevalidateMs, nowMs)) return undefined
  ports.onHit(key, tier, true)
  refreshBehind(ports, request, held)
  return { value: presented(ports, held.value) }
}

async function awaitLoad(
  ports: NamespacePorts,
  request: LoadRequest,
  call: LoadCall,
  held: CacheEntry | undefined,
): Promise<unknown> {
  const joinedSeq = ports.invalidation.head().seq
  const flight = joinOrStart(ports, request, held)
  const outcome = await outcomeFor(ports, request, call, flight)
  if (outcome.kind === 'failure')
    return staleOrThrow(ports, request, flight.previous, outcome.error)
  if (outcome.kind === 'found') {
    const isCurrent = !flight.isFenced && ports.marks.check(outcome.entry).kind !== 'invalid'
    if (isOutdated(flight, joinedSeq, isCurrent)) return awaitLoad(ports, request, call, held)
    if (!isCurrent) return missed(ports, request.key, outcome.entry.value)
    const answer = answerFrom(ports, request, outcome.entry, flight.birth.seq)
    return answer === undefined ? awaitLoad(ports, request, call, held) : answer.value
  }
  if (outcome.kind === 'abandoned' || isOutdated(flight, joinedSeq, outcome.isCurrent)) {
    return awaitLoad(ports, request, call, held)
  }
  return missed(ports, request.key, outcome.value)
}

/** A lookup is counted once, when it is known what became of it: a stale value may yet stand in for a failed load. */
function missed(ports: NamespacePorts, key: CacheKey, value: unknown): unknown {
  ports.onMiss(key)
  return presented(ports, value)
}

/** True if a mark reached the result and the caller may have come after that mark. */
function isOutdated(flight: Flight, joinedSeq: number, isCurrent: boolean): boolean {
  return !isCurrent && joinedSeq > flight.birth.seq
}

function joinOrStart(
  ports: NamespacePorts,
  request: LoadRequest,
  held: CacheEntry | undefined,
): Flight {
  const asking = ports.loadContext.current()
  const running = ports.flights.find(request.key)
  if (running !== undefined) {
    if (asking !== undefined && isWaitingFor(running, asking)) throw reentrant(asking, running)
    ports.statistics.coalesced += 1
  }
  const flight = running ?? startFlight(ports, request, { isRefresh: false, previous: held })
  if (asking !== undefined) {
    asking.waitsFor.add(flight)
    void flight.ended.finally(() => asking.waitsFor.delete(flight))
  }
  return flight
}

function reentrant(asking: Flight, running: Flight): CacheError {
  const keys = `${describeValue(asking.membership.key)} waits for ${describeValue(running.membership.key)}`
  return new CacheError(
    'CACHE_LOAD_REENTRANT',
    `Cannot load ${describeValue(running.membership.key)}: its own factory asked for it (${keys}), and neither could ever end`,
  )
}

/** Waits for the flight, for the caller's abort, or for the soft timeout with a stale value at hand, whichever is first. */
function outcomeFor(
  ports: NamespacePorts,
  request: LoadRequest,
  call: LoadCall,
  flight: Flight,
): Promise<FlightOutcome> {
  const { softTimeoutMs } = request.policy
  const { signal } = call
  if (signal === undefined && softTimeoutMs === undefined) {
    flight.waiters += 1
    return flight.ended
  }
  flight.waiters += 1
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      abandon(flight, signal?.reason)
      reject(signal?.reason)
    }
    const giveUp = (): void => {
      if (staleFor(ports, request, flight.previous) === undefined) return
      const error = new CacheTimeout(`wait for ${describeValue(request.key)}`, softTimeoutMs ?? 0)
      resolve({ kind: 'failure', error })
    }
    const cancelSoft =
      softTimeoutMs === undefined ? undefined : ports.scheduler.after(softTimeoutMs, giveUp)
    signal?.addEventListener('abort', leave, { once: true })
    void flight.ended.then((outcome) => {
      cancelSoft?.()
      signal?.removeEventListener('abort', leave)
      resolve(outcome)
    })
  })
}

/** One waiter less; the last one to leave ends a load that nobody wants any more. */
function abandon(flight: Flight, reason: unknown): void {
  flight.waiters -= 1
  if (flight.waiters > 0 || flight.isRefresh || flight.leaseToken !== undefined) return
  flight.settle({ kind: 'abandoned' })
  flight.controller.abort(reason)
}

function staleFor(
  ports: NamespacePorts,
  request: LoadRequest,
  previous: CacheEntry | undefined,
): CacheEntry | undefined {
  if (previous === undefined) return undefined
  const isCovered = isWithinErrorWindow(
    previous,
    request.policy.staleIfErrorMs,
    ports.clock.nowMs(),
  )
  return isCovered && ports.marks.check(previous).kind !== 'invalid' ? previous : undefined
}

function staleOrThrow(
  ports: NamespacePorts,
  request: LoadRequest,
  previous: CacheEntry | undefined,
  error: unknown,
): unknown {
  const stale = staleFor(ports, request, previous)
  if (stale === undefined) {
    ports.onMiss(request.key)
    throw error
  }
  ports.onHit(request.key, ports.memory === undefined ? 'repository' : 'memory', true)
  ports.report('factory', 'served the stale value', error, request.key)
  return presented(ports, stale.value)
}

function isDueAhead(entry: CacheEntry, share: number | undefined, nowMs: number): boolean {
  if (share === undefined || entry.expiresAtMs === Number.POSITIVE_INFINITY) return false
  return nowMs >= entry.createdAtMs + (entry.expiresAtMs - entry.createdAtMs) * share
}

function refreshBehind(ports: NamespacePorts, request: LoadRequest, held: CacheEntry): void {
  if (ports.flights.find(request.key) !== undefined) return
  ports.refreshes.request(request.key, async () => {
    const flight = startFlight(ports, request, { isRefresh: true, previous: held })
    const outcome = await flight.ended
    if (outcome.kind === 'failure') throw outcome.error
  })
}

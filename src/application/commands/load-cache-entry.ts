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
import type { CacheTier } from '../../core/events/cache-hit.ts'
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
  for (let round = 1; ; round += 1) {
    call.signal?.throwIfAborted()
    // Looked up again in each round: what a mark removed meanwhile must not live on in the next load.
    const held = heldNow(ports, request.key)
    const answer =
      answerFrom(ports, request, held, {
        tier: heldTier(ports),
        readSeq: ports.invalidation.head().seq,
      }) ?? (await answerOfLoad(ports, request, { ...call, round }, held))
    if (answer !== undefined) return answer.value
  }
}

/** After so many loads that a mark has reached, their caller takes what it gets. */
const MAX_ROUNDS = 4

/**
 * True if something newer than a load that a mark has reached is here, or on its way. Where several nodes
 * compute, the old value may be the younger one: next to the newer one it would go back in time.
 */
function hasNewer({ shared, flights }: NamespacePorts, key: CacheKey): boolean {
  if (shared === undefined) return false
  return shared.near.get(key) !== undefined || flights.find(key) !== undefined
}

/** A value found, `undefined` too. */
interface Answer {
  readonly value: unknown
}

/** What is in memory. */
function heldNow(ports: NamespacePorts, key: CacheKey): CacheEntry | undefined {
  if (ports.shared !== undefined) return ports.shared.near.get(key)
  return ports.memory?.get(key) ?? refreshedNow(ports, key)
}

/** The value that a running refresh is about to replace: behind a backend, nobody need wait for the refresh, nor read it again. */
function refreshedNow(ports: NamespacePorts, key: CacheKey): CacheEntry | undefined {
  const flight = ports.flights.find(key)
  if (ports.memory !== undefined || flight?.isRefresh !== true) return undefined
  const { previous } = flight
  if (previous === undefined || ports.marks.check(previous).kind !== 'valid') return undefined
  return previous
}

/** What is held, if it may be served as it is; sees to a refresh where one is due. */
function answerFrom(
  ports: NamespacePorts,
  request: LoadRequest,
  held: CacheEntry | undefined,
  { tier, readSeq }: { readonly tier: CacheTier; readonly readSeq: number },
): Answer | undefined {
  if (held === undefined) return undefined
  const nowMs = ports.clock.nowMs()
  const { policy, key } = request
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

/** What comes of the load of the key, joined or begun; `undefined` if it is nothing that this caller may have. */
async function answerOfLoad(
  ports: NamespacePorts,
  request: LoadRequest,
  call: LoadCall & { readonly round: number },
  held: CacheEntry | undefined,
): Promise<Answer | undefined> {
  const joinedSeq = ports.invalidation.head().seq
  const flight = joinOrStart(ports, request, held)
  const outcome = await outcomeFor(ports, request, call, { flight, held })
  switch (outcome.kind) {
    case 'abandoned':
      return undefined
    case 'failure':
      return staleOrThrow(ports, request, flight.previous ?? held, outcome.error)
    case 'found': {
      const isCurrent = !flight.isFenced && ports.marks.check(outcome.entry).kind === 'valid'
      const found = { tier: foundTier(ports), readSeq: flight.birth.seq }
      if (isCurrent) return answerFrom(ports, request, outcome.entry, found)
      return missed(ports, request, outcome.entry.value, joinedSeq > flight.birth.seq)
    }
    case 'value': {
      const isOutdated =
        !outcome.isCurrent &&
        (joinedSeq > flight.birth.seq || (call.round < MAX_ROUNDS && hasNewer(ports, request.key)))
      if (!outcome.isCurrent && !isOutdated) ports.shared?.onOutdatedAnswered(request.key)
      return missed(ports, request, outcome.value, isOutdated)
    }
  }
}

/**
 * The value of a lookup that the cache didn't answer; counted now, when it is known what became of it.
 * Nothing if it is outdated: a mark reached it, and the caller may have come after that mark.
 */
function missed(
  ports: NamespacePorts,
  request: LoadRequest,
  value: unknown,
  isOutdated: boolean,
): Answer | undefined {
  if (isOutdated) return undefined
  ports.onMiss(request.key)
  return { value: presented(ports, value) }
}

function joinOrStart(
  ports: NamespacePorts,
  request: LoadRequest,
  held: CacheEntry | undefined,
): Flight {
  const asking = ports.loadContext.current()
  const known = ports.flights.find(request.key)
  const mayJoin = known === undefined || ports.shared?.mayJoin(known) !== false
  const running = mayJoin ? known : undefined
  if (running !== undefined) {
    if (asking !== undefined && isWaitingFor(running, asking)) throw reentrant(asking, running)
    ports.statistics.coalesced += 1
  }
  const flight =
    running ?? startFlight(ports, request, { isRefresh: false, previous: held, outer: asking })
  if (asking !== undefined) {
    ports.limiter.lend(flight, asking)
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
  { signal }: LoadCall,
  { flight, held }: { readonly flight: Flight; readonly held: CacheEntry | undefined },
): Promise<FlightOutcome> {
  const { softTimeoutMs } = request.policy
  flight.waiters += 1
  if (signal === undefined && softTimeoutMs === undefined) return flight.ended
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      ports.onMiss(request.key)
      abandon(flight, signal?.reason)
      reject(signal?.reason)
    }
    const end = (outcome: FlightOutcome): void => {
      cancelSoft?.()
      signal?.removeEventListener('abort', leave)
      resolve(outcome)
    }
    const giveUp = (): void => {
      if (staleFor(ports, request, flight.previous ?? held) === undefined) return
      const error = new CacheTimeout(`wait for ${describeValue(request.key)}`, softTimeoutMs ?? 0)
      // Still counted as waiting: the load goes on, whatever this caller does now.
      end({ kind: 'failure', error })
    }
    const cancelSoft =
      softTimeoutMs === undefined ? undefined : ports.scheduler.deadline(softTimeoutMs, giveUp)
    signal?.addEventListener('abort', leave, { once: true })
    void flight.ended.then(end)
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
): Answer {
  const stale = staleFor(ports, request, previous)
  if (stale === undefined) {
    ports.onMiss(request.key)
    throw error
  }
  const isHeld = heldNow(ports, request.key) !== undefined
  ports.onHit(request.key, isHeld ? heldTier(ports) : foundTier(ports), true)
  ports.report('factory', 'served the stale value', error, request.key)
  return { value: presented(ports, stale.value) }
}

function isDueAhead(entry: CacheEntry, share: number | undefined, nowMs: number): boolean {
  if (share === undefined || entry.expiresAtMs === Number.POSITIVE_INFINITY) return false
  return nowMs >= entry.createdAtMs + (entry.expiresAtMs - entry.createdAtMs) * share
}

function refreshBehind(ports: NamespacePorts, request: LoadRequest, held: CacheEntry): void {
  const { flights, failures, refreshes, clock } = ports
  if (flights.find(request.key) !== undefined) return
  // A remembered error is no attempt, and nothing that went wrong now.
  if (failures.find(request.key, clock.nowMs()) !== undefined) return
  refreshes.request(request.key, async () => {
    const cause = { isRefresh: true, previous: held, outer: undefined }
    const outcome = await startFlight(ports, request, cause).ended
    if (outcome.kind === 'failure') throw outcome.error
  })
}

/** Where `heldNow` finds what it finds. */
function heldTier({ remote }: NamespacePorts): CacheTier {
  return remote === undefined ? 'memory' : 'repository'
}

/** Where a load finds what it finds. */
function foundTier({ memory }: NamespacePorts): CacheTier {
  return memory === undefined ? 'repository' : 'memory'
}

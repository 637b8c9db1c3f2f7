/**
 * Single flight for callers in other processes: `hit`, or you compute and store under your lease, or wait
 * for who does. A lease is a flight whose factory runs elsewhere: marks fence it, and a fenced or expired
 * lease can't store, so a value that was computed before an invalidation is never left behind.
 */
import { CacheError } from '../../core/exceptions/cache-error.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { EntryPolicy } from '../../core/value-objects/entry-policy.ts'
import { type Lookup, lookupOf } from '../queries/get-cache-entry.ts'
import type { SharedTiers } from '../services/coherence/shared-tiers.ts'
import { takeSharedLease } from '../services/loads/take-shared-lease.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import type { Flight } from '../services/single-flight.ts'
import { dropOlder, NO_LIFE } from '../services/stores/drop-older.ts'
import { locateEntry } from '../services/stores/find-entry.ts'
import { isStillCurrent } from '../services/stores/is-still-current.ts'
import { schemaCheck } from '../services/stores/schema-check.ts'
import {
  entryOf,
  type PreparedValue,
  prepareValue,
  storeEntry,
} from '../services/stores/store-entry.ts'
import { storeUnderRun } from '../services/stores/store-under-run.ts'
import { judged } from './set-cache-entry.ts'

/** What whoever asks for a lease is to do. */
export type LeaseAnswer =
  | { readonly state: 'hit'; readonly lookup: Lookup }
  /** Compute the value and store it under the token before it runs out. */
  | {
      readonly state: 'compute'
      readonly token: string
      readonly expiresInMs: number
      readonly stale: Lookup | undefined
    }
  /** Someone else computes: ask again. */
  | { readonly state: 'wait'; readonly retryAfterMs: number; readonly stale: Lookup | undefined }

/** How long a lease holds, and how long to wait for another's. */
export interface LeaseTerms {
  readonly ttlMs: number
  readonly waitMs: number
}

/** How long a lease holds if nothing is said, and at most. */
export const DEFAULT_LEASE_MS = 2000
export const MAX_LEASE_MS = 60_000
const RETRY_AFTER_MS = 50
const MAX_WAIT_MS = 30_000

/** What a caller may say of a lease, in milliseconds. */
export interface LeaseOptions {
  /** How long the lease holds: 1 to 60 000; 2000 if not said. */
  readonly ttlMs?: number
  /** How long to wait for another holder: 0 to 30 000; not at all if not said. */
  readonly waitMs?: number
}

/** @throws CacheError CACHE_OPTION_INVALID */
export function parseLeaseTerms(options: LeaseOptions): LeaseTerms {
  return {
    ttlMs: wholeMs(options.ttlMs ?? DEFAULT_LEASE_MS, 1, MAX_LEASE_MS),
    waitMs: wholeMs(options.waitMs ?? 0, 0, MAX_WAIT_MS),
  }
}

function wholeMs(value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot take a lease: expected ${min} to ${max} whole milliseconds, got ${String(value)}`,
  )
}

/** Finds the value, or takes the lease of the key, or waits up to `waitMs` for its holder. */
export async function leaseCacheEntry(
  ports: NamespacePorts,
  key: CacheKey,
  terms: LeaseTerms,
): Promise<LeaseAnswer> {
  const deadlineMs = ports.clock.monotonicMs() + terms.waitMs
  for (;;) {
    const birth = ports.invalidation.head()
    const lookup = await heldLookup(ports, key)
    if (lookup?.state === 'fresh') {
      ports.onHit(key, lookup.tier ?? 'memory', false)
      return { state: 'hit', lookup }
    }
    const running = runningNow(ports, key)
    const leftMs = deadlineMs - ports.clock.monotonicMs()
    if (running === undefined) {
      const how = { birth, ttlMs: terms.ttlMs, stale: lookup, leftMs }
      const answer = await takeLease(ports, key, how)
      if (answer !== undefined) return answer
    } else if (leftMs <= 0) {
      return waitAnswer(ports, lookup)
    } else await endOrTimeout(ports, running, leftMs)
  }
}

/** What is held; where entries are shared, here: the others are asked together with the lease. */
async function heldLookup(ports: NamespacePorts, key: CacheKey): Promise<Lookup | undefined> {
  const near = ports.shared?.near.get(key)
  if (near !== undefined) return lookupOf(ports, { entry: near, tier: 'memory' })
  const found = ports.shared === undefined ? await locateEntry(ports, key) : undefined
  return found === undefined ? undefined : lookupOf(ports, found)
}

function runningNow({ flights, shared }: NamespacePorts, key: CacheKey): Flight | undefined {
  const running = flights.find(key)
  return running === undefined || shared?.mayJoin(running) === false ? undefined : running
}

function waitAnswer({ statistics }: NamespacePorts, stale: Lookup | undefined): LeaseAnswer {
  statistics.coalesced += 1
  return { state: 'wait', retryAfterMs: RETRY_AFTER_MS, stale }
}

/**
 * Stores the value that was computed under a lease. False if the lease is lost (run out, given back,
 * or its key invalidated or set meanwhile): then nothing is stored.
 *
 * @throws CacheError as `setCacheEntry` does; the lease stays
 */
export async function storeUnderLease(
  ports: NamespacePorts,
  key: CacheKey,
  leased: { readonly value: unknown; readonly token: string; readonly policy: EntryPolicy },
): Promise<boolean> {
  const verdict = await schemaCheck(ports.settings.schema, leased.value)
  if (!verdict.fits) {
    throw new CacheError(
      'CACHE_VALUE_INVALID',
      `Cannot store ${key.slice(0, 100)} in namespace ${ports.name}: ${verdict.why}`,
    )
  }
  const prepared = prepareValue(ports, key, leased.value, leased.policy)
  const flight = heldFlight(ports, key, leased.token)
  if (flight === undefined || flight.run?.hasValue === true) return false
  const isCurrent = (): boolean => isStillCurrent(ports, flight, leased.policy)
  const wasCurrent = isCurrent()
  const isStored = wasCurrent && (await stored(ports, prepared, flight))
  const answer = isStored && isCurrent()
  if (answer) ports.failures.forget(key)
  flight.settle({ kind: 'value', value: prepared.value, isCurrent: isCurrent() })
  // The lease held, so it is the store that didn't take the value.
  return wasCurrent && !isStored ? judged(ports, prepared, false) : answer
}

/** True if the value is stored now, or is one to be stored nowhere. */
async function stored(
  ports: NamespacePorts,
  prepared: PreparedValue,
  flight: Flight,
): Promise<boolean> {
  const entry = entryOf(ports, prepared, flight.birth)
  if (entry !== undefined) {
    return ports.shared === undefined
      ? storeEntry(ports, entry, 'load')
      : storeUnderRun(ports, flight, entry, 'load')
  }
  await dropOlder(ports, prepared.key, { position: ports.invalidation.head(), why: NO_LIFE })
  return true
}

/** Gives a lease back without a value, so that the next caller may compute. False if it wasn't held. */
export function releaseLease(ports: NamespacePorts, key: CacheKey, token: string): boolean {
  const flight = heldFlight(ports, key, token)
  flight?.settle({ kind: 'abandoned' })
  return flight !== undefined
}

/** How a lease is asked for. */
interface LeaseWish {
  readonly birth: Flight['birth']
  readonly ttlMs: number
  readonly stale: Lookup | undefined
  /** How long to wait for another holder. */
  readonly leftMs: number
}

/** The lease, or what the other nodes have of the key; nothing if a mark came meanwhile: ask again. */
function takeLease(
  ports: NamespacePorts,
  key: CacheKey,
  how: LeaseWish,
): LeaseAnswer | Promise<LeaseAnswer | undefined> {
  const token = ports.random.token()
  const flight = ports.flights.begin({
    membership: { key, tags: [], dependsOn: [] },
    birth: how.birth,
    isRefresh: false,
    previous: undefined,
    outer: undefined,
    leaseToken: token,
  })
  if (ports.shared !== undefined) return takeShared(ports, ports.shared, { flight, token, ...how })
  return granted(ports, { flight, token, ...how })
}

/** A lease under way. */
interface Lease extends LeaseWish {
  readonly flight: Flight
  readonly token: string
}

function granted(ports: NamespacePorts, { flight, token, ttlMs, stale }: Lease): LeaseAnswer {
  ports.onMiss(flight.membership.key)
  const cancel = ports.scheduler.after(ttlMs, () => flight.settle({ kind: 'abandoned' }))
  void flight.ended.finally(cancel)
  return { state: 'compute', token, expiresInMs: ttlMs, stale }
}

async function takeShared(
  ports: NamespacePorts,
  shared: SharedTiers,
  lease: Lease,
): Promise<LeaseAnswer | undefined> {
  const { flight } = lease
  const taken = await takeSharedLease(ports, shared, flight, lease.leftMs)
  switch (taken.kind) {
    case 'found': {
      const lookup = lookupOf(ports, { entry: taken.entry, tier: 'repository' })
      ports.onHit(flight.membership.key, 'repository', false)
      return { state: 'hit', lookup }
    }
    case 'granted': {
      const older = taken.stale && lookupOf(ports, { entry: taken.stale, tier: 'repository' })
      return granted(ports, { ...lease, stale: older ?? lease.stale })
    }
    case 'held':
      return waitAnswer(ports, lease.stale)
    case 'restart': {
      const ended = await flight.ended
      if (ended.kind === 'failure') throw ended.error
      return undefined
    }
  }
}

function heldFlight(ports: NamespacePorts, key: CacheKey, token: string): Flight | undefined {
  const flight = ports.flights.find(key)
  return flight?.leaseToken === token ? flight : undefined
}

function endOrTimeout(ports: NamespacePorts, flight: Flight, leftMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = ports.scheduler.deadline(leftMs, resolve)
    void flight.ended.finally(() => {
      cancel()
      resolve()
    })
  })
}

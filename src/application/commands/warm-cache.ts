import { CacheError } from '../../core/exceptions/cache-error.ts'
import { parseCacheKey } from '../../core/value-objects/cache-key.ts'
import { type EntryOptions, resolveEntryPolicy } from '../../core/value-objects/entry-policy.ts'
import { checkCacheExists } from '../queries/check-cache-exists.ts'
import type { LoadFactory } from '../services/loads/load-factory-context.ts'
import type { LoadRequest } from '../services/loads/start-flight.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { loadCacheEntry } from './load-cache-entry.ts'
import { setCacheEntry } from './set-cache-entry.ts'

/** One entry to warm: with its value, or with the factory that makes it (called only if the key isn't fresh). */
export type WarmItem<V = unknown> =
  | { readonly key: string; readonly value: V; readonly options?: EntryOptions<V> }
  | { readonly key: string; readonly load: LoadFactory<V>; readonly options?: EntryOptions<V> }

/** How fast to warm. */
export interface WarmOptions {
  /** Items under way at once; 8 if not said. */
  readonly concurrency?: number
  /** Most items begun per second; no limit if not said. */
  readonly rate?: number
  readonly onProgress?: (progress: WarmReport) => void
  /** Stops the warming; what was stored stays, and the report so far is answered. */
  readonly signal?: AbortSignal
}

/** What came of a warming, or of its part so far. */
export interface WarmReport {
  /** Stored now. */
  readonly stored: number
  /** Already fresh, or not to be stored. */
  readonly skipped: number
  readonly failed: number
  readonly isComplete: boolean
  /** The first failure; `undefined` if there was none. */
  readonly firstError: unknown
}

const DEFAULT_CONCURRENCY = 8
/** Items between two breaths: about two milliseconds of work in memory. */
const BREATHE_EVERY = 256
const MAX_CONCURRENCY = 1000

interface WarmState {
  stored: number
  skipped: number
  failed: number
  firstError: unknown
  begun: number
}

/**
 * Fills the namespace from a source. An item that fails is counted, and the others go on.
 *
 * @throws CacheError CACHE_OPTION_INVALID for a wrong option; what the source itself throws
 */
export async function warmCache(
  ports: NamespacePorts,
  source: Iterable<WarmItem> | AsyncIterable<WarmItem>,
  options: WarmOptions,
): Promise<WarmReport> {
  const concurrency = wholeNumber(
    options.concurrency ?? DEFAULT_CONCURRENCY,
    MAX_CONCURRENCY,
    'concurrency',
  )
  const pauseMs =
    options.rate === undefined
      ? 0
      : 1000 / wholeNumber(options.rate, Number.MAX_SAFE_INTEGER, 'rate')
  const state: WarmState = { stored: 0, skipped: 0, failed: 0, firstError: undefined, begun: 0 }
  const startedMs = ports.clock.monotonicMs()
  const running = new Set<Promise<void>>()
  for await (const item of source) {
    if (state.begun % BREATHE_EVERY === BREATHE_EVERY - 1) await breath(ports)
    await pause(ports, startedMs + state.begun * pauseMs)
    if (options.signal?.aborted === true || ports.isClosed) break
    state.begun += 1
    const work = warmOne(ports, item, state).finally(() => {
      running.delete(work)
      progress(ports, state, options)
    })
    running.add(work)
    if (running.size >= concurrency) await Promise.race(running)
  }
  await Promise.all(running)
  return reportOf(state, options.signal?.aborted !== true && !ports.isClosed)
}

async function warmOne(ports: NamespacePorts, item: WarmItem, state: WarmState): Promise<void> {
  try {
    const key = parseCacheKey(item.key)
    const policy = resolveEntryPolicy(ports.settings.entryPolicy, item.options, ports.clock.nowMs())
    if ('load' in item) {
      count(state, await loadMissing(ports, { key, factory: item.load, policy }))
    } else count(state, await setCacheEntry(ports, key, item.value, policy))
  } catch (error) {
    state.failed += 1
    state.firstError ??= error
  }
}

/** True if the value is held now and wasn't before. */
async function loadMissing(ports: NamespacePorts, request: LoadRequest): Promise<boolean> {
  if (await checkCacheExists(ports, request.key)) return false
  await loadCacheEntry(ports, request, { signal: undefined })
  return checkCacheExists(ports, request.key)
}

function count(state: WarmState, isStored: boolean): void {
  if (isStored) state.stored += 1
  else state.skipped += 1
}

function progress(ports: NamespacePorts, state: WarmState, options: WarmOptions): void {
  try {
    options.onProgress?.(reportOf(state, false))
  } catch (error) {
    ports.report('listener', 'went on warming', error, undefined)
  }
}

function reportOf(state: WarmState, isComplete: boolean): WarmReport {
  const { stored, skipped, failed, firstError } = state
  return { stored, skipped, failed, firstError, isComplete }
}

/** Lets timers and requests run: a memory store answers at once, and then nothing else would. */
function breath(ports: NamespacePorts): Promise<void> {
  return new Promise((resolve) => void ports.scheduler.deadline(0, resolve))
}

function pause(ports: NamespacePorts, untilMs: number): Promise<void> | undefined {
  const leftMs = untilMs - ports.clock.monotonicMs()
  if (leftMs <= 0) return undefined
  return new Promise((resolve) => void ports.scheduler.deadline(leftMs, resolve))
}

function wholeNumber(value: number, max: number, option: string): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot warm with ${option}: expected a whole number from 1 to ${max}, got ${String(value)}`,
  )
}
